#include "core/root_provider.h"

namespace assent {
namespace {

struct KindRow {
  RootKind kind;
  StaticText name;
};
constexpr KindRow kKinds[] = {
    {RootKind::kFile, "file"}, {RootKind::kSystemd, "systemd"}, {RootKind::kPkcs11, "pkcs11"}};

}  // namespace

StaticText root_kind_name(RootKind kind) {
  return kKinds[static_cast<std::size_t>(kind)].name;
}

std::optional<RootKind> parse_root_kind(std::string_view name) {
  for (const KindRow& row : kKinds) {
    if (row.name.view() == name) return row.kind;
  }
  return std::nullopt;
}

Result<Bytes> SecretRoot::wrap(const EpochName& name, const SecretKey& key, Random& random) {
  return wrap_key(root_, name.generation, name.key_name(), key, random);
}

Result<SecretKey> SecretRoot::unwrap(const EpochName& name, ByteView wrapped,
                                     const Hash32& commitment) {
  const auto generation = wrapped_epoch(wrapped);
  if (!generation.ok()) return generation.error();
  if (*generation != name.generation) {
    return Error{ErrorCode::kCorrupt, "the wrapped key is of another generation of the root"};
  }
  return unwrap_key(root_, name.key_name(), wrapped, commitment);
}

}  // namespace assent
