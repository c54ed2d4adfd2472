#include <gtest/gtest.h>

#include <thread>

#include "identity/search.h"
#include "tests/rights/rights_world.h"

namespace assent {
namespace {

constexpr auto kFamily =
    "1,Anna,Ivanova,family@example.com,+79990000001,,\n"
    "2,Boris,Ivanov,family@example.com,+79990000002,,\n"
    "3,Anna,Ivanova,anna@example.com,+79990000001,,\n";

class EraseTest : public ::testing::Test {
 protected:
  EraseTest() { world.contacts("shop", kFamily); }
  PersonQuery anna() { return RightsWorld::by_email("anna@example.com"); }
  RightsWorld world;
};

TEST_F(EraseTest, FromTheCommitOfTheRequestOnNoReadFindsThePerson) {
  const RecordId anna_1 = world.record("shop", "1");
  ASSERT_EQ(world.first_name(anna_1), "Anna");
  ASSERT_TRUE(world.service().request(world.tenant, world.act, anna()).ok());
  EXPECT_EQ(world.first_name(anna_1), "");
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:2"}}));
  EXPECT_EQ(world.count("SELECT count(*) FROM permit p JOIN record r USING (record_id) "
                        "WHERE r.state <> 0"),
            0);
  Tx tx(world.data, world.tenant);
  EXPECT_TRUE(records_with(tx, world.tags(), kEmailIndex, "anna@example.com").empty());
}

TEST_F(EraseTest, AfterwardsNoKeyLeftOpensTheFields) {
  const auto first = world.copy_of(world.record("shop", "1"));
  const auto second = world.copy_of(world.record("shop", "3"));
  const auto relative = world.copy_of(world.record("shop", "2"));
  ASSERT_TRUE(world.opens_with_a_key_left(first));  // So that the rest of this test can fail.
  world.erase(anna());
  EXPECT_FALSE(world.opens_with_a_key_left(first));
  EXPECT_FALSE(world.opens_with_a_key_left(second));
  EXPECT_TRUE(world.opens_with_a_key_left(relative));
}

// The promise has two stages. The first is of today's safe; a copy of a wrap that somebody took
// before opens until the epoch's key is burned (BurnTest), and the certificate says so.
TEST_F(EraseTest, ACopiedWrapStillOpensUntilTheEpochIsBurned) {
  const auto copy = world.copy_of(world.record("shop", "1"));
  world.erase(anna());
  const auto key =
      world.keyring->now()->unwrap({world.tenant.value, copy.record.value, 1, KeyPurpose::kFields},
                                   copy.wrapped, copy.commitment);
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(world.opens_with(copy, *key));
}

TEST_F(EraseTest, NothingOfThePersonIsLeftInTheRows) {
  world.erase(anna());
  EXPECT_EQ(world.count("SELECT count(*) FROM record WHERE state = 2"), 2);
  EXPECT_EQ(world.count("SELECT count(*) FROM record_version v JOIN record r USING (record_id) "
                        "WHERE r.state <> 0"),
            0);
  EXPECT_EQ(world.count("SELECT count(*) FROM identifier i JOIN record r USING (record_id) "
                        "WHERE r.state <> 0"),
            0);
  EXPECT_EQ(world.count("SELECT count(*) FROM source_key"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM membership"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM link"), 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM record WHERE state = 2 AND "
                        "(country IS NOT NULL OR city IS NOT NULL OR age_band IS NOT NULL OR "
                        "subject_ref <> '00000000-0000-0000-0000-000000000000')"),
            0);
  EXPECT_EQ(world.count("SELECT count(*) FROM pending_shred"), 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM tombstone"), 2);
  EXPECT_EQ(world.count("SELECT count(*) FROM profile WHERE retired_at IS NULL"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM change_feed WHERE kind = 5"), 3);
}

TEST_F(EraseTest, RelativesWhoShareTheAddressStay) {
  const RecordId boris = world.record("shop", "2");
  const auto permits = [&] {
    return world.count("SELECT count(*) FROM permit p JOIN record r USING (record_id)");
  };
  world.erase(anna());
  EXPECT_EQ(world.first_name(boris), "Boris");
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:2"}}));
  EXPECT_GT(permits(), 0);
  Tx tx(world.data, world.tenant);
  EXPECT_EQ(records_with(tx, world.tags(), kEmailIndex, "family@example.com"),
            std::vector<RecordId>{boris});
}

TEST_F(EraseTest, AFirstNameSaysWhomOfTheFamilyIsMeant) {
  world.erase(RightsWorld::by_email("family@example.com", "Boris"));
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:1", "shop:3"}}));
}

TEST_F(EraseTest, ALaterImportOfThePersonIsRejectedAsErased) {
  world.erase(anna());
  const auto again = world.contacts("shop", kFamily);
  EXPECT_EQ(again.rejected, 2U);
  EXPECT_EQ(again.unchanged, 1U);
  EXPECT_EQ(world.contacts("crm", "77,Анна,Иванова,anna@example.com,,,\n").rejected, 1U);
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:2"}}));
}

TEST_F(EraseTest, AMarkerBindsNobodyElseAtTheAddress) {
  world.erase(anna());
  EXPECT_EQ(world.contacts("shop", "9,Dora,Ivanova,anna@example.com,,,\n").stored, 1U);
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:2"}, {"shop:9"}}));
}

TEST_F(EraseTest, WhileTheErasureIsUnderWayThePersonIsRefusedToo) {
  ASSERT_TRUE(world.service().request(world.tenant, world.act, anna()).ok());
  EXPECT_EQ(world.contacts("shop", kFamily).rejected, 2U);
  world.finish_erasures();
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:2"}}));
}

TEST_F(EraseTest, OrdersGoAndOnlyALaterOneBringsThePersonBack) {
  const std::string captions = kOrderCaptions;
  world.import("till", "orders", captions + "1,o1,2026-01-02T10:00:00Z,1,EUR\n", "shop");
  world.erase(anna());
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase"), 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase_key"), 0);
  EXPECT_EQ(world.import("till", "orders", captions + "1,o2,2026-01-03T10:00:00Z,1,EUR\n", "shop")
                .rejected,
            1U);
  world.clock.advance_days(2);
  const std::string later = to_rfc3339({world.clock.now().us - kDayUs});
  EXPECT_EQ(world.import("till", "orders", captions + "1,o3," + later + ",1,EUR\n", "shop").stored,
            1U);
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:1"}, {"shop:2"}}));
}

TEST_F(EraseTest, ARefusalOutlivesThePersonAndBindsTheAddress) {
  world.contacts("shop", "4,Emil,Krause,emil@example.com,,,yes\n");
  const auto suppressed = world.count("SELECT count(*) FROM suppression");
  ASSERT_GT(suppressed, 0);
  world.erase(RightsWorld::by_email("emil@example.com"));
  EXPECT_EQ(world.count("SELECT count(*) FROM suppression"), suppressed);
  world.contacts("shop", "5,Frieda,Krause,emil@example.com,,,\n");
  EXPECT_EQ(world.count("SELECT count(*) FROM permit WHERE channel = 1 AND permitted AND "
                        "record_id = (SELECT record_id FROM record ORDER BY created_at DESC "
                        "LIMIT 1)"),
            0);
}

TEST_F(EraseTest, TheLedgerKeepsWhatWasSaidWithoutWhomItReached) {
  world.contacts("shop", "4,Emil,Krause,emil@example.com,,,yes\n");
  const auto events = world.count("SELECT count(*) FROM consent_event");
  ASSERT_GT(events, 0);
  world.erase(RightsWorld::by_email("emil@example.com"));
  EXPECT_EQ(world.count("SELECT count(*) FROM consent_event"), events);
  EXPECT_EQ(world.count("SELECT count(*) FROM consent_event WHERE contact_tag <> ''"), 0);
}

TEST_F(EraseTest, TwoRequestsForOnePersonAreOneErasure) {
  Result<TakenRequest> results[2] = {Error{ErrorCode::kInvalid, "not run"},
                                     Error{ErrorCode::kInvalid, "not run"}};
  {
    std::jthread first(
        [&] { results[0] = world.service().request(world.tenant, world.act, anna()); });
    std::jthread second(
        [&] { results[1] = world.service().request(world.tenant, world.act, anna()); });
  }
  EXPECT_NE(results[0].ok(), results[1].ok());
  EXPECT_EQ((results[0].ok() ? results[1] : results[0]).error().code, ErrorCode::kNotFound);
  world.finish_erasures();
  EXPECT_EQ(world.leaves()[AuditEvent::kKeyDestroyed], 1);
}

TEST_F(EraseTest, WhoIsErasedIsNotFoundAnyMore) {
  world.erase(anna());
  const auto again = world.service().request(world.tenant, world.act, anna());
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
}

TEST_F(EraseTest, TheAppCannotRemoveRowsByItself) {
  const auto refused = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    const EventId leaf =
        world.journal.append(tx, leaf_of(world.act, AuditEvent::kErasureCompleted));
    tx.exec("SELECT complete_erasure($1, $2, $3, $4, $2)", {leaf, tx.now(), leaf.value, Bytes{1}});
    return Unit{};
  });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
}

TEST_F(EraseTest, WithoutALeafNothingIsErased) {
  const auto refused = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    tx.exec("SELECT begin_erasure($1, $2, $1, $1, $3, '{}', '{}', false)",
            {Uuid::v4(world.random), tx.now(),
             Param::array(std::vector<RecordId>{world.record("shop", "1")})});
    return Unit{};
  });
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(world.people().size(), 2U);
}

}  // namespace
}  // namespace assent
