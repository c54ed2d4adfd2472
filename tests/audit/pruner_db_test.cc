#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "audit/log_pruner.h"
#include "audit/log_view.h"
#include "audit/signer_state.h"
#include "audit/tile_files.h"
#include "core/file.h"
#include "tests/audit/log_world.h"

namespace assent {
namespace {

constexpr LogTerms kPolicy{{2192, 90}, Hash32{7}};
constexpr int kOldEnough = 2192 + 1;

// A log whose first entries are old enough to be pruned: `old` of them, then the announcement, then
// years, then a few.
class PrunerTest : public ::testing::Test {
 protected:
  void grow_old(int old = 900) {
    world.act_times(old - 1);  // The first is WRITER_OPENED.
    announce();
    world.clock.advance_days(kOldEnough);
    world.act_times(10);
    world.run_log();
  }
  void announce() {
    ASSERT_TRUE(pruner.announce(world.tenant, world.act).ok());
    world.run_log();
  }
  PrunePlan plan() {
    auto plan = pruner.plan(world.tenant);
    EXPECT_TRUE(plan.ok()) << plan.error().reason.view();
    return plan.ok() ? *plan : PrunePlan{};
  }
  void declare() {
    const auto declared = pruner.declare(world.tenant, world.act, plan());
    ASSERT_TRUE(declared.ok()) << declared.error().reason.view();
    world.run_log();
  }
  std::uint64_t remove() {
    const auto removed = pruner.remove(world.tenant);
    EXPECT_TRUE(removed.ok()) << removed.error().reason.view();
    return removed.ok() ? *removed : 0;
  }
  void prune() {
    declare();
    remove();
  }
  std::filesystem::path files() const {
    return published_log(world.signer_config().published, world.tenant);
  }
  bool has_file(const TileFile& file) const {
    return std::filesystem::exists(files() / tile_file_path(file));
  }
  std::uint64_t first_kept() {
    Tx tx(world.data, world.tenant);
    return LogStore(tx, world.tenant).first_kept().value_or(0);
  }

  // Numbers on both sides of what may go wrong.
  static std::set<std::uint64_t> places(std::uint64_t first, std::uint64_t last) {
    std::set<std::uint64_t> all{first, first + 1, last - 1, last};
    for (std::uint64_t at = first; at <= last; at += 1) {
      if (at % 256 <= 1 || at % 256 == 255) all.insert(at);
    }
    return all;
  }

  // Everything that c2sp.org/tlog-tiles promises of a log with this minimum index.
  void expect_all_from(std::uint64_t minimum) {
    const LogHead head = world.head();
    FileTiles published(files());
    Tx tx(world.data, world.tenant);
    LogStore store(tx, world.tenant);
    const std::vector<TileReader*> readers{&published, &store};
    for (TileReader* tiles : readers) {
      for (const std::uint64_t size : places(minimum, head.size)) {
        const auto edge = right_edge(store, size);
        const auto path = consistency_path(*tiles, size, head.size);
        ASSERT_TRUE(edge.ok() && path.ok()) << size;
        EXPECT_TRUE(verify_consistency(size, head.size, edge->root(), head.root, *path)) << size;
      }
      for (const std::uint64_t index : places(minimum, head.size - 1)) {
        const auto path = inclusion_path(*tiles, index, head.size);
        ASSERT_TRUE(path.ok()) << index;
        const Hash32 hash = leaf_hash(store.entries(index, index + 1).at(0).leaf);
        EXPECT_TRUE(verify_inclusion(index, head.size, hash, *path, head.root)) << index;
      }
    }
    for (std::uint64_t index = 0; index * kTileWidth < head.size; ++index) {
      const bool is_kept = (index + 1) * kTileWidth > minimum;
      const TileId id{0, index, tile_width(0, index, head.size)};
      EXPECT_EQ(has_file({id, true}), is_kept) << index;
      EXPECT_EQ(has_file({id, false}), is_kept) << index;
    }
  }

