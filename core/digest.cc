#include "core/digest.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <memory>
#include <stdexcept>

namespace assent {
namespace {

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return md;
}

Context new_context() {
  Context context(EVP_MD_CTX_new());
  if (!context || sha256_algorithm() == nullptr) throw std::runtime_error("SHA-256 unavailable");
  return context;
}

EVP_MD_CTX* thread_context() {
  thread_local const Context context = new_context();
  EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr);
  return context.get();
}

Hash32 finish_digest(EVP_MD_CTX* context) {
  Hash32 out{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context, out.data(), &size);
  return out;
}

}  // namespace

void crypto_ready() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium could not be initialised");
}

Hash32 sha256(ByteView a) {
  return sha256(a, {}, {});
}
Hash32 sha256(ByteView a, ByteView b) {
  return sha256(a, b, {});
}
Hash32 sha256(ByteView a, ByteView b, ByteView c) {
  EVP_MD_CTX* context = thread_context();
  for (ByteView part : {a, b, c}) {
    if (!part.empty()) EVP_DigestUpdate(context, part.data(), part.size());
  }
  return finish_digest(context);
}

Sha256Stream::Sha256Stream() : context_(new_context().release()) {
  EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), sha256_algorithm(), nullptr);
}
Sha256Stream::~Sha256Stream() {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}
void Sha256Stream::update(ByteView bytes) {
  if (bytes.empty()) return;
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}
Hash32 Sha256Stream::finish() {
  return finish_digest(static_cast<EVP_MD_CTX*>(context_));
}

Hash32 blake2b_keyed(ByteView key, ByteView a, ByteView b) {
  Hash32 out{};
  crypto_generichash_state state;
  if (key.size() != 32 ||
      crypto_generichash_init(&state, key.data(), key.size(), out.size()) != 0) {
    throw std::invalid_argument("BLAKE2b key must be 32 bytes");
  }
  crypto_generichash_update(&state, a.data(), a.size());
  if (!b.empty()) crypto_generichash_update(&state, b.data(), b.size());
  crypto_generichash_final(&state, out.data(), out.size());
  return out;
}

SecretKey derive_key(ByteView key, std::uint64_t id, std::string_view context) {
  if (key.size() != crypto_kdf_KEYBYTES || context.size() != crypto_kdf_CONTEXTBYTES) {
    throw std::invalid_argument("derive_key needs a 32-byte key and an 8-character context");
  }
  // Into the place where it stays: a copy would have to be wiped, once a field.
  SecretKey out{Hash32{}};
  auto* const place = const_cast<std::uint8_t*>(out.bytes().data());
  crypto_kdf_derive_from_key(place, out.bytes().size(), id, context.data(), key.data());
  return out;
}

SigningKey signing_key_from_seed(ByteView seed32) {
  SigningKey key{};
  if (seed32.size() != crypto_sign_SEEDBYTES) throw std::invalid_argument("seed must be 32 bytes");
  crypto_sign_seed_keypair(key.public_key.data(), key.secret.data(), seed32.data());
  return key;
}

Signature sign(const SigningKey& key, ByteView message) {
  Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       key.secret.data());
  return signature;
}

bool verify_signature(const Hash32& public_key, ByteView message, ByteView signature) {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     public_key.data()) == 0;
}

void wipe(void* at, std::size_t size) {
  sodium_memzero(at, size);
}

}  // namespace assent
