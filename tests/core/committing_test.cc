#include <gtest/gtest.h>
#include <sodium.h>

#include <fstream>

#include "core/digest.h"
#include "core/nlohmann.h"
#include "core/sealed.h"

// Suite 2 of field records. Its known answers come from tests/core/suite_two.py.
namespace assent {
namespace {

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

Bytes hex(const nlohmann::json& value) {
  return *from_hex(value.get<std::string>());
}

class CommittingTest : public ::testing::Test {
 protected:
  CommittingTest() {
    crypto_ready();
    std::ifstream file(ASSENT_SOURCE_DIR "/tests/golden/crypto/suite2/kat_v1.json");
    answers = nlohmann::json::parse(file);
    place = {Uuid::from_bytes(hex(answers["tenant"])), Uuid::from_bytes(hex(answers["subject"])), 3,
             Uuid::from_bytes(hex(answers["row_id"])), 1};
  }
  SecretKey dek() const { return SecretKey(ByteView(hex(answers["dek"]))); }
  Bytes sealed() {
    return seal_field(dek(), {1, Suite::kCommitting}, place, FieldType::kText, as_bytes("Anna"),
                      random);
  }
  nlohmann::json answers;
  FieldPlace place;
  SystemRandom random;
};

TEST_F(CommittingTest, ARecordEqualsTheKnownAnswersByteForByte) {
  ASSERT_GE(answers["records"].size(), 5U);
  for (const auto& one : answers["records"]) {
    place.field_id = one["field_id"];
    place.schema_version = one["schema_version"];
    const std::uint32_t version = one["dek_version"];
    const auto type = static_cast<FieldType>(one["type"].get<int>());
    const Bytes value = hex(one["value"]);
    const Bytes record = hex(one["record"]);
    FixedRandom nonce(hex(one["nonce"]));
    EXPECT_EQ(to_hex(seal_field(dek(), {version, Suite::kCommitting}, place, type, value, nonce)),
              to_hex(record));
    EXPECT_EQ(*field_key_use(record), KeyUse(version, Suite::kCommitting));
    const auto opened = open_field(dek(), place, record);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->type, type);
    EXPECT_EQ(opened->value.reveal(), as_text(value));
  }
}

TEST_F(CommittingTest, ItIsSixteenBytesLongerThanSuiteOne) {
  const Bytes one = seal_field(dek(), 1, place, FieldType::kText, as_bytes("Anna"), random);
  EXPECT_EQ(sealed().size(), one.size() + 16);
  EXPECT_EQ(sealed().size(), 62U + 32);
}

TEST_F(CommittingTest, ItOpensAtItsPlaceOnly) {
  const Bytes record = sealed();
  std::vector<FieldPlace> elsewhere(5, place);
  elsewhere[0].tenant.bytes[3] ^= 1;
  elsewhere[1].subject.bytes[3] ^= 1;
  elsewhere[2].field_id = 4;
  elsewhere[3].row.bytes[3] ^= 1;
  elsewhere[4].schema_version = 2;
  for (const FieldPlace& other : elsewhere) EXPECT_FALSE(open_field(dek(), other, record).ok());
  EXPECT_TRUE(open_field(dek(), place, record).ok());
}

TEST_F(CommittingTest, AnyFlippedBitAndAnyMissingByteIsFound) {
  const Bytes record = sealed();
  for (std::size_t i = 0; i < record.size() * 8; ++i) {
    Bytes changed = record;
    changed[i / 8] ^= static_cast<std::uint8_t>(1 << (i % 8));
    EXPECT_FALSE(open_field(dek(), place, changed).ok()) << "bit " << i;
  }
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(open_field(dek(), place, ByteView(record).first(size)).ok());
  }
}

// Whoever knows two keys makes, for a Poly1305 tag, one record that opens under both. Here the tag
// is that of one key: with everything else equal, even the plaintext of the stream cipher, the
// other one is refused.
TEST_F(CommittingTest, ARecordThatIsMadeForTwoKeysIsRefusedByTheOther) {
  const SecretKey one(Hash32{1});
  const SecretKey two(Hash32{2});
  Bytes record = seal_field(one, {1, Suite::kCommitting}, place, FieldType::kText,
                            as_bytes("Anna"), random);
  ASSERT_TRUE(open_field(one, place, record).ok());
  EXPECT_FALSE(open_field(two, place, record).ok());
  // The ciphertext under the second key, the tag of the first: what a key alone would open.
  const std::size_t body = record.size() - 32;
  const SecretKey cipher_one = derive_key(one.bytes(), place.field_id, "cdpfld2e");
  const SecretKey cipher_two = derive_key(two.bytes(), place.field_id, "cdpfld2e");
  for (const SecretKey* key : {&cipher_one, &cipher_two}) {
    crypto_stream_xchacha20_xor(record.data() + 30, record.data() + 30, body - 30,
                                record.data() + 6, key->bytes().data());
  }
  EXPECT_FALSE(open_field(two, place, record).ok());
  // Nor does the tag of the second, made with its own key of this suite, hold for the first.
  const Bytes again = seal_field(two, {1, Suite::kCommitting}, place, FieldType::kText,
                                 as_bytes("Anna"), random);
  Bytes mixed(record.begin(), record.end() - 32);
  put(mixed, ByteView(again).last(32));
  EXPECT_FALSE(open_field(one, place, mixed).ok());
  EXPECT_FALSE(open_field(two, place, mixed).ok());
}

TEST_F(CommittingTest, ARecordOfOneSuiteIsNoneOfTheOther) {
  Bytes two = sealed();
  two[1] = 1;
  EXPECT_FALSE(open_field(dek(), place, two).ok());
  Bytes one = seal_field(dek(), 1, place, FieldType::kText, as_bytes("Anna"), random);
  one[1] = 2;
  EXPECT_FALSE(open_field(dek(), place, one).ok());
}

TEST_F(CommittingTest, NoOtherSuiteIsKnown) {
  for (int suite = 0; suite < 256; ++suite) {
    if (suite == 1 || suite == 2) continue;
    Bytes record = sealed();
    record[1] = static_cast<std::uint8_t>(suite);
    EXPECT_EQ(open_field(dek(), place, record).error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(field_key_use(record).error().code, ErrorCode::kCorrupt);
  }
}

TEST_F(CommittingTest, AWrappedKeyIsOfSuiteOneAlone) {
  const KeyName name{place.tenant, place.subject, 1, KeyPurpose::kFields};
  Bytes wrapped = wrap_key(dek(), 1, name, SecretKey(Hash32{7}), random);
  wrapped[1] = 2;
  EXPECT_EQ(wrapped_epoch(wrapped).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace assent
