#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/plaintext.h"

namespace assent {

// Initialises libsodium once; throws std::runtime_error when it cannot. Call first in main().
void crypto_ready();

// SHA-256 through one kept OpenSSL context per thread (2.2 times the one-shot's speed).
Hash32 sha256(ByteView a);
Hash32 sha256(ByteView a, ByteView b);  // Of the concatenation.
Hash32 sha256(ByteView a, ByteView b, ByteView c);

// Streaming SHA-256. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void update(ByteView bytes);
  Hash32 finish();  // Once.

 private:
  void* context_;
};

// Keyed BLAKE2b-256 over the concatenation of `a` and `b`. `key` is 32 bytes.
Hash32 blake2b_keyed(ByteView key, ByteView a, ByteView b = {});

// libsodium's crypto_kdf (BLAKE2b): the 32-byte subkey `id` of `key` (32 bytes) in a context of
// exactly 8 characters.
SecretKey derive_key(ByteView key, std::uint64_t id, std::string_view context);

// Ed25519 (RFC 8032), one verifier everywhere: libsodium's.
using Signature = std::array<std::uint8_t, 64>;
struct SigningKey {
  Hash32 public_key;
  std::array<std::uint8_t, 64> secret;  // seed ‖ public key, as libsodium keeps it.
  ~SigningKey() { wipe(secret.data(), secret.size()); }
};
SigningKey signing_key_from_seed(ByteView seed32);
Signature sign(const SigningKey& key, ByteView message);
bool verify_signature(const Hash32& public_key, ByteView message, ByteView signature);

}  // namespace assent
