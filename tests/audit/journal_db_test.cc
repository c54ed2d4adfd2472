#include <gtest/gtest.h>

#include "audit/journal.h"
#include "audit/merkle.h"
#include "core/sealed.h"
#include "tests/audit/log_world.h"

namespace assent {
namespace {

constexpr std::uint16_t kDetailField = 30;

TEST(JournalTest, ADetailIsSealedUnderTheRecordsKeyAndTheLeafOnlyCommitsToIt) {
  LogWorld world;
  const RecordId record{Uuid::v4(world.random)};
  const SecretKey key{Hash32{7}};
  const Bytes payload{1, 2, 3};
  auto event = in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<EventId> {
    return world.journal.append(tx, leaf_of(world.act, AuditEvent::kLookup),
                                {record, key, 1, payload});
  });
  ASSERT_TRUE(event.ok());
  world.run_log();
  Tx tx(world.data, world.tenant);
  const auto leaf = decode(LogStore(tx, world.tenant).entries(1, 2).at(0).leaf);
  const Rows rows =
      tx.query("SELECT record_id, sealed FROM audit_detail WHERE event_id = $1", {*event});
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].id<RecordId>(0), record);
  const FieldPlace place{world.tenant.value, record.value, kDetailField, event->value};
  const auto opened = open_field(key, place, rows[0].view(1));
  ASSERT_TRUE(opened.ok());
  const std::string_view content = opened->value.reveal();
  Hash32 salt{};
  std::copy_n(content.begin(), salt.size(), salt.begin());
  EXPECT_EQ(content.substr(salt.size()), as_text(payload));
  EXPECT_EQ(leaf->detail_hash, detail_hash(salt, payload));
  EXPECT_FALSE(open_field(SecretKey{Hash32{8}}, place, rows[0].view(1)).ok());
}

TEST(JournalTest, TheInstallationHasALogOfItsOwn) {
  LogWorld world;
  auto event = in_tx(world.data, TenantId{}, [&](Tx& tx) -> Result<EventId> {
    return world.journal.append(tx, leaf_of(world.act, AuditEvent::kMigrationApplied));
  });
  ASSERT_TRUE(event.ok());
  world.sequence();
  {
    Tx tx(world.data, TenantId{});
    EXPECT_TRUE(LogStore(tx, TenantId{}).index_of(*event).has_value());
  }
  Tx tx(world.data, world.tenant);
  EXPECT_FALSE(LogStore(tx, world.tenant).index_of(*event).has_value());
}

TEST(JournalTest, AWriteWithoutALeafOfItsOwnTransactionIsRefused) {
  LogWorld world;
  auto event = in_tx(world.data, TenantId{}, [&](Tx& tx) -> Result<EventId> {
    return world.journal.append(tx, leaf_of(world.act, AuditEvent::kTenantCreated));
  });
  ASSERT_TRUE(event.ok());
  const auto create = [&](Tx& tx, EventId leaf) {
    tx.exec("SELECT create_tenant($1, 'late', 'DE', '{}', 'late.example/log1', $2, $3)",
            {Uuid::v4(world.random), tx.now(), leaf});
  };
  const auto refused = in_tx(world.data, TenantId{}, [&](Tx& tx) -> Status {
    create(tx, *event);
    return Unit{};
  });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
}

