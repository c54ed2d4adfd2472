#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "tests/support/world.h"

namespace assent {
namespace {

// "| record | distributed by record_id | … |" in migrations/README.md
std::map<std::string, std::string> declared_tables(const std::string& cluster) {
  std::ifstream file(ASSENT_SOURCE_DIR "/migrations/README.md");
  std::map<std::string, std::string> tables;
  const std::regex row(
      R"(\| (data|safe) \| `(\w+)` \| (distributed by `(\w+)`|reference|local) \|.*)");
  for (std::string line; std::getline(file, line);) {
    std::smatch found;
    if (std::regex_match(line, found, row) && found[1] == cluster) {
      tables[found[2]] = found[4].matched ? found[4].str() : found[3].str();
    }
  }
  return tables;
}

std::set<std::string> column(Tx& tx, StaticText sql) {
  std::set<std::string> values;
  const Rows rows = tx.query(sql);
  for (const auto& row : rows) values.insert(row.text(0));
  return values;
}

constexpr StaticText kTables =
    "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
    "AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migration'";

class SchemaTest : public ::testing::TestWithParam<std::string> {
 protected:
  SchemaTest()
      : owner(GetParam() == "data" ? TestClusters::instance().data("assent_owner")
                                   : TestClusters::instance().safe("assent_owner"),
              clock),
        tx(owner, TenantId{}) {}
  SystemClock clock;
  Database owner;
  Tx tx;
};
INSTANTIATE_TEST_SUITE_P(Clusters, SchemaTest, ::testing::Values("data", "safe"));

TEST_P(SchemaTest, EveryTableIsDeclaredAndEveryDeclaredTableExists) {
  std::set<std::string> declared;
  for (const auto& [table, kind] : declared_tables(GetParam())) declared.insert(table);
  EXPECT_EQ(column(tx, kTables), declared);
}

TEST_P(SchemaTest, ThereAreNoTriggers) {
  EXPECT_TRUE(column(tx, "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal").empty());
}

TEST_P(SchemaTest, TheTenantLeadsEveryUniqueIndex) {
  // A token is found before its tenant is known; the token key is the installation's.
  std::set<std::string> others;
  if (GetParam() == "safe") others = {"token_key_check_pkey", "token_token_hash_key"};
  EXPECT_EQ(column(tx,
                   "SELECT i.indexrelid::regclass::text FROM pg_index i "
                   "JOIN pg_class c ON c.oid = i.indrelid "
                   "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] "
                   "WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique "
                   "AND NOT c.relispartition "
                   "AND c.relname NOT IN ('schema_migration', 'tenant') AND a.attname <> 'tenant'"),
            others);
}

TEST_P(SchemaTest, EveryUniqueIndexOfADistributedTableHoldsItsColumn) {
  for (const auto& [table, by] : declared_tables(GetParam())) {
    if (by == "reference" || by == "local") continue;
    const Rows missing = tx.query(
        "SELECT i.indexrelid::regclass::text FROM pg_index i "
        "WHERE i.indrelid = $1::text::regclass AND i.indisunique AND NOT EXISTS ("
        " SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attname = $2 "
        " AND a.attnum = ANY(i.indkey))",
        {table, by});
    // A resume key is unique only while an import runs, on one node by the tenant's lock.
    if (table == "import") continue;
    EXPECT_TRUE(missing.empty()) << table;
  }
}

TEST_P(SchemaTest, RowLevelSecurityBindsEveryTenantTableAndItsOwner) {
  EXPECT_TRUE(column(tx,
                     "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a "
                     "ON a.attrelid = c.oid AND a.attname = 'tenant' "
                     "WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition "
                     "AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'tenant' "
                     "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)")
                  .empty());
}

// Asked for every row, the setting costs a tenth of an import.
TEST_P(SchemaTest, TheTenantIsAskedOnceAStatement) {
  if (GetParam() == "safe") GTEST_SKIP() << "the safe answers a few rows a statement";
  EXPECT_TRUE(column(tx,
                     "SELECT tablename::text FROM pg_policies WHERE policyname = 'tenant' "
                     "AND qual NOT LIKE '%( SELECT assent_tenant()%'")
                  .empty());
  EXPECT_EQ(column(tx,
                   "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
                   "AND replace(prosrc, '(SELECT assent_tenant())', '') LIKE '%assent_tenant()%'"),
            (std::set<std::string>{"append_leaf", "require_leaf"}));
}

TEST_P(SchemaTest, EveryCiphertextColumnSaysHowItIsErased) {
  EXPECT_TRUE(column(tx,
                     "SELECT a.attrelid::regclass::text || '.' || a.attname FROM pg_attribute a "
                     "JOIN pg_type t ON t.oid = a.atttypid AND t.typname = 'cdp_enc' "
                     "JOIN pg_class c ON c.oid = a.attrelid AND NOT c.relispartition "
                     "AND c.relkind IN ('r', 'p') "
                     "WHERE coalesce(col_description(a.attrelid, a.attnum), '') "
                     "NOT LIKE 'personal; erased by%'")
                  .empty());
}

TEST_P(SchemaTest, TheAppRoleWritesNoProtectedTableOfTheData) {
  if (GetParam() != "data") return;
  EXPECT_TRUE(column(tx,
                     "SELECT table_name || '.' || privilege_type "
                     "FROM information_schema.role_table_grants WHERE grantee = 'assent_app' "
                     "AND privilege_type <> 'SELECT' AND table_name NOT LIKE 'staging_%'")
                  .empty());
}

TEST_P(SchemaTest, NoFunctionOfOursIsOpenToEverybodyButTheTenantReader) {
  EXPECT_EQ(column(tx,
                   "SELECT p.proname::text FROM pg_proc p "
                   "WHERE p.pronamespace = 'public'::regnamespace "
                   "AND has_function_privilege('public', p.oid, 'EXECUTE')"),
            std::set<std::string>{"assent_tenant"});
}

TEST_P(SchemaTest, EveryDefinerFunctionFixesItsSearchPath) {
  EXPECT_TRUE(column(tx,
                     "SELECT proname::text FROM pg_proc WHERE prosecdef "
                     "AND pronamespace = 'public'::regnamespace "
                     "AND NOT coalesce(proconfig::text, '') LIKE '%search_path%'")
                  .empty());
}

}  // namespace
}  // namespace assent
