#include "tests/bench/bench_import.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "tests/bench/mark.h"
#include "tests/identity/import_world.h"

namespace assent {
namespace {

TEST(BenchImportTest, PrintsBothSidesTheRatioAndThePeak) {
  ImportWorld world;
  Database safe_owner(TestClusters::instance().safe("assent_owner"), world.clock);
  mark_bench(world.owner);
  mark_bench(safe_owner);
  const char* rows = std::getenv("ASSENT_BENCH_ROWS");
  const ImportBench bench{rows == nullptr ? 2000 : std::strtoull(rows, nullptr, 10),
                          find_mapping(world.mappings, "contacts"), world.tenant, world.act};
  std::ostringstream out;
  EXPECT_EQ(
      bench_import(world.services(), world.owner, safe_owner, world.directory.path(), bench, out),
      0);
  std::cout << out.str();
  for (const char* word : {"import", "bare COPY", "ratio", "peak"}) {
    EXPECT_NE(out.str().find(word), std::string::npos) << word;
  }
}

TEST(BenchImportTest, ADatabaseThatIsNotMarkedIsRefused) {
  ImportWorld world;
  DatabaseConfig config = TestClusters::instance().safe("assent_owner");
  config.database = "postgres";
  Database unmarked(config, world.clock);
  std::ostringstream out;
  EXPECT_EQ(bench_import(world.services(), world.owner, unmarked, world.directory.path(), {}, out),
            1);
}

}  // namespace
}  // namespace assent
