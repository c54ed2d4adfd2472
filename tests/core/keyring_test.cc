#include "core/keyring.h"

#include "core/custody.h"
#include "tests/core/temporary_keys.h"

namespace assent {
namespace {

constexpr Timestamp kNow{1'790'000'000 * kSecondUs};
constexpr const char* kOldRoot = ASSENT_SOURCE_DIR "/tests/golden/crypto/keyring_v1_root";
constexpr const char* kOldKeyring = ASSENT_SOURCE_DIR "/tests/golden/crypto/keyring_v1";

class KeyringTest : public KeysTest {
 protected:
  KeyringTest() { EXPECT_TRUE(write_secret_file(root(), new_secret_key(random)).ok()); }

  CustodyConfig config() const { return {FileRootPlace{root()}, std::nullopt, keyring()}; }
  Status create() {
    auto provider = open_root(FileRootPlace{root()});
    if (!provider.ok()) return provider.error();
    return Keyring::create(**provider, keyring(), kNow, random);
  }
  Result<Keyring> open() { return open_keyring(*slab, config()); }
  ErrorCode refusal() {
    const auto opened = open();
    return opened.ok() ? ErrorCode{} : opened.error().code;
  }
};

TEST_F(KeyringTest, WhatItWrapsItUnwrapsAfterBeingOpenedAgain) {
  ASSERT_TRUE(create().ok());
  auto first = open();
  ASSERT_TRUE(first.ok());
  const KeyName name{Uuid::v4(random), Uuid::v4(random), 1, KeyPurpose::kFields};
  const SecretKey key(Hash32{1, 2, 3});
  const Bytes wrapped = first->wrap(name, key, random);
  auto second = open();
  ASSERT_TRUE(second.ok());
  auto opened = second->unwrap(name, wrapped, key_commitment(key, name));
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(to_hex(opened->bytes()), to_hex(key.bytes()));
}

TEST_F(KeyringTest, AKeyFileThatOthersMayReadIsRefused) {
  ASSERT_TRUE(create().ok());
  ::chmod(root().c_str(), 0444);
  EXPECT_EQ(refusal(), ErrorCode::kDenied);
}

TEST_F(KeyringTest, ADirectoryOfKeysThatOthersMayWriteIsRefused) {
  ASSERT_TRUE(create().ok());
  for (const ::mode_t mode : {0777U, 0770U, 01777U}) {
    ::chmod(directory.c_str(), mode);
    auto opened = open();
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kDenied);
    EXPECT_NE(opened.error().reason.view().find("chmod 0700"), std::string_view::npos);
  }
  ::chmod(directory.c_str(), 0755);
  EXPECT_TRUE(open().ok());
}

TEST_F(KeyringTest, ALinkToAKeyIsNoKeyFile) {
  ASSERT_TRUE(create().ok());
  std::filesystem::rename(root(), directory / "elsewhere");
  std::filesystem::create_symlink(directory / "elsewhere", root());
  EXPECT_EQ(refusal(), ErrorCode::kDenied);
}

TEST_F(KeyringTest, AnotherRootKeyDoesNotOpenIt) {
  ASSERT_TRUE(create().ok());
  std::filesystem::remove(root());
  ASSERT_TRUE(write_secret_file(root(), SecretKey(Hash32{9})).ok());
  EXPECT_EQ(refusal(), ErrorCode::kCorrupt);
}

TEST_F(KeyringTest, AMissingKeyFileIsNamedAsMissing) {
  ASSERT_TRUE(create().ok());
  std::filesystem::remove(root());
  EXPECT_EQ(refusal(), ErrorCode::kNotFound);
}

TEST_F(KeyringTest, ADamagedLineIsCorruptNotSkipped) {
  ASSERT_TRUE(create().ok());
  std::ofstream(keyring(), std::ios::app) << "epoch two\n";
  EXPECT_EQ(refusal(), ErrorCode::kCorrupt);
}

TEST_F(KeyringTest, AnExistingKeyIsNeverOverwritten) {
  EXPECT_EQ(write_secret_file(root(), SecretKey(Hash32{})).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(create().ok());
  EXPECT_EQ(create().error().code, ErrorCode::kConflict);
}

TEST_F(KeyringTest, AnOldFileOpensAndIsRenewedByItsNextChange) {
  // Both written by the version before roots of several kinds.
  write(root(), text_of(kOldRoot), 0400);
  write(keyring(), text_of(kOldKeyring));
  const auto old = read_keyring(keyring());
  ASSERT_TRUE(old.ok());
  EXPECT_TRUE(old->installation.is_nil());
  EXPECT_EQ(old->generation, 1U);
  EXPECT_FALSE(old->epochs.front().created_at);
  ASSERT_TRUE(open().ok());

  ASSERT_TRUE(rotate_root(config(), random, [](auto&, auto&) { return Unit{}; }).ok());
  const auto renewed = read_keyring(keyring());
  ASSERT_TRUE(renewed.ok());
  EXPECT_FALSE(renewed->installation.is_nil());
  EXPECT_EQ(renewed->generation, 2U);
  EXPECT_TRUE(open().ok());
}

TEST_F(KeyringTest, TheTextReadsBackAsItWasWritten) {
  ASSERT_TRUE(create().ok());
  const auto keyring_file = read_keyring(keyring());
  ASSERT_TRUE(keyring_file.ok());
  EXPECT_EQ(keyring_file->epochs.front().created_at, kNow);
  EXPECT_EQ(keyring_text(*keyring_file), text_of(keyring()));
}

// The wrap of an epoch key at another place than its own.
class MovedEpochTest : public KeyringTest {
 protected:
  MovedEpochTest() {
    provider = std::move(*open_root(FileRootPlace{root()}));
    file.installation = Uuid::v4(random);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(add_epoch(file, *provider, kNow, random).ok());
  }
  bool opens() { return Keyring::open(*slab, *provider, file).ok(); }
  std::unique_ptr<RootProvider> provider;
  KeyringFile file;
};

TEST_F(MovedEpochTest, SeveralEpochsAreOpenAtOnceAndTheNewestWraps) {
  const auto both = Keyring::open(*slab, *provider, file);
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both->current_epoch(), 2U);
  KeyringFile only_first = file;
  only_first.epochs.pop_back();
  const auto first = Keyring::open(*slab, *provider, only_first);
  ASSERT_TRUE(first.ok());
  const KeyName name{Uuid::v4(random), Uuid::v4(random), 1, KeyPurpose::kFields};
  const SecretKey key(Hash32{7});
  const Hash32 commitment = key_commitment(key, name);
  EXPECT_TRUE(both->unwrap(name, first->wrap(name, key, random), commitment).ok());
  EXPECT_FALSE(first->unwrap(name, both->wrap(name, key, random), commitment).ok());
}

TEST_F(MovedEpochTest, ToAnotherEpochItDoesNotOpen) {
  ASSERT_TRUE(opens());
  std::swap(file.epochs[0].wrapped, file.epochs[1].wrapped);
  std::swap(file.epochs[0].commitment, file.epochs[1].commitment);
  EXPECT_FALSE(opens());
}

TEST_F(MovedEpochTest, ToAnotherInstallationItDoesNotOpen) {
  file.installation = Uuid::v4(random);
  EXPECT_FALSE(opens());
}

TEST_F(MovedEpochTest, ToAnotherGenerationItDoesNotOpen) {
  file.generation = 2;
  EXPECT_FALSE(opens());
}

TEST_F(MovedEpochTest, UnderAnotherCommitmentItDoesNotOpen) {
  file.epochs[0].commitment = file.epochs[1].commitment;
  EXPECT_FALSE(opens());
}

TEST(KeyringFormTest, WhatIsNoKeyringIsRefusedWithItsLine) {
  const std::string head = "assent-keyring 2 0b5e2f1c-8d0f-4d3e-9a59-0d6f7c1b2a34\n";
  const std::string commitment = to_base64(Bytes(32, 1));
  const auto epoch = [&](const std::string& words) {
    return "epoch " + words + " " + commitment + " AAAA\n";
  };
  ASSERT_TRUE(parse_keyring(head + epoch("1 file 1 -")).ok());
  ASSERT_TRUE(parse_keyring("epoch 1 " + commitment + " AAAA\n").ok());
  for (const std::string& text :
       {std::string("assent-keyring 3 0b5e2f1c-8d0f-4d3e-9a59-0d6f7c1b2a34\n"),
        std::string("assent-keyring 2 00000000-0000-0000-0000-000000000000\n"),
        head + epoch("1 vault 1 -"), head + epoch("1 file 0 -"), head + epoch("01 file 1 -"),
        head + epoch("1 file 1 yesterday"), head + epoch("2 file 1 -") + epoch("1 file 1 -"),
        head + epoch("1 file 1 -") + epoch("2 file 2 -"),
        head + epoch("1 file 1 -") + epoch("2 systemd 1 -"),
        head + "epoch 1 " + commitment + " AAAA\n", head + "\n" + epoch("1 file 1 -")}) {
    const auto parsed = parse_keyring(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kCorrupt);
    EXPECT_TRUE(parsed.error().position) << text;
  }
  EXPECT_FALSE(parse_keyring(head).ok());
  EXPECT_FALSE(parse_keyring("").ok());
}

}  // namespace
}  // namespace assent
