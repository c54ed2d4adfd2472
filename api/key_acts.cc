#include "api/key_acts.h"

#include <sys/stat.h>

#include "api/installation.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/text.h"

namespace assent {
namespace {

Result<EventId> log_key_act(Services& services, AuditEvent event, const Hash32& hash,
                            std::size_t count) {
  EventId stored;
  auto told = in_tx(services.data, TenantId{}, [&](Tx& tx) -> Status {
    Leaf leaf = leaf_of(installation_act(), event);
    leaf.object_kind = ObjectKind::kKey;
    leaf.record_hash = hash;
    leaf.result_count = static_cast<std::uint32_t>(count);
    stored = services.journal.append(tx, leaf);
    return Unit{};
  });
  if (!told.ok()) return told.error();
  return stored;
}

// Whether the first and the last shares that suffice give the root back.
bool gives_back(const std::vector<RootShare>& shares, const SecretKey& root) {
  const std::size_t needed = shares.front().threshold;
  for (const std::size_t from : {std::size_t{0}, shares.size() - needed}) {
    ShareSet set;
    for (std::size_t i = from; i < from + needed; ++i) {
      auto read = parse_share(share_text(shares[i]).reveal());
      if (!read.ok() || !set.add(std::move(*read)).ok()) return false;
    }
    const auto joined = set.join();
    if (!joined.ok() || !equal_constant_time(joined->bytes(), root.bytes())) return false;
  }
  return true;
}

std::filesystem::path share_file(const SplitOrder& order, const RootShare& share) {
  return order.directory /
         ("share-" + std::to_string(share.number) + "-of-" + std::to_string(share.shares) + ".txt");
}

Status write_share(const std::filesystem::path& file, const RootShare& share) {
  std::string text =
      "# " +
      tr("Share {1} of {2} of the root key of an installation of Assent; any {3} of set {4} give "
         "it "
         "back.",
         share.number, share.shares, share.threshold, to_hex(share.set)) +
      "\n# " +
      tr("Keep it apart from the others. 'assent keys recover-root' reads the lines below, also "
         "typed.") +
      "\n";
  text += share_text(share).reveal();
  auto written = replace_file(file, text, S_IRUSR);
  wipe(text.data(), text.size());
  return written;
}

Status prepare(const SplitOrder& order, const std::vector<RootShare>& shares) {
  std::error_code failed;
  if (std::filesystem::create_directories(order.directory, failed)) {
    std::filesystem::permissions(order.directory, std::filesystem::perms::owner_all, failed);
  }
  if (failed) return Error{ErrorCode::kUnavailable, "the directory of the shares cannot be made"};
  for (const RootShare& share : shares) {
    if (std::filesystem::exists(share_file(order, share))) {
      return Error{ErrorCode::kConflict, "the directory holds shares already: name an empty one"};
    }
  }
  return Unit{};
}

}  // namespace

Result<RotatedRoot> rotate_root_logged(Services& services, const FaultPoint& at) {
  RotatedRoot done;
  auto rotated = rotate_root(
      services.config.custody, services.random,
      [&](const Hash32& keyring, const RootRotation& rotation) -> Status {
        auto leaf = log_key_act(services, AuditEvent::kRootRotated, keyring, rotation.epochs);
        if (!leaf.ok()) return leaf.error();
        done.leaf = *leaf;
        return Unit{};
      },
      at);
  if (!rotated.ok()) return rotated.error();
  done.rotation = *rotated;
  return done;
}

Result<SplitRoot> split_root_to_files(Services& services, const SplitOrder& order) {
  const auto keyring = read_keyring(services.config.custody.keyring);
  if (!keyring.ok()) return keyring.error();
  auto root = root_of(services.config.custody, *keyring);
  if (!root.ok()) return root.error();
  const auto secret = (*root)->secret();
  if (!secret.ok()) return secret.error();
  const auto shares =
      split_root(*secret, keyring->generation, order.shares, order.threshold, services.random);
  if (!shares.ok()) return shares.error();
  if (!gives_back(*shares, *secret)) {
    return Error{ErrorCode::kCorrupt, "the shares do not give the root key back: none was written"};
  }
  if (auto ready = prepare(order, *shares); !ready.ok()) return ready.error();
  auto leaf =
      log_key_act(services, AuditEvent::kRootSplit, sha256(shares->front().set), shares->size());
  if (!leaf.ok()) return leaf.error();
  SplitRoot done{{}, to_hex(shares->front().set), *leaf};
  for (const RootShare& share : *shares) {
    done.files.push_back(share_file(order, share));
    if (auto kept = write_share(done.files.back(), share); !kept.ok()) return kept.error();
  }
  return done;
}

}  // namespace assent
