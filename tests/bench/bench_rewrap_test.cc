#include "tests/bench/bench_rewrap.h"

#include <sstream>

#include "tests/bench/mark.h"
#include "tests/core/epoch_world.h"

namespace assent {
namespace {

class BenchRewrapTest : public ::testing::Test {
 protected:
  int run(const RewrapBench& bench) {
    std::uint32_t epoch = 1;
    return bench_rewrap({owner,
                         world.keys,
                         {Uuid::v4(world.random)},
                         [&] { return world.new_epoch(); },
                         [&] { return world.rewrap(); },
                         [&] { return world.burn(epoch++); }},
                        bench, out);
  }
  EpochWorld world;
  Database owner{TestClusters::instance().safe("assent_owner"), world.clock};
  std::ostringstream out;
};

TEST_F(BenchRewrapTest, ASafeThatIsNotMarkedIsRefused) {
  unmark_bench(owner);
  EXPECT_EQ(run({}), 1);
  EXPECT_NE(out.str().find("not for benchmarks"), std::string::npos);
}

TEST_F(BenchRewrapTest, ItReallyRewrapsPrintsTheLimitAndLeavesNothing) {
  mark_bench(owner);
  const auto before = world.make_keys(3);
  EXPECT_EQ(run({2, 300, 20}), 0) << out.str();
  for (const char* word : {"without crypto", "pgcrypto s2k-mode 0", "ten million keys"}) {
    EXPECT_NE(out.str().find(word), std::string::npos) << out.str();
  }
  // Those of the tenant, and its own four; the keys of the bench went in each round.
  EXPECT_EQ(world.count("SELECT count(*) FROM subject_key"), 7);
  EXPECT_EQ(world.count("SELECT rewrapped FROM key_epoch WHERE epoch = 1"), 307);
  EXPECT_EQ(world.opens(before), 3U);
}

}  // namespace
}  // namespace assent
