#include <gtest/gtest.h>

#include <sstream>

#include "audit/exporter.h"
#include "audit/heartbeat.h"
#include "tests/audit/log_world.h"

namespace assent {
namespace {

class ExporterTest : public ::testing::Test {
 protected:
  ExporterTest() {
    world.act_times(599);
    world.run_log();
  }
  LogWorld world;  // 600 entries, signed.
};

TEST_F(ExporterTest, AnExportedLogVerifies) {
  const BundleReport report = world.verify(world.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.entries, 600U);
  EXPECT_TRUE(report.all_hashes_match);
  EXPECT_EQ(report.gaps, 0U);
}

TEST_F(ExporterTest, EveryRangeVerifies) {
  for (const auto& [first, end] : {std::pair(0, 1), std::pair(1, 600), std::pair(255, 257),
                                   std::pair(256, 512), std::pair(599, 600)}) {
    ExportRequest request;
    request.first = static_cast<std::uint64_t>(first);
    request.end = static_cast<std::uint64_t>(end);
    const BundleReport report = world.verify(world.bundle(request));
    EXPECT_EQ(report.report.verdict, LogVerdict::kVerified) << first << " to " << end;
    EXPECT_EQ(report.entries, *request.end - *request.first);
  }
}

TEST_F(ExporterTest, TheBundleExtendsACheckpointThatTheAuditorHolds) {
  const std::string held = world.newest_checkpoint();
  world.act_times(100);
  world.run_log();
  ExportRequest request;
  request.since = held;
  const BundleReport report = world.verify(world.bundle(request), held);
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.extends, Extends::kYes);
}

TEST_F(ExporterTest, ACheckpointOfAnotherLogIsRefused) {
  LogWorld other;
  other.act_times(1);
  other.run_log();
  const std::string foreign = other.newest_checkpoint();
  std::ostringstream out;
  ExportRequest request;
  request.since = foreign;
  EXPECT_EQ(
      export_bundle(world.data, world.tenant, world.journal, world.act, request, out).error().code,
      ErrorCode::kInvalid);
  EXPECT_EQ(out.str(), "");
}

TEST_F(ExporterTest, AnEmptyOrUnsignedRangeIsRefused) {
  for (const auto& [first, end] : {std::pair(5, 5), std::pair(7, 6), std::pair(0, 601)}) {
    std::ostringstream out;
    ExportRequest request;
    request.first = static_cast<std::uint64_t>(first);
    request.end = static_cast<std::uint64_t>(end);
    EXPECT_EQ(export_bundle(world.data, world.tenant, world.journal, world.act, request, out)
                  .error()
                  .code,
              ErrorCode::kInvalid);
  }
}

TEST_F(ExporterTest, ExportingIsItselfInTheLog) {
  world.bundle();
  world.run_log();
  Tx tx(world.data, world.tenant);
  const auto entries = LogStore(tx, world.tenant).entries(600, 700);
  ASSERT_EQ(entries.size(), 1U);
  const auto leaf = decode(entries[0].leaf);
  EXPECT_EQ(leaf->event, AuditEvent::kAuditExported);
  EXPECT_EQ(leaf->object, world.tenant.value);
  EXPECT_EQ(leaf->result_count, 600U);
}

TEST_F(ExporterTest, AFullDiskIsNoSuccess) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_EQ(export_bundle(world.data, world.tenant, world.journal, world.act, {}, out).error().code,
            ErrorCode::kUnavailable);
}

TEST_F(ExporterTest, AFlippedByteIsNamed) {
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(leaf, 60, get_byte(leaf, 60) # 4) "
      "WHERE tenant = $1 AND idx = 300");
  EXPECT_EQ(world.first_bad_entry(), 300U);
}

TEST_F(ExporterTest, ARemovedEntryIsNamed) {
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1 AND idx = 301");
  EXPECT_EQ(world.first_bad_entry(), 301U);
}

