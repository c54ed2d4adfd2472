#include "tests/bench/bench_audit.h"

#include <gtest/gtest.h>

#include <sstream>

#include "core/digest.h"
#include "tests/bench/mark.h"
#include "tests/support/world.h"

namespace assent {
namespace {

constexpr const char* kOrigin = "bench.example/assent/log1";

class BenchAuditTest : public ::testing::Test {
 protected:
  int run(const AuditBench& bench, std::ostream& out) {
    DatabaseConfig config = TestClusters::instance().data("assent_app");
    config.sessions = bench.clients;
    Database app(config, clock_);
    const SigningKey key = signing_key_from_seed(Hash32{7});
    const auto directory = world_.directory.path();
    auto signer = Signer::open(world_.signer_role, key,
                               {kOrigin, directory / "signer", directory / "published"});
    if (!signer.ok()) return 2;
    return bench_audit({world_.owner, app, world_.sequencer, **signer, world_.random},
                       {kOrigin, key.public_key}, bench, out);
  }
  SystemClock clock_;
  World world_;
};

TEST_F(BenchAuditTest, ItRefusesADatabaseThatIsNotMarked) {
  unmark_bench(world_.owner);
  std::ostringstream out;
  EXPECT_EQ(run({}, out), 1);
  EXPECT_NE(out.str().find("not for benchmarks"), std::string::npos);
}

TEST_F(BenchAuditTest, ItMeasuresBothSidesAndVerifiesWhatItLogged) {
  mark_bench(world_.owner);
  std::ostringstream out;
  AuditBench small{2, 1, std::chrono::milliseconds(50), 1'000};
  EXPECT_EQ(run(small, out), 0);
  EXPECT_EQ(out.str().find("NOT VERIFIED"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("target >= 1000000"), std::string::npos) << out.str();
}

}  // namespace
}  // namespace assent
