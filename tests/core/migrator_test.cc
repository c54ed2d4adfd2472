#include "core/migrator.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/world.h"

namespace assent {
namespace {

class MigratorTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& sql) {
    std::ofstream(directory.path() / name) << sql;
  }
  // The directory of this test beside the real migrations, which are applied already.
  MigratorTest() {
    for (const auto& file :
         std::filesystem::directory_iterator(ASSENT_SOURCE_DIR "/migrations/safe")) {
      std::filesystem::copy(file, directory.path());
    }
  }
  static std::string named(const Status& refused) {
    return refused.ok() || !refused.error().field ? "" : refused.error().field->text();
  }
  ~MigratorTest() override {
    Tx tx(owner, TenantId{});
    tx.run_script(
        "DROP TABLE IF EXISTS migrator_test; "
        "DELETE FROM schema_migration WHERE name >= '9'");
    tx.commit();
  }
  TemporaryDirectory directory;
  SystemClock clock;
  Database owner{TestClusters::instance().safe("assent_owner"), clock};
};

TEST_F(MigratorTest, AppliesWhatIsNewOnceAndThenNothing) {
  write("9001_test.sql", "CREATE TABLE migrator_test (x int)");
  EXPECT_EQ(check_migrated(owner, directory.path()).error().code, ErrorCode::kConflict);
  auto first = migrate(owner, directory.path());
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->applied, std::vector<std::string>{"9001_test.sql"});
  EXPECT_TRUE(migrate(owner, directory.path())->applied.empty());
  EXPECT_TRUE(check_migrated(owner, directory.path()).ok());
}

TEST_F(MigratorTest, AnEditedFileStopsTheStart) {
  write("9001_test.sql", "CREATE TABLE migrator_test (x int)");
  ASSERT_TRUE(migrate(owner, directory.path()).ok());
  write("9001_test.sql", "CREATE TABLE migrator_test (x int, y int)");
  EXPECT_EQ(check_migrated(owner, directory.path()).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(migrate(owner, directory.path()).error().code, ErrorCode::kCorrupt);
}

TEST_F(MigratorTest, AnUnfinishedMigrationStopsTheStart) {
  write("9001_test.sql", "SELECT 1");
  ASSERT_TRUE(migrate(owner, directory.path()).ok());
  Tx tx(owner, TenantId{});
  tx.exec("UPDATE schema_migration SET finished_at = NULL WHERE name = '9001_test.sql'");
  tx.commit();
  const Status checked = check_migrated(owner, directory.path());
  EXPECT_EQ(checked.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(named(checked), "9001_test.sql");
}

TEST_F(MigratorTest, EveryRefusalNamesTheFile) {
  write("9001_test.sql", "SELECT 1");
  EXPECT_EQ(named(check_migrated(owner, directory.path())), "9001_test.sql");
  ASSERT_TRUE(migrate(owner, directory.path()).ok());
  write("9001_test.sql", "SELECT 2");
  EXPECT_EQ(named(check_migrated(owner, directory.path())), "9001_test.sql");
  std::filesystem::remove(directory.path() / "9001_test.sql");
  EXPECT_EQ(named(check_migrated(owner, directory.path())), "9001_test.sql");
}

TEST_F(MigratorTest, AFailingFileLeavesNothingBehind) {
  write("9001_test.sql", "CREATE TABLE migrator_test (x int); SELECT 1 / 0");
  EXPECT_FALSE(migrate(owner, directory.path()).ok());
  Tx tx(owner, TenantId{});
  EXPECT_TRUE(tx.query("SELECT to_regclass('migrator_test')::text")[0].is_null(0));
}

}  // namespace
}  // namespace assent