TEST_F(ExporterTest, SwappedEntriesAreNamed) {
  world.tamper(
      "UPDATE audit_leaf AS a SET leaf = b.leaf, event_id = b.event_id FROM audit_leaf AS b "
      "WHERE a.tenant = $1 AND b.tenant = $1 AND a.idx IN (451, 452) AND b.idx = 903 - a.idx");
  EXPECT_EQ(world.first_bad_entry(), 451U);
}

TEST_F(ExporterTest, AnAddedEntryIsNamed) {
  world.tamper(
      "INSERT INTO audit_leaf SELECT tenant, 40, event_id, leaf, sequenced_at + "
      "interval '1 s' FROM audit_leaf WHERE tenant = $1 AND idx = 39");
  const auto bad = world.first_bad_entry();
  EXPECT_TRUE(bad == 40U || bad == 41U) << bad.value_or(0);
}

TEST_F(ExporterTest, ARewrittenLogWithoutTheKeyIsNotVerified) {
  const std::string note = world.newest_checkpoint();
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1");
  world.tamper("DELETE FROM audit_tile WHERE tenant = $1");
  world.tamper("DELETE FROM audit_head WHERE tenant = $1");
  world.act_times(600);
  world.sequence();
  EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kTampered);
}

TEST_F(ExporterTest, AnEntryThatVanishedBeforeItsNumberIsAGapOfItsWriter) {
  world.act_times(3);
  world.tamper(
      "DELETE FROM audit_outbox WHERE tenant = $1 AND outbox_id = (SELECT "
      "min(outbox_id) + 1 FROM audit_outbox WHERE tenant = $1)");
  world.run_log();
  const BundleReport report = world.verify(world.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(report.gaps, 1U);
  ASSERT_FALSE(report.report.findings.empty());
  EXPECT_EQ(report.report.findings[0].entry, 601U);
}

class ReplacedWriterTest : public ::testing::Test {
 protected:
  // Kills the session of the pool; the next act opens a writer in its place.
  void kill_session() {
    const auto killed = in_tx(world.data, world.tenant, [](Tx& tx) -> Status {
      tx.query("SELECT pg_terminate_backend(pg_backend_pid())");
      return Unit{};
    });
    EXPECT_FALSE(killed.ok());
  }
  LogWorld world;
};

TEST_F(ReplacedWriterTest, TheNewWriterNamesTheLastNumberOfTheDeadOne) {
  world.act_times(3);  // Numbers 0 to 3.
  world.sequence();
  world.act_times(1);  // Number 4 still waits.
  kill_session();
  world.act_times(1);
  world.run_log();
  Tx tx(world.data, world.tenant);
  const auto opened = decode(LogStore(tx, world.tenant).entries(5, 6).at(0).leaf);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->event, AuditEvent::kWriterOpened);
  EXPECT_EQ(std::get<ReplacedWriter>(opened->ext).last_seq, 4U);
}

TEST_F(ReplacedWriterTest, NumbersThatHaveLeftTheOutboxCount) {
  world.act_times(3);
  world.sequence();
  kill_session();
  world.act_times(1);
  world.run_log();
  const BundleReport report = world.verify(world.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.writers, 2U);
  EXPECT_EQ(report.gaps, 0U);
}

TEST_F(ReplacedWriterTest, TheDeadOnesLastEntriesCannotVanish) {
  world.act_times(3);
  kill_session();
  world.act_times(1);
  world.tamper(
      "DELETE FROM audit_outbox WHERE tenant = $1 AND outbox_id = (SELECT "
      "min(outbox_id) + 3 FROM audit_outbox WHERE tenant = $1)");
  world.run_log();
  EXPECT_EQ(world.verify(world.bundle()).gaps, 1U);
}

class HeartbeatTest : public ::testing::Test {
 protected:
  Status beat() { return heartbeat.beat(world.tenant, Act{}); }

  LogWorld world;
  Heartbeat heartbeat{{&world.data}, world.journal};
};

