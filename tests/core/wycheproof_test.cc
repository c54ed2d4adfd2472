#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <fstream>
#include <iostream>

#include "core/digest.h"
#include "core/nlohmann.h"

// The primitives below our formats, as we call them, against C2SP/wycheproof
// (tests/golden/crypto/wycheproof): every case is answered as the file says. Ed25519 stands in
// tests/audit/vectors_test.cc.
namespace assent {
namespace {

using Json = nlohmann::json;

Bytes hex(const Json& value) {
  return *from_hex(value.get<std::string>());
}

struct Count {
  unsigned valid = 0;
  unsigned invalid = 0;
};

// Asks `is_accepted(group, test)` of every case of the file.
template <class Answer>
Count expect_every_answer(const std::string& file, Answer is_accepted) {
  std::ifstream in(ASSENT_SOURCE_DIR "/tests/golden/crypto/wycheproof/" + file);
  const Json suite = Json::parse(in);
  Count count;
  for (const Json& group : suite.at("testGroups")) {
    for (const Json& test : group.at("tests")) {
      const bool valid = test.at("result") == "valid";
      EXPECT_EQ(is_accepted(group, test), valid) << file << " tcId " << test.at("tcId");
      ++(valid ? count.valid : count.invalid);
    }
  }
  EXPECT_EQ(count.valid + count.invalid, suite.at("numberOfTests").get<unsigned>());
  std::cout << file << ": " << count.valid << " valid, " << count.invalid << " invalid\n";
  return count;
}

// Opens what the file sealed, and seals the same again byte for byte.
bool opens_and_seals(const Json& test) {
  const Bytes key = hex(test.at("key"));
  const Bytes nonce = hex(test.at("iv"));
  const Bytes about = hex(test.at("aad"));
  const Bytes message = hex(test.at("msg"));
  Bytes sealed = hex(test.at("ct"));
  const Bytes tag = hex(test.at("tag"));
  sealed.insert(sealed.end(), tag.begin(), tag.end());
  if (nonce.size() != crypto_aead_xchacha20poly1305_ietf_NPUBBYTES) return false;
  Bytes opened(message.size());
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(opened.data(), nullptr, nullptr, sealed.data(),
                                                 sealed.size(), about.data(), about.size(),
                                                 nonce.data(), key.data()) != 0) {
    return false;
  }
  Bytes again(sealed.size());
  crypto_aead_xchacha20poly1305_ietf_encrypt(again.data(), nullptr, message.data(), message.size(),
                                             about.data(), about.size(), nullptr, nonce.data(),
                                             key.data());
  return opened == message && again == sealed;
}

TEST(WycheproofTest, EveryXChaCha20Poly1305CaseIsAnsweredRight) {
  crypto_ready();
  const Count count =
      expect_every_answer("xchacha20_poly1305_test.json",
                          [](const Json&, const Json& test) { return opens_and_seals(test); });
  EXPECT_EQ(count.valid + count.invalid, 315u);
}

TEST(WycheproofTest, EveryHmacSha256CaseIsAnsweredRight) {
  const auto is_accepted = [](const Json& group, const Json& test) {
    const Bytes key = hex(test.at("key"));
    const Bytes message = hex(test.at("msg"));
    Bytes mac(EVP_MAX_MD_SIZE);
    unsigned length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
         mac.data(), &length);
    mac.resize(group.at("tagSize").get<std::size_t>() / 8);
    return mac == hex(test.at("tag"));
  };
  const Count count = expect_every_answer("hmac_sha256_test.json", is_accepted);
  EXPECT_EQ(count.valid + count.invalid, 174u);
}

}  // namespace
}  // namespace assent