  LogWorld world;
  LogPruner pruner{world.data, world.eraser, world.journal, kPolicy};
};

// -- When

TEST_F(PrunerTest, NothingGoesThatWasNotAnnounced) {
  world.act_times(599);
  world.run_log();
  world.clock.advance_days(kOldEnough);
  world.act_times(10);
  world.run_log();
  EXPECT_FALSE(plan().next);
  EXPECT_EQ(pruner.declare(world.tenant, world.act, plan()).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(pruner.run_once(world.tenant, world.act).ok());
  EXPECT_EQ(remove(), 0U);
  EXPECT_EQ(first_kept(), 0U);
}

TEST_F(PrunerTest, NothingGoesBeforeTheNoticeIsOver) {
  world.act_times(599);
  world.run_log();
  world.clock.advance_days(kOldEnough);
  announce();
  world.clock.advance_days(89);
  world.act_times(1);
  world.run_log();
  EXPECT_FALSE(plan().next);
  EXPECT_EQ(plan().prunable_from->us - plan().now.us, kDayUs);
  world.clock.advance_days(1);
  world.act_times(1);
  world.run_log();
  ASSERT_TRUE(plan().next);
  EXPECT_EQ(plan().next->minimum, 512U);
}

TEST_F(PrunerTest, AClockThatIsAheadMakesNothingOld) {
  world.act_times(599);
  announce();
  world.clock.advance_days(10 * kOldEnough);
  EXPECT_FALSE(plan().next);
  EXPECT_LT(plan().now, world.clock.now());
}

TEST_F(PrunerTest, OnlyWholeGroupsOfWhatIsOldGo) {
  world.act_times(299);
  announce();
  world.clock.advance_days(400);
  world.act_times(300);  // Younger by 400 days: entries 301 to 600.
  announce();
  world.clock.advance_days(kOldEnough - 400);
  world.act_times(1);
  world.run_log();
  ASSERT_TRUE(plan().next);
  EXPECT_EQ(plan().next->minimum, 256U);
  EXPECT_EQ(plan().next->newest, Timestamp{world.clock.now().us - kOldEnough * kDayUs});
}

TEST_F(PrunerTest, TheLongerOfPolicyAndAnnouncementsCounts) {
  grow_old();
  LogPruner stricter(world.data, world.eraser, world.journal, {{5000, 90}, Hash32{8}});
  EXPECT_FALSE(stricter.plan(world.tenant)->next);
  LogPruner laxer(world.data, world.eraser, world.journal, {{1098, 90}, Hash32{9}});
  EXPECT_EQ(laxer.plan(world.tenant)->next->announced, 900U);
  ASSERT_TRUE(stricter.announce(world.tenant, world.act).ok());
  EXPECT_TRUE(laxer.plan(world.tenant)->is_waiting);
  world.run_log();
  EXPECT_FALSE(laxer.plan(world.tenant)->next);  // Announced today, and binding today.
}

// -- What

class PrunerBoundaryTest : public PrunerTest, public ::testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Old, PrunerBoundaryTest, ::testing::Values(256, 257, 511, 512, 513, 900));

TEST_P(PrunerBoundaryTest, TheRestIsProved) {
  grow_old(GetParam());
  const auto minimum = static_cast<std::uint64_t>(GetParam() / 256 * 256);
  prune();
  EXPECT_EQ(plan().retention.minimum(), minimum);
  EXPECT_EQ(first_kept(), minimum);
  expect_all_from(minimum);
  EXPECT_FALSE(world.check_problem().has_value());
  world.act_times(300);
  world.run_log();
  expect_all_from(minimum);
  const BundleReport report = world.verify(world.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.header->first, minimum);
  EXPECT_EQ(report.pruned->range.minimum, minimum);
}

TEST_F(PrunerTest, TheEntryThatSaysSoHoldsTheTreeOfThatTime) {
  grow_old();
  const LogHead then = world.head();
  prune();
  const DeclaredPrune pruned = *plan().retention.pruned;
  EXPECT_EQ(pruned.entry, then.size);
  EXPECT_EQ(pruned.range.size, then.size);
  EXPECT_EQ(pruned.root, then.root);
  EXPECT_EQ(pruned.range.minimum, 768U);
  EXPECT_EQ(pruned.range.announced, 900U);
}

TEST_F(PrunerTest, WhatHangsOnPrunedEntriesGoesWithThem) {
  grow_old();
  world.tamper(
      "INSERT INTO removed_row SELECT tenant, gen_random_uuid(), 0, sha256('x'), event_id, 0 "
      "FROM audit_leaf WHERE tenant = $1 AND idx IN (5, 767, 768)");
  world.tamper(
      "INSERT INTO audit_detail SELECT tenant, event_id, gen_random_uuid(), '\\x0101' "
      "FROM audit_leaf WHERE tenant = $1 AND idx IN (5, 767, 768)");
  prune();
  EXPECT_EQ(world.count("SELECT count(*) FROM removed_row WHERE tenant = $1"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM audit_detail d JOIN audit_leaf a USING (tenant, "
                        "event_id) WHERE tenant = $1 AND idx = 768"),
            1);
  EXPECT_EQ(world.count("SELECT count(*) FROM audit_detail WHERE tenant = $1"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM audit_tile WHERE tenant = $1 AND level = 1"), 1);
}

TEST_F(PrunerTest, ALogIsPrunedAgainAndAgain) {
  grow_old(300);
  prune();
  EXPECT_EQ(first_kept(), 256U);
  for (const std::uint64_t minimum : {512U, 768U}) {
    world.act_times(250);
    announce();
    world.clock.advance_days(kOldEnough);
    world.act_times(10);
    world.run_log();
    prune();
    EXPECT_EQ(first_kept(), minimum);
    expect_all_from(minimum);
    EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kVerified);
    // Of the older prunes nothing is left to read but the entries themselves.
    EXPECT_EQ(plan().retention.pruned->range.minimum, minimum);
  }
}

// -- Interrupted

TEST_F(PrunerTest, NothingIsRemovedBeforeTheEntryIsSigned) {
  grow_old();
  ASSERT_TRUE(pruner.declare(world.tenant, world.act, plan()).ok());
  EXPECT_TRUE(plan().is_waiting);
  EXPECT_FALSE(plan().next);
  EXPECT_EQ(remove(), 0U);
  world.sequence();
  EXPECT_EQ(remove(), 0U);
  EXPECT_EQ(first_kept(), 0U);
  EXPECT_FALSE(world.check_problem().has_value());
  world.sign();
  EXPECT_TRUE(plan().is_unfinished());
  EXPECT_EQ(pruner.declare(world.tenant, world.act, plan()).error().code, ErrorCode::kConflict);
  EXPECT_EQ(remove(), 768U);
}

TEST_F(PrunerTest, AnInterruptedRemovalGoesOn) {
  grow_old();
  declare();
  {
    Tx tx(world.eraser, world.tenant);
    tx.query("SELECT prune_log($1, 256)",
             {static_cast<std::int64_t>(plan().retention.pruned->entry)});
    tx.commit();
  }
  EXPECT_FALSE(world.check_problem().has_value());
  EXPECT_TRUE(plan().is_unfinished());
  EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(remove(), 512U);
  EXPECT_EQ(remove(), 0U);
  expect_all_from(768);
}

TEST_F(PrunerTest, ASignerThatDiedBeforeItsFilesWentRemovesThemAndWritesNoneAgain) {
  grow_old();
  ASSERT_TRUE(pruner.declare(world.tenant, world.act, plan()).ok());
  world.sequence();
  // It publishes, and cannot remove the first file: something is in its way.
  const auto obstacle = files() / "retention";
  std::filesystem::remove(obstacle);
  std::filesystem::create_directories(obstacle / "in the way");
  EXPECT_EQ(world.sign().refused.size(), 1U);
  EXPECT_TRUE(has_file({{0, 0, kTileWidth}, true}));
  EXPECT_EQ(remove(), 768U);
  std::filesystem::remove_all(obstacle);
  world.restart_signer();
  EXPECT_TRUE(world.sign().refused.empty());
  expect_all_from(768);
  EXPECT_EQ(minimum_in(*read_file(obstacle, 4096)), 768U);
}

TEST_F(PrunerTest, LostFilesOfAPrunedLogAreWrittenAgainFromTheMinimumOn) {
  grow_old();
  prune();
  for (const auto* lost : {"tile", "tile/1", "tile/0", "tile/entries/003", "retention"}) {
    SCOPED_TRACE(lost);
    std::filesystem::remove_all(files() / lost);
    world.restart_signer();
    EXPECT_TRUE(world.sign().refused.empty());
    expect_all_from(768);
    EXPECT_TRUE(std::filesystem::exists(files() / "retention"));
  }
}

// -- By hand, and against what was announced

TEST_F(PrunerTest, PostgresRemovesNothingWithoutTheEntryOrAgainstTheTerms) {
  grow_old();
  const auto refused = [&](std::int64_t entry, std::int64_t before) {
    Tx tx(world.eraser, world.tenant);
    EXPECT_THROW(tx.query("SELECT prune_log($1, $2)", {entry, before}), DbError) << before;
  };
  refused(900, 256);  // The announcement is no prune.
  refused(5000, 256);
  declare();
  const auto entry = static_cast<std::int64_t>(plan().retention.pruned->entry);
  refused(entry, 1024);
  refused(entry, 200);
  world.tamper("DELETE FROM audit_checkpoint WHERE tenant = $1 AND size > 911");
  refused(entry, 256);
  EXPECT_EQ(first_kept(), 0U);
}

TEST_F(PrunerTest, EntriesThatWentByHandAreNamedAtTheStart) {
  grow_old();
  constexpr std::string_view kGone = "entries are gone from the beginning of the log";
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1 AND idx < 256");
  ASSERT_TRUE(world.check_problem());
  EXPECT_TRUE(world.check_problem()->error.reason.view().starts_with(kGone));
  EXPECT_EQ(world.check_problem()->entry, 0U);
  EXPECT_EQ(world.first_bad_entry(), 0U);  // And by the auditor.
}

TEST_F(PrunerTest, TilesThatWentByHandAreNamedAtTheStart) {
  grow_old();
  world.tamper("DELETE FROM audit_tile WHERE tenant = $1 AND level = 0 AND tile = 0");
  EXPECT_EQ(world.check_problem()->entry, 0U);
  EXPECT_TRUE(world.check_problem()->error.reason.view().starts_with("entries are gone"));
}

TEST_F(PrunerTest, MoreThanWasDeclaredIsNamedAtTheStart) {
  grow_old();
  prune();
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1 AND idx = 768");
  EXPECT_EQ(world.check_problem()->entry, 768U);
  EXPECT_TRUE(world.check_problem()->error.reason.view().starts_with("entries are gone"));
  EXPECT_EQ(world.first_bad_entry(), 768U);
}

// Somebody with the program's rights writes a prune that the terms do not allow.
TEST_F(PrunerTest, APruneAgainstTheTermsIsFollowedByNobodyAndNamedByAll) {
  world.act_times(899);
  announce();
  world.clock.advance_days(100);
  const auto forged = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    Leaf leaf = leaf_of(world.act, AuditEvent::kLogPruned);
    leaf.ext = PrunedRange{768, 901, 900, Timestamp{tx.now().us - 100 * kDayUs}};
    const EventId event = world.journal.append(tx, leaf);
    tx.exec("SELECT note_retention($1)", {event});
    return Unit{};
  });
  ASSERT_TRUE(forged.ok());
  world.sequence();
  constexpr std::string_view kYounger =
      "the log was pruned of entries that are younger than it had announced";
  const LogRound round = world.sign();
  ASSERT_EQ(round.refused.size(), 1U);
  EXPECT_EQ(round.refused[0].error.reason.view(), kYounger);
  EXPECT_TRUE(has_file({{0, 0, kTileWidth}, true}));
  EXPECT_EQ(pruner.remove(world.tenant).error().reason.view(), kYounger);
  EXPECT_EQ(world.check_problem()->error.reason.view(), kYounger);
  EXPECT_EQ(world.first_bad_entry(), 901U);
  {
    Tx tx(world.eraser, world.tenant);
    EXPECT_THROW(tx.query("SELECT prune_log(901, 256)"), DbError);
  }
  // The log is signed all the same, whoever restarts.
  world.restart_signer();
  world.act_times(1);  // Beside the entry of the export.
  world.sequence();
  EXPECT_EQ(world.sign().refused.size(), 1U);
  EXPECT_EQ(world.count("SELECT max(size) FROM audit_checkpoint WHERE tenant = $1"), 904);
}

TEST_F(PrunerTest, AnEntryThatIsNotOfTheLogPrunesNothing) {
  grow_old();
  declare();
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(leaf, 231, 2) WHERE tenant = $1 AND idx = 911");
  EXPECT_EQ(pruner.remove(world.tenant).error().reason.view(),
            "an entry about the log's retention is not of the log");
  EXPECT_TRUE(world.check_problem());
}

// -- Who reads

TEST_F(PrunerTest, AnExportBeginsWhereTheLogDoes) {
  grow_old();
  const std::string old = world.newest_checkpoint();
  ExportRequest request;
  request.since = old;
  prune();
  EXPECT_EQ(world.verify(world.bundle(request), old).extends, Extends::kYes);
  std::ostringstream out;
  for (const std::uint64_t first : {0, 1, 767}) {
    const auto refused =
        export_bundle(world.data, world.tenant, world.journal, world.act, {first, {}, {}}, out);
    EXPECT_EQ(refused.error().code, ErrorCode::kGone) << first;
  }
  EXPECT_EQ(world.verify(world.bundle({800, 850, {}})).report.verdict, LogVerdict::kVerified);
}

TEST_F(PrunerTest, OfACheckpointBeforeTheMinimumTheExtensionIsNoLongerProved) {
  world.act_times(99);
  world.run_log();
  const std::string old = world.newest_checkpoint();
  grow_old();
  prune();
  std::ostringstream out;
  ExportRequest request;
  request.since = old;
  EXPECT_EQ(
      export_bundle(world.data, world.tenant, world.journal, world.act, request, out).error().code,
      ErrorCode::kGone);
}

TEST_F(PrunerTest, TheReceiptOfAPrunedEventIsGoneAndSaysSo) {
  world.act_times(1);
  const auto early = in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<EventId> {
    return world.journal.append(tx, leaf_of(world.act, AuditEvent::kLookup));
  });
  grow_old();
  const auto patience = std::chrono::milliseconds(0);
  EXPECT_TRUE(wait_for_checkpoint(world.data, world.tenant, *early, patience).ok());
  prune();
  EXPECT_EQ(wait_for_checkpoint(world.data, world.tenant, *early, patience).error().code,
            ErrorCode::kGone);
  const EventId later{Uuid::v7(world.clock, world.random)};
  EXPECT_EQ(wait_for_checkpoint(world.data, world.tenant, later, patience).error().code,
            ErrorCode::kUnavailable);
}

TEST_F(PrunerTest, AViewSaysFromWhenOnThereIsALog) {
  grow_old();
  const auto view = [&] {
    return *in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<EntryPage> {
      return view_entries(tx, world.journal, world.act, {}, {}, 10);
    });
  };
  EXPECT_FALSE(view().begins);
  prune();
  ASSERT_TRUE(view().begins);
  EXPECT_EQ(view().begins->index, 768);
  EXPECT_EQ(view().entries.front().index, 768U);
}