TEST_F(HeartbeatTest, ItNamesTheLastNumbersOfTheProcessOnce) {
  world.act_times(3);  // Numbers 0 to 3.
  ASSERT_TRUE(beat().ok());
  ASSERT_TRUE(beat().ok());  // Nothing happened since.
  world.run_log();
  EXPECT_EQ(world.head().size, 5U);
  Tx tx(world.data, world.tenant);
  const auto leaf = decode(LogStore(tx, world.tenant).entries(4, 5).at(0).leaf);
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(leaf->event, AuditEvent::kHeartbeat);
  const auto named = std::get<NamedWriters>(leaf->ext).writers;
  ASSERT_EQ(named.size(), 1U);
  EXPECT_EQ(named[0].last_seq, 3U);
}

TEST_F(HeartbeatTest, AnActThatWasRolledBackIsNotNamed) {
  world.act_times(1);
  {
    Tx tx(world.data, world.tenant);
    world.journal.append(tx, leaf_of(Act{}, AuditEvent::kLookup));
  }
  ASSERT_TRUE(beat().ok());
  world.run_log();
  EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kVerified);
}

TEST_F(HeartbeatTest, TheLastEntriesOfASilentWriterCannotVanish) {
  world.act_times(3);
  world.tamper(
      "DELETE FROM audit_outbox WHERE tenant = $1 AND outbox_id = (SELECT "
      "max(outbox_id) FROM audit_outbox WHERE tenant = $1)");
  world.run_log();
  EXPECT_EQ(world.verify(world.bundle()).gaps, 0U);  // So far nothing tells.
  Database other(world.data.config(), world.clock);
  Heartbeat speaks({&other, &world.data}, world.journal);
  ASSERT_TRUE(speaks.beat(world.tenant, Act{}).ok());
  world.run_log();
  const BundleReport report = world.verify(world.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(report.gaps, 1U);
}

// A program of its own that commits `acts` and is killed: nothing of what it knew is left.
void act_and_die(LogWorld& world, int acts) {
  Database killed(world.data.config(), world.clock);
  const auto done = in_tx(killed, world.tenant, [&](Tx& tx) -> Status {
    for (int i = 0; i < acts; ++i) world.journal.append(tx, leaf_of({}, AuditEvent::kLookup));
    return Unit{};
  });
  ASSERT_TRUE(done.ok());
}

TEST_F(HeartbeatTest, TheLastEntriesOfAKilledProgramCannotVanishOnceAHeartbeatHasPassed) {
  act_and_die(world, 2);
  ASSERT_TRUE(beat().ok());
  world.tamper(
      "DELETE FROM audit_outbox WHERE tenant = $1 AND outbox_id = (SELECT min(outbox_id) + 2 FROM "
      "audit_outbox WHERE tenant = $1)");
  world.run_log();
  const BundleReport report = world.verify(world.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(report.gaps, 1U);
}

TEST_F(HeartbeatTest, NorCanAllThatItWrote) {
  act_and_die(world, 2);
  ASSERT_TRUE(beat().ok());
  world.tamper(
      "DELETE FROM audit_outbox WHERE tenant = $1 AND outbox_id < (SELECT min(outbox_id) + 3 FROM "
      "audit_outbox WHERE tenant = $1)");
  world.run_log();
  EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kTampered);
}

TEST_F(HeartbeatTest, WhatHasItsNumberIsInTheTreeAndNeedsNoName) {
  act_and_die(world, 2);
  world.run_log();
  ASSERT_TRUE(beat().ok());
  world.run_log();
  EXPECT_EQ(world.head().size, 3U);
}

TEST_F(HeartbeatTest, AnIdleLogDoesNotGrowThoughNothingGetsItsNumber) {
  act_and_die(world, 1);
  Database second(world.data.config(), world.clock);
  Heartbeat other({&second}, world.journal);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(beat().ok());
    ASSERT_TRUE(other.beat(world.tenant, Act{}).ok());
  }
  world.run_log();
  // Two of the killed one; WRITER_OPENED and HEARTBEAT of both, who name it and each other's
  // opening.
  EXPECT_EQ(world.head().size, 7U);
  EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kVerified);
}

}  // namespace
}  // namespace assent
