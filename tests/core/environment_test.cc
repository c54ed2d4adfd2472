#include "core/environment.h"

#include <cstdlib>

#include "core/custody.h"
#include "tests/core/temporary_keys.h"

namespace assent {
namespace {

// A variable for as long as it lives.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_.c_str()); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_;
};

TEST(EnvironmentTest, AVariableThatWouldHandUsAKeyIsNamedAndItsValueIsNot) {
  ASSERT_FALSE(key_in_environment()) << "the tests themselves run beside " << *key_in_environment();
  for (const char* name : {"ASSENT_ROOT_KEY", "ASSENT_KEY", "ASSENT_KEYRING", "ASSENT_TOKEN_KEY",
                           "ASSENT_KEYS_ROOT", "ASSENT_PKCS11_PIN", "ASSENT_ADMIN_TOKEN",
                           "ASSENT_LOG_KEY", "ASSENT_KEK", "ASSENT_ROOT_SECRET", "ASSENT_SHARE"}) {
    const Variable variable(name, "s3cret");
    EXPECT_EQ(key_in_environment(), name);
    const auto refusal = environment_refusal();
    ASSERT_TRUE(refusal);
    EXPECT_NE(refusal->find(name), std::string::npos);
    EXPECT_EQ(refusal->find("s3cret"), std::string::npos);
  }
}

TEST(EnvironmentTest, OthersVariablesAndOurSettingsAreNoKeys) {
  for (const char* name : {"SSH_KEY", "ASSENT_SEED", "ASSENT_BINARIES", "ASSENT_MONKEY_KILLS",
                           "MY_ASSENT_KEY", "ASSENT"}) {
    const Variable variable(name, "1");
    EXPECT_FALSE(key_in_environment()) << name;
  }
}

// What systemd leaves for a service: a directory of its own, named by CREDENTIALS_DIRECTORY.
class CredentialTest : public KeysTest {
 protected:
  CredentialTest() { write(directory / "assent-root", std::string(64, '5') + "\n", 0400); }
  static RootPlace place() { return SystemdRootPlace{"assent-root"}; }
  ErrorCode refusal() {
    const auto opened = open_root(place());
    return opened.ok() ? ErrorCode{} : opened.error().code;
  }
};

TEST_F(CredentialTest, TheRootIsReadFromTheServicesCredentials) {
  EXPECT_EQ(refusal(), ErrorCode::kNotFound) << "no service";
  const Variable service("CREDENTIALS_DIRECTORY", directory);
  const auto root = open_root(place());
  ASSERT_TRUE(root.ok());
  EXPECT_EQ((*root)->kind(), RootKind::kSystemd);
  EXPECT_EQ(to_hex((*root)->secret()->bytes()), std::string(64, '5'));
  EXPECT_EQ(open_root(SystemdRootPlace{"other"}).error().code, ErrorCode::kNotFound);
}

TEST_F(CredentialTest, WrongModesAreRefused) {
  const Variable service("CREDENTIALS_DIRECTORY", directory);
  for (const ::mode_t mode : {0440U, 0404U, 0444U, 0420U}) {
    ::chmod((directory / "assent-root").c_str(), mode);
    EXPECT_EQ(refusal(), ErrorCode::kDenied) << std::oct << mode;
  }
  ::chmod((directory / "assent-root").c_str(), 0400);
  for (const ::mode_t mode : {0770U, 0707U}) {
    ::chmod(directory.c_str(), mode);
    EXPECT_EQ(refusal(), ErrorCode::kDenied) << std::oct << mode;
  }
  ::chmod(directory.c_str(), 0500);
  EXPECT_EQ(refusal(), ErrorCode{});
  ::chmod(directory.c_str(), 0700);
}

TEST_F(CredentialTest, ItIsSystemdsToMakeAndWorksLikeAnyRoot) {
  const Variable service("CREDENTIALS_DIRECTORY", directory);
  EXPECT_EQ(make_root(SystemdRootPlace{"other"}, random).error().code, ErrorCode::kNotFound);
  auto root = make_root(place(), random);
  ASSERT_TRUE(root.ok());
  ASSERT_TRUE(Keyring::create(**root, keyring(), {}, random).ok());
  EXPECT_TRUE(open_keyring(*slab, {place(), std::nullopt, keyring()}).ok());
  const CustodyConfig of_a_file{FileRootPlace{directory / "assent-root"}, std::nullopt, keyring()};
  EXPECT_EQ(open_keyring(*slab, of_a_file).error().code, ErrorCode::kConflict)
      << "the same bytes as another kind of root";
}

}  // namespace
}  // namespace assent
