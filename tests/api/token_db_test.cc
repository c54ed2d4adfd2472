#include <gtest/gtest.h>

#include "api/token.h"
#include "tests/support/world.h"

namespace assent {
namespace {

class TokenTest : public ::testing::Test {
 protected:
  TokenStore store(std::uint8_t key) {
    Hash32 bytes{};
    bytes.fill(key);
    return {world.safe, world.data, world.journal, std::move(*world.slab->keep(SecretKey(bytes))),
            world.random};
  }
  Uuid administrator(std::vector<std::string> scopes = {}, int days = 90) {
    const Timestamp ends{world.clock.now().us + days * kDayUs};
    auto made = tokens.create(world.tenant, world.act, {"one", "administrator", scopes, ends});
    return made.ok() ? made->info.id : Uuid{};
  }
  ErrorCode revoke(const Uuid& id) {
    const auto done = tokens.revoke(world.tenant, world.act, id);
    return done.ok() ? ErrorCode{} : done.error().code;
  }
  World world;
  TokenStore tokens = store(1);
};

TEST_F(TokenTest, TheLastAdministratorsTokenIsNotRevoked) {
  const Uuid first = administrator();
  EXPECT_EQ(revoke(first), ErrorCode::kConflict);
  const Uuid second = administrator();
  EXPECT_TRUE(tokens.revoke(world.tenant, world.act, first).ok());
  EXPECT_EQ(revoke(second), ErrorCode::kConflict);
}

TEST_F(TokenTest, ATokenThatCannotMakeOthersOrHasEndedIsNoSuccessor) {
  const Uuid first = administrator();
  administrator({"token.list"});
  administrator({}, 1);
  world.clock.advance_days(2);
  EXPECT_EQ(revoke(first), ErrorCode::kConflict);
}

TEST_F(TokenTest, AllEndWhenTheInstallationSaysSo) {
  administrator();
  EXPECT_TRUE(*tokens.has_administrator(world.tenant));
  EXPECT_EQ(*tokens.revoke_all(world.tenant, world.act), 1);
  EXPECT_FALSE(*tokens.has_administrator(world.tenant));
}

TEST_F(TokenTest, AnotherKeyIsNoticedAndMayBeAdopted) {
  ASSERT_TRUE(tokens.adopt_key().ok());  // Whatever other tests of the process have left.
  administrator();
  EXPECT_TRUE(tokens.check_key().ok());
  TokenStore other = store(2);
  EXPECT_EQ(other.check_key().error().code, ErrorCode::kCorrupt);
  ASSERT_TRUE(other.adopt_key().ok());
  EXPECT_TRUE(other.check_key().ok());
  EXPECT_FALSE(tokens.check_key().ok());
}

}  // namespace
}  // namespace assent
