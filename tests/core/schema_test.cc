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
  // A token is found before its tenant is known; epochs and the token key are the installation's.
  std::set<std::string> others;
  if (GetParam() == "safe") {
    others = {"key_epoch_pkey", "token_key_check_pkey", "token_token_hash_key", "vacuum_run_pkey"};
  }
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
  EXPECT_TRUE(column(tx,
                     "SELECT tablename::text FROM pg_policies WHERE policyname = 'tenant' "
                     "AND qual NOT LIKE '%( SELECT assent_tenant()%'")
                  .empty());
  EXPECT_TRUE(
      column(tx,
             "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
             "AND replace(prosrc, '(SELECT assent_tenant())', '') LIKE '%assent_tenant()%'")
          .empty());
}

// Else each act would search all that waits in its tenant's log, longer with each one that waits.
TEST_P(SchemaTest, TheLeafOfAnActIsFoundByItsEventWhateverWaits) {
  if (GetParam() != "data") return;
  tx.exec("SET LOCAL enable_seqscan = off");
  std::string plan;
  const Rows lines = tx.query(
      "EXPLAIN SELECT FROM audit_outbox WHERE event_id = '00000000-0000-0000-0000-000000000000' "
      "AND xmin = pg_current_xact_id()::xid");
  for (const auto& line : lines) plan += line.text(0) + '\n';
  EXPECT_NE(plan.find("audit_outbox_event"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("audit_outbox_pkey"), std::string::npos) << plan;
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

// Whatever is not here, no role of ours may do: the app changes the data by owner functions alone,
// and only the destroyer of keys removes anything from the safe.
const std::map<std::string, std::set<std::string>> kWrites{
    {"data",
     {"assent_sequencer DELETE audit_outbox", "assent_sequencer INSERT audit_head",
      "assent_sequencer INSERT audit_leaf", "assent_sequencer INSERT audit_tile",
      "assent_sequencer UPDATE audit_head", "assent_sequencer UPDATE audit_tile",
      "assent_sequencer UPDATE audit_writer.last_seq", "assent_signer INSERT audit_checkpoint"}},
    {"safe",
     {"assent_app INSERT token", "assent_app INSERT token_key_check",
      "assent_app UPDATE token.last_used_at", "assent_app UPDATE token.revoked_at",
      "assent_app UPDATE token_key_check.key_check", "assent_app UPDATE token_key_check.made_at",
      "assent_follower INSERT denial", "assent_follower INSERT replayed",
      "assent_follower UPDATE replayed.at", "assent_follower UPDATE replayed.position",
      "assent_key_destroyer DELETE subject_key", "assent_key_destroyer INSERT destruction",
      "assent_key_destroyer INSERT tombstone"}}};

TEST_P(SchemaTest, EachRoleWritesWhatIsListedHereAndNothingElse) {
  EXPECT_EQ(column(tx,
                   "SELECT r.rolname || ' ' || p.privilege || ' ' || c.relname FROM pg_roles r "
                   "CROSS JOIN pg_class c "
                   "CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', "
                   "'REFERENCES', 'TRIGGER']) AS p (privilege) "
                   "WHERE r.rolname LIKE 'assent%' AND r.rolname <> 'assent_owner' "
                   "AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
                   "AND c.relnamespace = 'public'::regnamespace "
                   "AND has_table_privilege(r.oid, c.oid, p.privilege) "
                   "UNION ALL "
                   "SELECT r.rolname || ' ' || p.privilege || ' ' || c.relname || '.' || a.attname "
                   "FROM pg_roles r CROSS JOIN pg_class c "
                   "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
                   "CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'REFERENCES']) AS p (privilege) "
                   "WHERE r.rolname LIKE 'assent%' AND r.rolname <> 'assent_owner' "
                   "AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT a.attisdropped "
                   "AND c.relnamespace = 'public'::regnamespace "
                   "AND NOT has_table_privilege(r.oid, c.oid, p.privilege) "
                   "AND has_column_privilege(r.oid, c.oid, a.attnum, p.privilege)"),
            kWrites.at(GetParam()));
}

// A backup holds all tenants, or it is none: its role reads them and writes nothing.
TEST_P(SchemaTest, NoRoleOfOursButTheBackupsPassesRowLevelSecurityOrMakesRoles) {
  EXPECT_TRUE(column(tx,
                     "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'assent%' "
                     "AND (rolsuper OR rolcreaterole OR rolcreatedb)")
                  .empty());
  EXPECT_EQ(
      column(tx,
             "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'assent%' AND rolbypassrls"),
      (std::set<std::string>{"assent_backup"}));
}

// Reading wrapped keys is the app's and who wraps them anew; of the data, the destroyer sees what
// is to go, the signer the log.
TEST_P(SchemaTest, WhatIsMostSecretIsReadByFew) {
  const auto readers = [&](StaticText sql) { return column(tx, sql); };
  if (GetParam() == "safe") {
    EXPECT_EQ(readers("SELECT DISTINCT rolname::text FROM pg_roles WHERE rolname LIKE 'assent%' "
                      "AND rolname <> 'assent_owner' "
                      "AND has_column_privilege(oid, 'subject_key', 'wrapped', 'SELECT')"),
              (std::set<std::string>{"assent_app", "assent_backup", "assent_rewrapper"}));
    EXPECT_EQ(readers("SELECT DISTINCT rolname::text FROM pg_roles WHERE rolname LIKE 'assent%' "
                      "AND rolname <> 'assent_owner' "
                      "AND has_any_column_privilege(oid, 'token', 'SELECT')"),
              (std::set<std::string>{"assent_app", "assent_backup"}));
    return;
  }
  EXPECT_EQ(readers("SELECT c.relname || '.' || a.attname FROM pg_class c "
                    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
                    "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace "
                    "AND has_column_privilege('assent_key_destroyer', c.oid, a.attnum, 'SELECT') "
                    "AND c.relname <> 'schema_migration'"),
            (std::set<std::string>{"pending_shred.tenant", "pending_shred.request_id",
                                   "pending_shred.unit_id", "pending_shred.with_evidence",
                                   "replaced_key.tenant", "replaced_key.unit_id",
                                   "replaced_key.below", "replaced_key.act"}));
  EXPECT_EQ(readers("SELECT c.relname::text FROM pg_class c WHERE c.relkind IN ('r', 'p') "
                    "AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition "
                    "AND has_any_column_privilege('assent_signer', c.oid, 'SELECT') "
                    "AND c.relname <> 'schema_migration'"),
            (std::set<std::string>{"audit_checkpoint", "audit_head", "audit_leaf",
                                   "audit_retention", "audit_tile"}));
}

TEST_P(SchemaTest, NoFunctionOfOursIsOpenToEverybodyButTheTenantReader) {
  EXPECT_EQ(column(tx,
                   "SELECT p.proname::text FROM pg_proc p "
                   "WHERE p.pronamespace = 'public'::regnamespace "
                   "AND has_function_privilege('public', p.oid, 'EXECUTE')"),
            std::set<std::string>{"assent_tenant"});
}

// But for those that every act calls, where setting and taking back costs more than the work: they
// say the schema of every name (JournalTest.NoPlantedNameMisleadsTheFunctionsOfEveryAct).
TEST_P(SchemaTest, EveryDefinerFunctionFixesItsSearchPath) {
  EXPECT_EQ(column(tx,
                   "SELECT proname::text FROM pg_proc WHERE prosecdef "
                   "AND pronamespace = 'public'::regnamespace "
                   "AND NOT coalesce(proconfig::text, '') LIKE '%search_path%'"),
            GetParam() == "data"
                ? (std::set<std::string>{"append_leaf", "append_with_detail", "require_leaf"})
                : std::set<std::string>{});
}

}  // namespace
}  // namespace assent