// What somebody who may make a schema would plant, to take leaves away or to write without one.
constexpr StaticText kPlanted[] = {
    "CREATE SCHEMA planted",
    "CREATE TABLE planted.audit_outbox (LIKE public.audit_outbox INCLUDING IDENTITY)",
    "CREATE TABLE planted.audit_detail (LIKE public.audit_detail)",
    "CREATE DOMAIN planted.uuid AS text",
    "CREATE DOMAIN planted.xid AS text",
    "CREATE FUNCTION planted.encode(bytea, text) RETURNS text LANGUAGE sql "
    "RETURN '00000000-0000-0000-0000-000000000001'",
    "CREATE FUNCTION planted.substring(bytea, int, int) RETURNS bytea LANGUAGE sql RETURN $1",
    "CREATE FUNCTION planted.current_setting(text, boolean) RETURNS text LANGUAGE sql "
    "RETURN '00000000-0000-0000-0000-000000000001'",
    "CREATE FUNCTION planted.same(pg_catalog.uuid, pg_catalog.uuid) RETURNS boolean LANGUAGE sql "
    "RETURN true",
    "CREATE FUNCTION planted.same(pg_catalog.xid, pg_catalog.xid) RETURNS boolean LANGUAGE sql "
    "RETURN true",
    "CREATE OPERATOR planted.= (LEFTARG = pg_catalog.uuid, RIGHTARG = pg_catalog.uuid, "
    "FUNCTION = planted.same)",
    "CREATE OPERATOR planted.= (LEFTARG = pg_catalog.xid, RIGHTARG = pg_catalog.xid, "
    "FUNCTION = planted.same)",
    "SET LOCAL search_path = planted, pg_catalog, public"};

TEST(JournalTest, NoPlantedNameMisleadsTheFunctionsOfEveryAct) {
  LogWorld world;
  // A new session, which has kept no plan yet.
  Database fresh(TestClusters::instance().data("assent_owner"), world.clock);
  Tx tx(fresh, world.tenant);
  for (const StaticText sql : kPlanted) tx.exec(sql);
  const SecretKey key{Hash32{7}};
  const Leaf leaf = leaf_of(world.act, AuditEvent::kLookup);
  const EventId plain = world.journal.append(tx, leaf);
  const Bytes payload{1, 2, 3};
  const EventId detailed =
      world.journal.append(tx, leaf, {RecordId{Uuid::v4(world.random)}, key, 1, payload});
  const auto tenant_of = [&](StaticText sql, EventId event) {
    const Rows rows = tx.query(sql, {event});
    return rows.size() == 1 ? rows[0].id<TenantId>(0) : TenantId{};
  };
  constexpr StaticText kOutbox =
      "SELECT tenant FROM public.audit_outbox WHERE event_id OPERATOR(pg_catalog.=) $1";
  constexpr StaticText kDetail =
      "SELECT tenant FROM public.audit_detail WHERE event_id OPERATOR(pg_catalog.=) $1";
  EXPECT_EQ(tenant_of(kOutbox, plain), world.tenant);
  EXPECT_EQ(tenant_of(kOutbox, detailed), world.tenant);
  EXPECT_EQ(tenant_of(kDetail, detailed), world.tenant);
  tx.query("SELECT public.require_leaf($1)", {detailed});
  EXPECT_THROW(tx.query("SELECT public.require_leaf($1)", {Uuid::v4(world.random)}), DbError);
}

std::vector<BatchRow> three_rows() {
  return {{"record", Uuid{{3}}, Hash32{30}},
          {"identifier", Uuid{{1}}, Hash32{10}},
          {"record", Uuid{{1}}, Hash32{11}}};
}

Hash32 batch_leaf(const BatchRow& row) {
  return leaf_hash(sha256(as_bytes(row.table.view()), row.row_id.view(), row.row_hash));
}

TEST(BatchSealTest, TheRootIsOverTheRowsInTheOrderOfTheirIdsThenTables) {
  const auto rows = three_rows();
  const BatchSeal seal = seal_batch(rows);
  EXPECT_EQ(seal.positions, (std::vector<std::int32_t>{2, 0, 1}));
  EXPECT_EQ(seal.root,
            node_hash(node_hash(batch_leaf(rows[1]), batch_leaf(rows[2])), batch_leaf(rows[0])));
}

TEST(BatchSealTest, AnyChangeOfARowChangesTheRoot) {
  const Hash32 root = seal_batch(three_rows()).root;
  auto rows = three_rows();
  rows[2].row_hash[31] = 1;
  EXPECT_NE(seal_batch(rows).root, root);
  rows = three_rows();
  rows.pop_back();
  EXPECT_NE(seal_batch(rows).root, root);
}

TEST(BatchSealTest, ABatchOfNothingHasTheEmptyRoot) {
  EXPECT_EQ(seal_batch({}).root, empty_root());
}

}  // namespace
}  // namespace assent
