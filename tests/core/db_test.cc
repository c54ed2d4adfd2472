#include "core/db.h"

#include <gtest/gtest.h>

#include "core/key_store.h"
#include "tests/support/world.h"

namespace assent {
namespace {

TEST(DatabaseTest, ValuesOfEveryTypeComeBackAsTheyWent) {
  World world;
  Tx tx(world.data, world.tenant);
  const Uuid id = Uuid::v4(world.random);
  const std::vector<Bytes> blobs{{0, 1, 2}, {}, {255, 0}};
  const Rows rows = tx.query(
      "SELECT $1::int8, $2::text, $3::bytea, $4::uuid, $5::timestamptz, $6::date, $7::bool, "
      "$8::float8, $9::int4, ($10::bytea[])[1], cardinality($10::bytea[]), $11::int2",
      {std::int64_t{-5}, "Жанна; DROP TABLE record; --", blobs[0], id, tx.now(), Date{1969, 2, 28},
       true, 0.1, std::optional<std::int32_t>(), Param::array(blobs), std::int16_t{-7}});
  const auto row = rows[0];
  EXPECT_EQ(row.integer(0), -5);
  EXPECT_EQ(row.text(1), "Жанна; DROP TABLE record; --");
  EXPECT_EQ(row.bytes(2), blobs[0]);
  EXPECT_EQ(row.uuid(3), id);
  EXPECT_EQ(row.time(4), tx.now());
  EXPECT_EQ(row.date(5), (Date{1969, 2, 28}));
  EXPECT_TRUE(row.flag(6));
  EXPECT_EQ(row.real(7), 0.1);
  EXPECT_TRUE(row.is_null(8));
  EXPECT_EQ(row.bytes(9), blobs[0]);
  EXPECT_EQ(row.integer(10), 3);
  EXPECT_EQ(row.integer(11), -7);
}

TEST(DatabaseTest, AnErrorCarriesNoBoundValue) {
  World world;
  auto failed = in_tx(world.data, world.tenant, [](Tx& tx) -> Status {
    tx.query("SELECT $1::text::int", {"secret@example.com"});
    return Unit{};
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(failed.error().reason.view().find("secret"), std::string_view::npos);
}

TEST(DatabaseTest, AnErrorInTheWorkRollsBack) {
  World world;
  auto failed = in_tx(world.safe, world.tenant, [&](Tx& tx) -> Status {
    tx.exec(
        "INSERT INTO token (tenant, token_id, name, token_hash, actor_ref, role, scopes, "
        "created_at, expires_at) VALUES ($1, $1, 'x', $2, $1, 'r', '{}', $3, $3)",
        {world.tenant, Hash32{1}, tx.now()});
    return Error{ErrorCode::kConflict, "a second thought"};
  });
  EXPECT_EQ(failed.error().code, ErrorCode::kConflict);
  Tx tx(world.safe, world.tenant);
  EXPECT_TRUE(tx.query("SELECT 1 FROM token WHERE tenant = $1", {world.tenant}).empty());
}

TEST(DatabaseTest, AWorkThatSwallowsAFailureHasNotCommitted) {
  World world;
  auto swallowed = in_tx(world.data, world.tenant, [](Tx& tx) -> Status {
    try {
      tx.query("SELECT 1 / 0");
    } catch (const DbError&) {  // As careless code would.
    }
    return Unit{};
  });
  EXPECT_FALSE(swallowed.ok());
}

TEST(DatabaseTest, ASessionThatDiesIsReplacedAtTheNextLease) {
  World world;
  auto killed = in_tx(world.data, world.tenant, [](Tx& tx) -> Status {
    tx.query("SELECT pg_terminate_backend(pg_backend_pid())");
    return Unit{};
  });
  EXPECT_EQ(killed.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(world.data.ping().ok());
}

TEST(DatabaseTest, WhatIsPostedRunsBeforeTheNextStatementInOrder) {
  World world;
  Tx tx(world.data, world.tenant);
  tx.post("SELECT set_config('assent.test', $1, true)", {"first"});
  tx.post("SELECT set_config('assent.test', $1, true)", {"second"});
  EXPECT_EQ(tx.query("SELECT current_setting('assent.test')")[0].text(0), "second");
}

TEST(DatabaseTest, APostedStatementThatFailsFailsTheCommitAndNothingIsKept) {
  World world;
  const auto posted = [&](std::string_view number) {
    return in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
      world.journal.append(tx, leaf_of(world.act, AuditEvent::kLookup));
      tx.post("SELECT $1::text::int", {number});
      return Unit{};
    });
  };
  const auto refused = posted("secret@example.com");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  // Prepared in the pipeline that failed, and prepared again.
  EXPECT_TRUE(posted("7").ok());
  Tx tx(world.sequencer, TenantId{});
  EXPECT_EQ(tx.query("SELECT FROM audit_outbox WHERE tenant = $1", {world.tenant}).size(), 2);
}

TEST(DatabaseTest, AFailureIsThatOfTheStatementThatFailedAndNotOfThoseBehindIt) {
  World world;
  Tx tx(world.data, world.tenant);
  tx.post("SELECT 1 / $1::int", {0});
  try {
    tx.query("SELECT $1::text", {"never run"});
    FAIL() << "a failure was passed over";
  } catch (const DbError& error) {
    EXPECT_EQ(error.sqlstate(), "22012");
  }
}

TEST(DatabaseTest, AnotherTenantsRowsAreInvisible) {
  World one;
  World two;
  const auto names = [](World& world, TenantId as) {
    Tx tx(world.data, as);
    return tx.query("SELECT 1 FROM audit_writer").size();
  };
  auto wrote = in_tx(one.data, one.tenant, [&](Tx& tx) -> Status {
    one.journal.append(tx, leaf_of(one.act, AuditEvent::kLookup));
    return Unit{};
  });
  ASSERT_TRUE(wrote.ok());
  EXPECT_EQ(names(one, one.tenant), 1);
  EXPECT_EQ(names(one, two.tenant), 0);
}

TEST(DatabaseTest, WriterNumbersHaveNoHolesWhenTransactionsRollBack) {
  World world;
  const auto append = [&](bool keep) {
    return in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
      world.journal.append(tx, leaf_of(world.act, AuditEvent::kLookup));
      if (!keep) return Error{ErrorCode::kInvalid, "thrown away"};
      return Unit{};
    });
  };
  EXPECT_FALSE(append(false).ok());
  EXPECT_TRUE(append(true).ok());
  EXPECT_FALSE(append(false).ok());
  EXPECT_TRUE(append(true).ok());
  Tx tx(world.sequencer, TenantId{});
  const Rows rows = tx.query("SELECT leaf FROM audit_outbox WHERE tenant = $1 ORDER BY outbox_id",
                             {world.tenant});
  ASSERT_EQ(rows.size(), 3);
  for (int i = 0; i < 3; ++i) {
    auto leaf = decode(rows[i].view(0));
    ASSERT_TRUE(leaf.ok());
    EXPECT_EQ(leaf->writer_seq, static_cast<std::uint64_t>(i));
  }
}

TEST(KeyStoreTest, ADestroyedKeyIsAbsentNotAnError) {
  World world;
  const std::vector<Uuid> subjects{Uuid::v4(world.random), Uuid::v4(world.random)};
  ASSERT_TRUE(world.keys.create(world.tenant, subjects, KeyPurpose::kFields).ok());
  auto destroyed = in_tx(world.key_destroyer, world.tenant, [&](Tx& tx) -> Status {
    tx.exec("DELETE FROM subject_key WHERE tenant = $1 AND subject = $2",
            {world.tenant, subjects[0]});
    return Unit{};
  });
  ASSERT_TRUE(destroyed.ok());
  auto keys = world.keys.fetch(world.tenant, subjects, KeyPurpose::kFields);
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(keys->find(subjects[0]), nullptr);
  EXPECT_NE(keys->find(subjects[1]), nullptr);
}

TEST(KeyStoreTest, TheAppRoleCannotDestroyAKey) {
  World world;
  auto refused = in_tx(world.safe, world.tenant, [](Tx& tx) -> Status {
    tx.exec("DELETE FROM subject_key");
    return Unit{};
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
}

}  // namespace
}  // namespace assent
