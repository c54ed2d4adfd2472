#include <gtest/gtest.h>

#include <set>

#include "consent/erasure_marker.h"
#include "consent/suppression.h"
#include "core/nlohmann.h"
#include "rights/follower.h"
#include "tests/rights/rights_world.h"

namespace assent {
namespace {

struct Journaled {
  std::int64_t position;
  int kind;
  std::string body;
};

class FollowerTest : public ::testing::Test {
 protected:
  FollowReport follow() {
    const auto report = DenialFollower(world.data, world.follower).run_once(world.tenant);
    if (!report.ok()) throw std::runtime_error(std::string(report.error().reason.view()));
    return *report;
  }
  std::vector<Journaled> journal() {
    std::vector<Journaled> all;
    Tx tx(world.follower, world.tenant);
    const Rows rows = tx.query(
        "SELECT position, kind, convert_from(body, 'UTF8') FROM denial "
        "ORDER BY position");
    for (const auto& row : rows) {
      all.push_back({row.integer(0), static_cast<int>(row.integer(1)), row.text(2)});
    }
    return all;
  }
  using Markers = std::set<std::pair<std::string, std::int16_t>>;  // Tag and kind.
  // Those of the newest line of each erasure.
  Markers journaled_markers() {
    Markers markers;
    for (const Journaled& line : journal()) {
      const auto body = nlohmann::json::parse(line.body);
      for (const auto& one : body.at("markers")) markers.emplace(one.at("tag"), one.at("kind"));
    }
    return markers;
  }
  Markers standing_markers() {
    Markers markers;
    Tx tx(world.data, world.tenant);
    const Rows rows = tx.query(
        "SELECT encode(marker_tag, 'hex'), kind FROM erasure_marker WHERE lifted_at IS NULL");
    for (const auto& row : rows) {
      markers.emplace(row.text(0), static_cast<std::int16_t>(row.integer(1)));
    }
    return markers;
  }
  void in_owner(StaticText sql, const std::vector<Param>& params) {
    Tx tx(world.owner, world.tenant);
    tx.exec(sql, params);
    tx.commit();
  }
  // Known by a row that was rejected for its date, and by nothing else.
  void erase_nina() {
    world.import("shop", "contacts",
                 "external_id,first_name,email,birth_date\n"
                 "1,Nina,nina@example.com,31.02.1990\n");
    ASSERT_EQ(world.count("SELECT count(*) FROM record"), 0);
    world.erase(RightsWorld::by_email("nina@example.com"));
  }
  std::size_t nina_rejected() {
    return world
        .import("shop", "contacts",
                "external_id,first_name,email,birth_date\n1,Nina,nina@example.com,\n")
        .rejected;
  }
  RightsWorld world;
};

TEST_F(FollowerTest, EveryDenialReachesTheSafeOnce) {
  world.contacts("shop",
                 "1,Anna,Ivanova,anna@example.com,,,yes\n2,Boris,Ivanov,boris@example.com,,,\n");
  const auto denials = world.count("SELECT count(*) FROM change_feed WHERE kind IN (4, 5, 6)");
  ASSERT_GT(denials, 0);
  EXPECT_EQ(follow().copied, static_cast<std::size_t>(denials));
  EXPECT_EQ(follow().copied, 0U);
  EXPECT_EQ(journal().size(), static_cast<std::size_t>(denials));
}

TEST_F(FollowerTest, WhatWasSaidGoesAlong) {
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,yes\n");
  follow();
  bool is_told = false;
  for (const Journaled& one : journal()) {
    is_told |= one.body.find("\"action\"") != std::string::npos;
  }
  EXPECT_TRUE(is_told);
}

TEST_F(FollowerTest, AnAddressThatNobodyHoldsGoesAlongByItsTag) {
  const ContactTags address{Tag16{9}, Hash32{7}};
  auto suppressed = in_tx(world.data, world.tenant, [&](Tx& tx) {
    return Suppressions(world.journal).suppress(tx, world.act, address, 0, tx.now());
  });
  ASSERT_TRUE(suppressed.ok());
  EXPECT_EQ(follow().copied, 1U);
  EXPECT_NE(journal().back().body.find(to_hex(Hash32{7})), std::string::npos);
}

TEST_F(FollowerTest, AnErasureIsADenial) {
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,\n");
  EXPECT_EQ(follow().copied, 0U);
  ASSERT_TRUE(world.service()
                  .request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"))
                  .ok());
  EXPECT_EQ(follow().copied, 2U);  // The record, and the markers that refuse a return.
  for (const Journaled& line : journal()) EXPECT_EQ(line.kind, 5);
  EXPECT_EQ(journaled_markers(), standing_markers());
}

TEST_F(FollowerTest, AnErasureOfRejectedRowsAndOrganisationsIsADenialToo) {
  erase_nina();
  EXPECT_EQ(follow().copied, 1U);
  EXPECT_FALSE(standing_markers().empty());
  EXPECT_EQ(journaled_markers(), standing_markers());
}

// After a restore of older data under today's safe: the keys are gone, the markers come back.
TEST_F(FollowerTest, FromTheJournalAloneAReturnIsRefusedAgain) {
  erase_nina();
  follow();
  in_owner("DELETE FROM erasure_marker WHERE tenant = $1", {world.tenant});
  for (const auto& [tag, kind] : journaled_markers()) {
    in_owner(
        "INSERT INTO erasure_marker (tenant, marker_tag, kind, group_ref, erased_at) "
        "VALUES ($1, decode($2, 'hex'), $3, $1, now())",
        {world.tenant, tag, kind});
  }
  EXPECT_EQ(nina_rejected(), 1U);
}

TEST_F(FollowerTest, MarkersThatAreLiftedAreALineWithoutThem) {
  erase_nina();
  follow();
  const auto lifted = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    const EventId leaf = world.journal.append(tx, leaf_of(world.act, AuditEvent::kBatch));
    const Rows groups = tx.query("SELECT DISTINCT group_ref FROM erasure_marker");
    ErasureMarkers::lift(tx, leaf, std::vector<Uuid>{groups[0].uuid(0)});
    return Unit{};
  });
  ASSERT_TRUE(lifted.ok());
  EXPECT_EQ(follow().copied, 1U);
  EXPECT_TRUE(nlohmann::json::parse(journal().back().body).at("markers").empty());
  EXPECT_EQ(nina_rejected(), 0U);
}

