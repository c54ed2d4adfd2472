#include "tests/core/soft_token.h"
#include "tests/core/temporary_keys.h"

namespace assent {
namespace {

constexpr Timestamp kNow{1'790'000'000 * kSecondUs};

class Pkcs11Test : public KeysTest {
 protected:
  CustodyConfig config() { return {token.place(), std::nullopt, keyring()}; }
  void create() {
    auto provider = make_root(token.place(), random);
    ASSERT_TRUE(provider.ok()) << provider.error().reason.view();
    ASSERT_TRUE(Keyring::create(**provider, keyring(), kNow, random).ok());
  }
  ErrorCode refusal(const RootPlace& place) {
    const auto opened = open_root(place);
    return opened.ok() ? ErrorCode{} : opened.error().code;
  }
  SoftToken token{directory};
};

TEST_F(Pkcs11Test, AKeyThatTheDeviceMadeOpensTheKeyringAgain) {
  create();
  const auto first = open_keyring(*slab, config());
  ASSERT_TRUE(first.ok()) << first.error().reason.view();
  const KeyName name{Uuid::v4(random), Uuid::v4(random), 1, KeyPurpose::kFields};
  const SecretKey key(Hash32{1, 2, 3});
  const Bytes wrapped = first->wrap(name, key, random);
  const auto again = open_keyring(*slab, config());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->unwrap(name, wrapped, key_commitment(key, name)).ok());
}

TEST_F(Pkcs11Test, TheKeyNeverLeavesTheDevice) {
  create();
  const auto root = open_root(token.place());
  ASSERT_TRUE(root.ok());
  EXPECT_EQ((*root)->secret().error().code, ErrorCode::kConflict);
}

TEST_F(Pkcs11Test, AKeyThatMayLeaveTheDeviceIsRefused) {
  SoftToken::make_extractable_key("loose");
  const auto opened = open_root(token.place("loose"));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kDenied);
  EXPECT_NE(opened.error().reason.view().find("not extractable"), std::string_view::npos);
}

TEST_F(Pkcs11Test, AWrongPinModuleTokenOrKeyIsToldApart) {
  create();
  Pkcs11RootPlace wrong = token.place();
  wrong.device.module = directory / "none.so";
  EXPECT_EQ(refusal(wrong), ErrorCode::kNotFound);
  wrong = token.place();
  wrong.device.token = "other";
  EXPECT_EQ(refusal(wrong), ErrorCode::kNotFound);
  EXPECT_EQ(refusal(token.place("other")), ErrorCode::kNotFound);
  write(token.pin_file(), "9999\n", 0400);
  EXPECT_EQ(refusal(token.place()), ErrorCode::kDenied);
  ::chmod(token.pin_file().c_str(), 0444);
  EXPECT_EQ(refusal(token.place()), ErrorCode::kDenied);
}

TEST_F(Pkcs11Test, TwoTokensOfOneLabelAreNotGuessedAt) {
  create();
  SoftToken::init("assent");
  EXPECT_EQ(refusal(token.place()), ErrorCode::kConflict);
}

TEST_F(Pkcs11Test, AnotherKeyOfTheDeviceDoesNotOpenTheKeyring) {
  create();
  ASSERT_TRUE(make_root(token.place("other"), random).ok());
  CustodyConfig other = config();
  other.root = token.place("other");
  EXPECT_EQ(open_keyring(*slab, other).error().code, ErrorCode::kCorrupt);
}

TEST_F(Pkcs11Test, AWrapIsBoundToItsEpochInstallationGenerationAndKey) {
  auto root = make_root(token.place(), random);
  ASSERT_TRUE(root.ok());
  const EpochName name{Uuid::v4(random), 2, 7};
  const SecretKey key = new_secret_key(random);
  const Hash32 commitment = key_commitment(key, name.key_name());
  const auto wrapped = (*root)->wrap(name, key, random);
  ASSERT_TRUE(wrapped.ok());
  EXPECT_EQ(wrapped->size(), 66U);
  const auto opens = [&](const EpochName& as, const Bytes& bytes, const Hash32& of) {
    return (*root)->unwrap(as, bytes, of).ok();
  };
  EXPECT_TRUE(opens(name, *wrapped, commitment));
  EXPECT_FALSE(opens({name.installation, 2, 8}, *wrapped, commitment));
  EXPECT_FALSE(opens({name.installation, 3, 7}, *wrapped, commitment));
  EXPECT_FALSE(opens({Uuid::v4(random), 2, 7}, *wrapped, commitment));
  EXPECT_FALSE(opens(name, *wrapped, Hash32{}));
  for (std::size_t at = 0; at < wrapped->size(); ++at) {
    Bytes changed = *wrapped;
    changed[at] ^= 1;
    EXPECT_FALSE(opens(name, changed, commitment)) << at;
  }
  EXPECT_TRUE(opens(name, *wrapped, commitment)) << "a refusal does not end the session";
}

TEST_F(Pkcs11Test, ARootMovesFromAFileIntoTheDeviceAndBack) {
  auto file = make_root(FileRootPlace{root()}, random);
  ASSERT_TRUE(Keyring::create(**file, keyring(), kNow, random).ok());
  const auto announce = [](const Hash32&, const RootRotation&) { return Status(Unit{}); };
  const CustodyConfig in{FileRootPlace{root()}, token.place(), keyring()};
  const auto there = rotate_root(in, random, announce);
  ASSERT_TRUE(there.ok()) << there.error().reason.view();
  EXPECT_EQ(there->kind, RootKind::kPkcs11);
  EXPECT_TRUE(open_keyring(*slab, in).ok());
  std::filesystem::remove(root());
  EXPECT_TRUE(open_keyring(*slab, config()).ok());
  EXPECT_EQ(recover_root(keyring(), root(), SecretKey(Hash32{}), 2).error().code,
            ErrorCode::kConflict);
  const CustodyConfig out{token.place(), FileRootPlace{root()}, keyring()};
  ASSERT_TRUE(rotate_root(out, random, announce).ok());
  EXPECT_TRUE(open_keyring(*slab, {FileRootPlace{root()}, std::nullopt, keyring()}).ok());
}

}  // namespace
}  // namespace assent
