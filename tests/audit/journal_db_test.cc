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
