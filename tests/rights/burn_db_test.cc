#include <gtest/gtest.h>

#include "tests/core/epoch_world.h"
#include "tests/rights/rights_world.h"

namespace assent {
namespace {

class BurnTest : public ::testing::Test {
 protected:
  BurnTest() {
    world.contacts("shop",
                   "1,Anna,Ivanova,anna@example.com,,,\n2,Boris,Ivanov,boris@example.com,,,\n");
    anna = world.copy_of(world.record("shop", "1"));
    boris = world.copy_of(world.record("shop", "2"));
  }

  // The rows of keys as a backup, a replica or a WAL archive of the safe has them.
  void copy_the_keys_aside() {
    owned("DROP TABLE IF EXISTS kept_aside");
    owned("CREATE TABLE kept_aside AS SELECT * FROM subject_key");
  }
  void put_the_copy_back() {
    owned("INSERT INTO subject_key SELECT * FROM kept_aside ON CONFLICT DO NOTHING");
  }
  void owned(StaticText sql) {
    Database owner(TestClusters::instance().safe("assent_owner"), world.clock);
    const auto done = in_tx(owner, world.tenant, [&](Tx& tx) -> Status {
      tx.exec(sql);
      return Unit{};
    });
    ASSERT_TRUE(done.ok());
  }

  // Whether any key there is, of the safe and of the copy, opened by any epoch there is, opens the
  // fields.
  bool opens_with_any_key_in_existence(const RightsWorld::Copy& copy) {
    Database owner(TestClusters::instance().safe("assent_owner"), world.clock);
    Tx tx(owner, world.tenant);
    const Rows rows = tx.query(
        "SELECT subject, purpose, dek_version, wrapped, dek_commit FROM subject_key WHERE "
        "tenant = $1 UNION ALL SELECT subject, purpose, dek_version, wrapped, dek_commit FROM "
        "kept_aside WHERE tenant = $1",
        {world.tenant});
    const auto keyring = world.keyring->now();
    for (const auto& row : rows) {
      const KeyName name{world.tenant.value, row.uuid(0),
                         static_cast<std::uint32_t>(row.integer(2)),
                         static_cast<KeyPurpose>(row.integer(1))};
      const auto key = keyring->unwrap(name, row.view(3), row.hash(4));
      if (key.ok() && world.opens_with(copy, *key)) return true;
    }
    return false;
  }

  void burn_round() {
    ASSERT_TRUE(world.new_epoch().ok());
    ASSERT_TRUE(world.rewrap().ok());
    ASSERT_TRUE(world.burn(1).ok());
  }

  WithEpochs<RightsWorld> world;
  RightsWorld::Copy anna, boris;
};

TEST_F(BurnTest, AfterItNoCopyOfAKeyOpensTheErasedAndEverybodyElseOpens) {
  copy_the_keys_aside();
  world.erase(RightsWorld::by_email("anna@example.com"));
  EXPECT_TRUE(opens_with_any_key_in_existence(anna)) << "so that the rest of this test can fail";
  burn_round();
  put_the_copy_back();
  EXPECT_FALSE(opens_with_any_key_in_existence(anna));
  EXPECT_TRUE(opens_with_any_key_in_existence(boris));
  EXPECT_EQ(world.first_name(world.record("shop", "2")), "Boris");
}

// Who was erased in an epoch is counted with it, and nobody twice.
TEST_F(BurnTest, ItCountsTheKeysThatWereDestroyedUnderTheEpoch) {
  world.erase(RightsWorld::by_email("anna@example.com"));
  burn_round();
  world.erase(RightsWorld::by_email("boris@example.com"));
  ASSERT_TRUE(world.new_epoch().ok());
  ASSERT_TRUE(world.rewrap().ok());
  ASSERT_TRUE(world.burn(2).ok());
  const auto all = world.epochs.all();
  ASSERT_TRUE(all.ok());
  EXPECT_EQ((*all)[0].destroyed, 1U);
  EXPECT_EQ((*all)[1].destroyed, 1U);
  EXPECT_EQ((*all)[0].rewrapped, 6U) << "the tenant's four, Boris and a certificate";
  EXPECT_EQ((*all)[1].rewrapped, 6U) << "the tenant's four and two certificates";
}

// The certificate of somebody who was erased two epochs ago still opens.
TEST_F(BurnTest, ACertificateOutlivesTheEpochs) {
  const auto request = world.erase(RightsWorld::by_email("anna@example.com"));
  burn_round();
  EXPECT_TRUE(world.service().certificate(world.tenant, world.act, request).ok());
}

}  // namespace
}  // namespace assent
