#include "core/keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "core/digest.h"

namespace assent {
namespace {

class KeyringTest : public ::testing::Test {
 protected:
  KeyringTest() {
    crypto_ready();
    std::string name = (std::filesystem::temp_directory_path() / "keyring.XXXXXX").string();
    directory = ::mkdtemp(name.data());
    Hash32 bytes{};
    random.fill(bytes);
    EXPECT_TRUE(write_secret_file(root(), SecretKey(bytes)).ok());
  }
  ~KeyringTest() override { std::filesystem::remove_all(directory); }
  std::filesystem::path root() const { return directory / "root.key"; }
  std::filesystem::path keyring() const { return directory / "keyring"; }

  std::filesystem::path directory;
  SystemRandom random;
};

TEST_F(KeyringTest, WhatItWrapsItUnwrapsAfterBeingOpenedAgain) {
  ASSERT_TRUE(Keyring::create(root(), keyring(), random).ok());
  auto first = Keyring::open(root(), keyring());
  ASSERT_TRUE(first.ok());
  const KeyName name{Uuid::v4(random), Uuid::v4(random), 1, KeyPurpose::kFields};
  const SecretKey key(Hash32{1, 2, 3});
  const Bytes wrapped = first->wrap(name, key, random);
  auto second = Keyring::open(root(), keyring());
  ASSERT_TRUE(second.ok());
  auto opened = second->unwrap(name, wrapped, key_commitment(key, name));
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(to_hex(opened->bytes()), to_hex(key.bytes()));
}

TEST_F(KeyringTest, AKeyFileThatOthersMayReadIsRefused) {
  ASSERT_TRUE(Keyring::create(root(), keyring(), random).ok());
  ::chmod(root().c_str(), 0444);
  auto opened = Keyring::open(root(), keyring());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kDenied);
}

TEST_F(KeyringTest, ADirectoryOfKeysThatOthersMayWriteIsRefused) {
  ASSERT_TRUE(Keyring::create(root(), keyring(), random).ok());
  for (const ::mode_t mode : {0777U, 0770U, 01777U}) {
    ::chmod(directory.c_str(), mode);
    auto opened = Keyring::open(root(), keyring());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kDenied);
    EXPECT_NE(opened.error().reason.view().find("chmod 0700"), std::string_view::npos);
  }
  ::chmod(directory.c_str(), 0755);
  EXPECT_TRUE(Keyring::open(root(), keyring()).ok());
}

TEST_F(KeyringTest, AnotherRootKeyDoesNotOpenIt) {
  ASSERT_TRUE(Keyring::create(root(), keyring(), random).ok());
  std::filesystem::remove(root());
  ASSERT_TRUE(write_secret_file(root(), SecretKey(Hash32{9})).ok());
  auto opened = Keyring::open(root(), keyring());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
}

TEST_F(KeyringTest, AMissingKeyFileIsNamedAsMissing) {
  std::filesystem::remove(root());
  EXPECT_EQ(Keyring::open(root(), keyring()).error().code, ErrorCode::kNotFound);
}

TEST_F(KeyringTest, ADamagedLineIsCorruptNotSkipped) {
  ASSERT_TRUE(Keyring::create(root(), keyring(), random).ok());
  std::ofstream(keyring(), std::ios::app) << "epoch two\n";
  EXPECT_EQ(Keyring::open(root(), keyring()).error().code, ErrorCode::kCorrupt);
}

TEST_F(KeyringTest, AnExistingKeyIsNeverOverwritten) {
  EXPECT_EQ(write_secret_file(root(), SecretKey(Hash32{})).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(Keyring::create(root(), keyring(), random).ok());
  EXPECT_EQ(Keyring::create(root(), keyring(), random).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace assent
