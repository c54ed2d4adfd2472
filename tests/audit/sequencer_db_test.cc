#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <sstream>
#include <thread>

#include "audit/log_loop.h"
#include "audit/sequencer.h"
#include "tests/audit/log_world.h"

namespace assent {
namespace {

constexpr StaticText kWaiting = "SELECT count(*) FROM audit_outbox WHERE tenant = $1";
constexpr StaticText kNumbered = "SELECT count(*) FROM audit_leaf WHERE tenant = $1";

// The process id of a session of ours that waits for a lock, once it does.
std::int32_t blocked_sequencer(Database& superuser) {
  while (true) {
    Tx tx(superuser, TenantId{});
    const Rows rows = tx.query(
        "SELECT pid FROM pg_stat_activity WHERE usename = 'assent_sequencer' "
        "AND wait_event_type = 'Lock' AND datname = current_database()");
    if (!rows.empty()) return static_cast<std::int32_t>(rows[0].integer(0));
    std::this_thread::yield();
  }
}

TEST(SequencerTest, EveryCommittedLeafGetsANumberOnceAndLeavesTheOutbox) {
  LogWorld world;
  world.act_times(5);
  EXPECT_TRUE(world.sequence().refused.empty());
  EXPECT_EQ(world.count(kWaiting), 0);
  Tx tx(world.data, world.tenant);
  LogStore store(tx, world.tenant);
  const auto entries = store.entries(0, 100);
  ASSERT_EQ(entries.size(), 6U);  // The writer's opening and five acts.
  for (std::uint64_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].index, i);
    const auto leaf = decode(entries[i].leaf);
    ASSERT_TRUE(leaf.ok());
    EXPECT_EQ(leaf->writer_seq, i);
    EXPECT_EQ(store.index_of(leaf->id), i);
  }
}

TEST(SequencerTest, TheHeadIsTheRootOverAllLeavesHoweverTheyCame) {
  LogWorld world;
  CompactRange reference;
  for (const int batch : {1, 253, 1, 1, 60, 300}) {
    world.act_times(batch);
    world.sequence();
    Tx tx(world.data, world.tenant);
    LogStore store(tx, world.tenant);
    const LogHead head = store.head();
    for (const auto& entry : store.entries(reference.end(), head.size)) {
      reference.append(leaf_hash(entry.leaf));
    }
    EXPECT_EQ(head.size, reference.end());
    EXPECT_EQ(head.root, reference.root());
    EXPECT_EQ(right_edge(store, head.size)->root(), reference.root());
  }
}

TEST(SequencerTest, RolledBackActsAreNotInTheLog) {
  LogWorld world;
  world.act_times(1);
  const auto refused = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    world.journal.append(tx, leaf_of(world.act, AuditEvent::kLookup));
    return Error{ErrorCode::kInvalid, "thrown away"};
  });
  EXPECT_FALSE(refused.ok());
  world.sequence();
  EXPECT_EQ(world.head().size, 2U);
}

TEST(SequencerTest, AnEmptyOutboxChangesNothing) {
  LogWorld world;
  world.act_times(3);
  world.sequence();
  const LogHead before = world.head();
  world.sequence();
  EXPECT_EQ(world.head().size, before.size);
  EXPECT_EQ(world.head().root, before.root);
}

TEST(SequencerTest, KilledBeforeItsCommitItLeavesEverythingForTheNextOne) {
  LogWorld world;
  world.act_times(2);
  world.sequence();
  world.act_times(10);
  Tx blocker(world.superuser, world.tenant);
  blocker.query("SELECT 1 FROM audit_head WHERE tenant = $1 FOR UPDATE", {world.tenant});
  LogRound killed;
  std::thread victim([&] { killed = world.ours(Sequencer(world.sequencer).run_once()); });
  const std::int32_t pid = blocked_sequencer(world.superuser);
  Tx(world.superuser, TenantId{}).query("SELECT pg_terminate_backend($1)", {pid});
  victim.join();
  ASSERT_EQ(killed.refused.size(), 1U);
  EXPECT_EQ(killed.refused[0].error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(world.count(kWaiting), 10);
  EXPECT_EQ(world.count(kNumbered), 3);
  blocker.commit();
  world.run_log();
  EXPECT_EQ(world.count(kNumbered), 13);
  EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kVerified);
}

TEST(SequencerTest, WhoFindsTheHeadMovedByAnotherMovesNothing) {
  LogWorld world;
  world.act_times(1);
  world.sequence();
  world.act_times(1);
  Tx other(world.superuser, world.tenant);
  other.exec("UPDATE audit_head SET epoch = epoch + 1 WHERE tenant = $1", {world.tenant});
  LogRound fenced;
  std::thread late([&] { fenced = world.ours(Sequencer(world.sequencer).run_once()); });
  blocked_sequencer(world.superuser);
  other.commit();
  late.join();
  ASSERT_EQ(fenced.refused.size(), 1U);
  EXPECT_EQ(fenced.refused[0].error.code, ErrorCode::kConflict);
  EXPECT_EQ(world.count(kWaiting), 1);
}

