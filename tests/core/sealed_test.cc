#include "core/sealed.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/digest.h"
#include "core/nlohmann.h"
#include "core/tag.h"

namespace assent {
namespace {

// Gives out fixed bytes, so that the known answers' nonces come out.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    ASSERT_EQ(out.size(), bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }

 private:
  Bytes bytes_;
};

nlohmann::json known_answers() {
  std::ifstream file(ASSENT_SOURCE_DIR "/tests/golden/crypto/proposed/kat_v1.json");
  return nlohmann::json::parse(file);
}

Bytes hex(const nlohmann::json& value) {
  return *from_hex(value.get<std::string>());
}
Uuid uuid(const nlohmann::json& value) {
  return Uuid::from_bytes(hex(value));
}
SecretKey secret(const nlohmann::json& value) {
  return SecretKey(ByteView(hex(value)));
}
Hash32 hash(const nlohmann::json& value) {
  Hash32 out{};
  const Bytes bytes = hex(value);
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

class SealedTest : public ::testing::Test {
 protected:
  SealedTest() { crypto_ready(); }
  nlohmann::json answers = known_answers();
  nlohmann::json wrap = answers["wrapped_dek"];
  nlohmann::json field = answers["field_record"];
  KeyName name{uuid(wrap["tenant"]), uuid(wrap["subject"]), 1, KeyPurpose::kFields};
  FieldPlace place{uuid(wrap["tenant"]), uuid(wrap["subject"]), 3, uuid(field["row_id"]), 1};
  SecretKey dek = secret(wrap["dek"]);
  Bytes record = hex(field["record"]);
};

TEST_F(SealedTest, AWrappedKeyEqualsTheKnownAnswerByteForByte) {
  FixedRandom nonce(hex(wrap["nonce"]));
  const SecretKey kek = secret(wrap["kek"]);
  EXPECT_EQ(to_hex(wrap_key(kek, 7, name, dek, nonce)), wrap["record"]);
  EXPECT_EQ(to_hex(key_commitment(dek, name)), wrap["dek_commit"]);
  auto opened = unwrap_key(kek, name, hex(wrap["record"]), hash(wrap["dek_commit"]));
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(to_hex(opened->bytes()), wrap["dek"]);
  EXPECT_EQ(*wrapped_epoch(hex(wrap["record"])), 7u);
}

TEST_F(SealedTest, AWrapMovedToAnotherNameDoesNotOpen) {
  const SecretKey kek = secret(wrap["kek"]);
  const Bytes wrapped = hex(wrap["record"]);
  const Hash32 commitment = hash(wrap["dek_commit"]);
  std::vector<KeyName> elsewhere(4, name);
  elsewhere[0].tenant.bytes[0] ^= 1;
  elsewhere[1].subject.bytes[0] ^= 1;
  elsewhere[2].version = 2;
  elsewhere[3].purpose = KeyPurpose::kConsentEvidence;
  for (const KeyName& other : elsewhere) {
    EXPECT_FALSE(unwrap_key(kek, other, wrapped, commitment).ok());
  }
}

TEST_F(SealedTest, AFieldRecordEqualsTheKnownAnswerByteForByte) {
  FixedRandom nonce(hex(field["nonce"]));
  const Bytes plain = hex(field["plaintext_hex"]);
  EXPECT_EQ(to_hex(seal_field(dek, 1, place, FieldType::kText, ByteView(plain).subspan(1), nonce)),
            field["record"]);
  auto opened = open_field(dek, place, record);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->type, FieldType::kText);
  EXPECT_EQ(opened->value.reveal(), as_text(ByteView(plain).subspan(1)));
}

TEST_F(SealedTest, AFieldRecordOpensAtItsPlaceOnly) {
  std::vector<FieldPlace> elsewhere(5, place);
  elsewhere[0].tenant.bytes[3] ^= 1;
  elsewhere[1].subject.bytes[3] ^= 1;
  elsewhere[2].field_id = 4;
  elsewhere[3].row.bytes[3] ^= 1;
  elsewhere[4].schema_version = 2;
  for (const FieldPlace& other : elsewhere) EXPECT_FALSE(open_field(dek, other, record).ok());
}

TEST_F(SealedTest, AnyFlippedBitOfAFieldRecordIsFound) {
  for (std::size_t i = 0; i < record.size() * 8; ++i) {
    Bytes changed = record;
    changed[i / 8] ^= static_cast<std::uint8_t>(1 << (i % 8));
    EXPECT_FALSE(open_field(dek, place, changed).ok()) << "bit " << i;
  }
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(open_field(dek, place, ByteView(record).first(size)).ok());
  }
}

TEST_F(SealedTest, LengthsShowInStepsOnly) {
  SystemRandom random;
  const auto sealed = [&](std::size_t n) {
    return seal_field(dek, 1, place, FieldType::kText, Bytes(n, 'x'), random).size() - 46;
  };
  EXPECT_EQ(sealed(0), 32u);
  EXPECT_EQ(sealed(30), 32u);
  EXPECT_EQ(sealed(31), 64u);
  EXPECT_EQ(sealed(126), 128u);
  for (std::size_t n = 0; n < 3000; n += 7) {
    auto opened = open_field(dek, place,
                             seal_field(dek, 1, place, FieldType::kBytes, Bytes(n, 0x80), random));
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->value.reveal().size(), n);
  }
}

TEST_F(SealedTest, ATagEqualsTheKnownAnswer) {
  const auto& index = answers["blind_index"];
  const auto slab = std::move(*KeySlab::make(4096));
  const auto tags = TagMaker::make(*slab, secret(index["index_root"]), SecretKey(Hash32{}), {1});
  ASSERT_TRUE(tags.ok());
  const std::string full = index["full_tag"];
  EXPECT_EQ(to_hex(tags->tag(1, index["normalized"].get<std::string>())), full.substr(0, 32));
}

}  // namespace
}  // namespace assent
