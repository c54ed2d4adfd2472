#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/bytes.h"
#include "core/id.h"
#include "core/plaintext.h"
#include "core/random.h"
#include "core/result.h"
#include "core/sealed.h"

namespace assent {

// Where a root key is kept. The words stand in keyring files.
enum class RootKind : std::uint8_t { kFile, kSystemd, kPkcs11 };
StaticText root_kind_name(RootKind kind);
std::optional<RootKind> parse_root_kind(std::string_view name);

// What the wrap of an epoch key is bound to: moved to another epoch, installation or generation of
// the root it does not open.
struct EpochName {
  Uuid installation;
  std::uint32_t generation = 1;
  std::uint32_t epoch = 1;

  KeyName key_name() const { return {installation, Uuid{}, epoch, KeyPurpose::kEpoch}; }
};

// The root key: it wraps the epoch keys and nothing else, at the start of a process and when they
// change, never for a request. Not thread-safe; open one, use it, let it go.
// Source: data-protection 3 and 8.
class RootProvider {
 public:
  virtual ~RootProvider() = default;
  virtual RootKind kind() const = 0;
  // kUnavailable, kDenied  the device does not answer, or refuses.
  virtual Result<Bytes> wrap(const EpochName& name, const SecretKey& key, Random& random) = 0;
  // As above; kCorrupt the bytes were not wrapped by this root for this name, or are not the key of
  // this commitment.
  virtual Result<SecretKey> unwrap(const EpochName& name, ByteView wrapped,
                                   const Hash32& commitment) = 0;
  // The root key itself, to be split among people. kConflict: it never leaves its device.
  virtual Result<SecretKey> secret() = 0;
};

// A root whose 32 bytes this process has read: of a file, or of a credential of systemd.
// XChaCha20-Poly1305, the 78 bytes of wrap_key (core/sealed.h) with the generation as the epoch.
class SecretRoot final : public RootProvider {
 public:
  SecretRoot(RootKind kind, SecretKey root) : kind_(kind), root_(std::move(root)) {}
  RootKind kind() const override { return kind_; }
  Result<Bytes> wrap(const EpochName& name, const SecretKey& key, Random& random) override;
  Result<SecretKey> unwrap(const EpochName& name, ByteView wrapped,
                           const Hash32& commitment) override;
  Result<SecretKey> secret() override { return root_.duplicate(); }

 private:
  RootKind kind_;
  SecretKey root_;
};

}  // namespace assent