TEST_F(FollowerTest, APositionThatCommitsLateIsNotMissed) {
  world.contacts("shop",
                 "1,Anna,Ivanova,anna@example.com,,,\n2,Boris,Ivanov,boris@example.com,,,\n");
  Tx late(world.owner, world.tenant);
  const auto deny = [&](Tx& tx, const std::string& id) {
    tx.exec("INSERT INTO change_feed (tenant, kind, record_id, at) VALUES ($1, 4, $2, $3)",
            {world.tenant, world.record("shop", id), tx.now()});
  };
  deny(late, "1");
  auto quick = in_tx(world.owner, world.tenant, [&](Tx& tx) -> Status {
    deny(tx, "2");
    return Unit{};
  });
  ASSERT_TRUE(quick.ok());
  EXPECT_EQ(follow().copied, 1U);
  late.commit();
  EXPECT_EQ(follow().copied, 1U);
  EXPECT_EQ(journal().size(), 2U);
}

TEST_F(FollowerTest, TheLagIsTheAgeOfTheOldestDenialThatWaited) {
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,yes\n");
  world.clock.advance_us(5 * kSecondUs);
  EXPECT_GE(follow().lag_us, 5 * kSecondUs);
  EXPECT_EQ(follow().lag_us, 0);
}

TEST_F(FollowerTest, ASafeThatIsAwayLosesNothing) {
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,yes\n");
  DatabaseConfig nowhere = world.follower.config();
  nowhere.host = "/nonexistent";
  Database away(nowhere, world.clock);
  EXPECT_EQ(DenialFollower(world.data, away).run_once(world.tenant).error().code,
            ErrorCode::kUnavailable);
  EXPECT_GT(follow().copied, 0U);
}

}  // namespace
}  // namespace assent
