#include "tests/bench/bench_audit.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "tests/support/world.h"

namespace assent {
namespace {

class BenchAuditTest : public ::testing::Test {
 protected:
  int run(const AuditBench& bench, std::ostream& out) {
    DatabaseConfig config = TestClusters::instance().data("assent_app");
    config.sessions = bench.clients;
    Database app(config, clock_);
    return bench_audit(world_.owner, app, world_.sequencer, world_.random,
                       world_.directory.path() / "bench", bench, out);
  }
  void mark() {
    Tx tx(world_.owner, TenantId{});
    tx.exec(
        "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''bench''', "
        "current_database()); END $$");
    tx.commit();
  }
  SystemClock clock_;
  World world_;
};

TEST_F(BenchAuditTest, ItRefusesADatabaseThatIsNotMarked) {
  std::ostringstream out;
  EXPECT_EQ(run({}, out), 1);
  EXPECT_NE(out.str().find("not marked"), std::string::npos);
}

TEST_F(BenchAuditTest, ItMeasuresBothSidesAndVerifiesWhatItLogged) {
  mark();
  std::ostringstream out;
  AuditBench small{2, 1, std::chrono::milliseconds(50), 1'000};
  EXPECT_EQ(run(small, out), 0);
  EXPECT_EQ(out.str().find("NOT VERIFIED"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("target >= 1000000"), std::string::npos) << out.str();
}

}  // namespace
}  // namespace assent
