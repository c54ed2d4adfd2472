#include "tests/bench/bench_crypto.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/bench/mark.h"
#include "tests/support/world.h"

namespace assent {
namespace {

TEST(BenchCryptoTest, ADatabaseThatIsNotMarkedIsRefused) {
  World world;
  unmark_bench(world.owner);
  std::ostringstream out;
  EXPECT_EQ(bench_crypto(world.owner, {}, out), 1);
  EXPECT_NE(out.str().find("not for benchmarks"), std::string::npos);
}

TEST(BenchCryptoTest, ItMeasuresBothSidesAndPrintsTheRatio) {
  World world;
  mark_bench(world.owner);
  std::ostringstream out;
  const CryptoBench small{1, 1'000, 5, 50};
  EXPECT_EQ(bench_crypto(world.owner, small, out), 0) << out.str();
  for (const char* word : {"pgcrypto default", "s2k-mode 0", "eight of a record", "a read costs"}) {
    EXPECT_NE(out.str().find(word), std::string::npos) << out.str();
  }
}

}  // namespace
}  // namespace assent