// -- By itself

TEST_F(PrunerTest, AServerPrunesWhatWasAnnouncedOnceADay) {
  grow_old(300);
  const auto round = [&] {
    EXPECT_TRUE(pruner.run_once(world.tenant, world.act).ok());
    world.run_log();
  };
  round();  // Repeats the announcement, which is years old.
  EXPECT_EQ(plan().retention.announced.size(), 2U);
  round();
  EXPECT_TRUE(plan().is_unfinished());
  round();
  EXPECT_EQ(first_kept(), 256U);
  const std::uint64_t size = world.head().size;
  round();
  EXPECT_EQ(world.head().size, size);  // Nothing to do.
}

TEST_F(PrunerTest, AYearOfWhichNothingIsLeftIsDroppedAndNoOther) {
  {
    Tx tx(world.owner, TenantId{});
    tx.run_script(
        "CREATE TABLE audit_leaf_2020 PARTITION OF audit_leaf FOR VALUES FROM ('2020-01-01') TO "
        "('2021-01-01')");
    tx.commit();
  }
  grow_old();
  prune();
  EXPECT_EQ(world.count("SELECT count(*) FROM pg_class WHERE relname = 'audit_leaf_2020' "
                        "AND $1::uuid IS NOT NULL"),
            0);
  EXPECT_EQ(world.count("SELECT count(*) FROM pg_class WHERE relname = 'audit_leaf_2026' "
                        "AND $1::uuid IS NOT NULL"),
            1);
}

}  // namespace
}  // namespace assent