TEST(SequencerTest, EightWritersAndTwoSequencersLoseNothingAndDoubleNothing) {
  constexpr int kThreads = 8;
  constexpr int kEach = 200;
  LogWorld world;
  DatabaseConfig config = TestClusters::instance().data("assent_app");
  config.sessions = kThreads;
  Database data(config, world.clock);
  std::atomic<int> writing{kThreads};
  std::vector<std::vector<EventId>> acknowledged(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const auto done = in_tx(data, world.tenant, [&](Tx& tx) -> Result<EventId> {
          return world.journal.append(tx, leaf_of(world.act, AuditEvent::kLookup));
        });
        if (done.ok()) acknowledged[t].push_back(*done);
      }
      --writing;
    });
  }
  for (int s = 0; s < 2; ++s) {
    threads.emplace_back([&] {
      while (writing > 0)
        EXPECT_TRUE(world.ours(Sequencer(world.sequencer).run_once()).refused.empty());
    });
  }
  for (std::thread& thread : threads) thread.join();
  world.run_log();
  EXPECT_EQ(world.count(kWaiting), 0);
  std::set<EventId> logged;
  {
    Tx tx(world.data, world.tenant);
    for (const auto& entry : LogStore(tx, world.tenant).entries(0, 1U << 20)) {
      EXPECT_TRUE(logged.insert(decode(entry.leaf)->id).second);
    }
  }
  for (const auto& one : acknowledged) {
    EXPECT_EQ(one.size(), static_cast<std::size_t>(kEach));
    for (const EventId id : one) EXPECT_TRUE(logged.contains(id));
  }
  const BundleReport report = world.verify(world.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.writers, static_cast<std::uint64_t>(kThreads));
  EXPECT_EQ(report.gaps, 0U);
}

TEST(SequencerTest, ADamagedLogIsRefusedAndTheOthersGoOn) {
  LogWorld damaged;
  LogWorld sound;
  damaged.act_times(3);
  damaged.sequence();
  damaged.tamper(
      "UPDATE audit_tile SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) "
      "WHERE tenant = $1");
  damaged.act_times(1);
  sound.act_times(1);
  const auto round = Sequencer(sound.sequencer).run_once();
  EXPECT_TRUE(sound.ours(round).refused.empty());
  EXPECT_EQ(sound.head().size, 2U);
  const LogRound refused = damaged.ours(round);
  ASSERT_EQ(refused.refused.size(), 1U);
  EXPECT_EQ(refused.refused[0].error.code, ErrorCode::kCorrupt);
  EXPECT_EQ(damaged.count(kWaiting), 1);
  damaged.tamper("DELETE FROM audit_outbox WHERE tenant = $1");
}

TEST(SequencerTest, TheOutboxTakesNoLeafOfAnotherTenantAndNoOtherBytes) {
  LogWorld world;
  Leaf foreign = leaf_of(world.act, AuditEvent::kLookup);
  foreign.tenant = TenantId{Uuid::v4(world.random)};
  Leaf own = foreign;
  own.tenant = world.tenant;
  Bytes unmarked = encode(own);
  unmarked[0] ^= 1;
  Bytes long_one = encode(own);
  long_one.resize(kLeafBytesMax + 1);
  Bytes short_one = encode(own);
  short_one.pop_back();
  const auto append = [&](const Bytes& bytes) {
    return in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
      tx.exec("CALL append_leaf($1)", {bytes});
      return Unit{};
    });
  };
  for (const Bytes& bytes : {encode(foreign), unmarked, long_one, short_one}) {
    const auto refused = append(bytes);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
  }
  EXPECT_FALSE(append(Bytes{}).ok());
  EXPECT_EQ(world.count(kWaiting), 0);
  EXPECT_TRUE(append(encode(own)).ok());
}

TEST(LogLoopTest, WhatWasCommittedBeforeItStopsIsNumberedAndSigned) {
  LogWorld world;
  std::ostringstream lines;
  Log log(world.clock, lines);
  Sequencer sequencer(world.sequencer);
  LogLoop signing(
      "signer.failed", [&] { return world.signer->run_once(); }, Sequencer::kBatchMax, log);
  LogLoop numbering(
      "sequencer.failed", [&] { return sequencer.run_once(); }, Sequencer::kBatchMax, log);
  world.act_times(20);
  numbering.stop();
  EXPECT_EQ(world.head().size, 21U);
  signing.stop();
  EXPECT_EQ(parse_signed_checkpoint(world.newest_checkpoint())->checkpoint.size, 21U);
  numbering.stop();
  EXPECT_EQ(world.count(kWaiting), 0);
}

TEST(LogLoopTest, ARefusedLogIsReportedOnceWithItsTenant) {
  LogWorld world;
  world.act_times(1);
  world.run_log();
  world.tamper(
      "UPDATE audit_head SET root = set_byte(root, 0, get_byte(root, 0) # 1) "
      "WHERE tenant = $1");
  std::ostringstream lines;
  Log log(world.clock, lines);
  {
    const LogLoop signing(
        "signer.failed", [&] { return world.signer->run_once(); }, Sequencer::kBatchMax, log);
    std::this_thread::sleep_for(3 * LogLoop::kEvery);
  }
  const std::string text = lines.str();
  const std::size_t first = text.find(world.tenant.text());
  ASSERT_NE(first, std::string::npos) << text;
  EXPECT_EQ(text.find(world.tenant.text(), first + 1), std::string::npos) << text;
}

}  // namespace
}  // namespace assent
