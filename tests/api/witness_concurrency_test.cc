// Many askers and two histories: what the witness gives out is one history, whoever is first.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

#include "tests/api/witness_world.h"

namespace assent {
namespace {

struct Given {
  std::uint64_t size;
  bool is_fork;
};

TEST(WitnessConcurrencyTest, ConcurrentRequestsNeverGetCosignaturesOfTwoHistories) {
  constexpr std::uint64_t kSizeMax = 40;
  constexpr int kThreads = 8;
  WitnessWorld world;
  const WitnessedHistory log("a");
  const WitnessedHistory fork("b");
  world.know(log.vkey());
  ASSERT_TRUE(world.restart().ok());
  std::array<std::vector<Given>, kThreads> given;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const bool is_fork = t % 2 == 1;
      const WitnessedHistory& mine = is_fork ? fork : log;
      std::uint64_t known = 0;
      for (std::uint64_t size = 1; size <= kSizeMax;) {
        const auto answer =
            world.witness->add_checkpoint(mine.request(std::min(known, size), size));
        if (answer.outcome == WitnessOutcome::kOtherSize) {
          known = answer.known_size;
          if (known > size) size = known;  // Another asker was ahead.
          continue;
        }
        if (answer.outcome == WitnessOutcome::kCosigned) {
          given[static_cast<std::size_t>(t)].push_back({size, is_fork});
          known = size;
        }
        ++size;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::size_t of_log = 0;
  std::size_t of_fork = 0;
  for (const auto& some : given) {
    for (std::size_t i = 0; i < some.size(); ++i) {
      ++(some[i].is_fork ? of_fork : of_log);
      if (i == 0) continue;
      EXPECT_GT(some[i].size, some[i - 1].size);
    }
  }
  EXPECT_GT(of_log + of_fork, 0u);
  EXPECT_TRUE(of_log == 0 || of_fork == 0) << of_log << " and " << of_fork;
  EXPECT_EQ(world.witness->logs().at(0).size, kSizeMax);
  ASSERT_TRUE(world.restart().ok());
  EXPECT_EQ(world.witness->logs().at(0).size, kSizeMax);
}

TEST(WitnessConcurrencyTest, LogsDoNotDisturbEachOther) {
  WitnessWorld world;
  std::vector<WitnessedHistory> logs;
  for (int i = 0; i < 4; ++i) {
    logs.emplace_back("a", static_cast<std::uint8_t>(i + 1), "cdp.example/t" + std::to_string(i));
    world.know(logs.back().vkey());
  }
  ASSERT_TRUE(world.restart().ok());
  std::atomic<int> cosigned{0};
  std::vector<std::thread> threads;
  for (const WitnessedHistory& log : logs) {
    threads.emplace_back([&] {
      for (std::uint64_t size = 0; size < 20; ++size) {
        cosigned += world.send(log.request(size, size + 1)) == WitnessOutcome::kCosigned ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cosigned, 80);
}

// Of two histories that share their first leaves, with any sizes: cosigned is exactly what is known
// as old size, is not smaller, and holds what was cosigned before as its beginning.
RC_GTEST_PROP(WitnessProperty, ItCosignsExactlyExtensions, ()) {
  WitnessWorld world;
  const WitnessedHistory histories[] = {WitnessedHistory("a"), WitnessedHistory("b")};
  world.know(histories[0].vkey());
  RC_ASSERT(world.restart().ok());
  std::optional<Checkpoint> newest;
  std::size_t newest_history = 0;
  for (int step = 0; step < 12; ++step) {
    const auto history = *rc::gen::inRange<std::size_t>(0, 2);
    const auto size = *rc::gen::inRange<std::uint64_t>(0, 24);
    const std::uint64_t known = newest ? newest->size : 0;
    const auto old_size = *rc::gen::element(known, known, *rc::gen::inRange<std::uint64_t>(0, 24));
    if (old_size > size) continue;
    const WitnessedHistory& from = histories[history];
    const auto answer = world.witness->add_checkpoint(from.request(old_size, size));
    const bool extends = old_size == known && (known == 0 || history == newest_history);
    RC_ASSERT((answer.outcome == WitnessOutcome::kCosigned) == extends);
    if (!extends) continue;
    newest = from.head(size);
    newest_history = history;
    if (*rc::gen::inRange(0, 4) == 0) RC_ASSERT(world.restart().ok());
    RC_ASSERT(world.witness->logs().at(0).size == size);
  }
}

}  // namespace
}  // namespace assent
