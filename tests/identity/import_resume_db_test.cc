#include <gtest/gtest.h>

#include "identity/rejected.h"
#include "tests/identity/import_world.h"

namespace assent {
namespace {

constexpr int kGroup = static_cast<int>(Importer::kBatchRows);

std::string many_contacts(int rows) {
  std::string text = kContactCaptions;
  for (int i = 0; i < rows; ++i) {
    const std::string n = std::to_string(i);
    text +=
        n + ",Name,,user" + std::to_string(i / 2) + "@example.com,,," + (i % 7 ? "" : "1") + "\n";
    if (i % 500 == 0) text += ",No id,,,,,\n";
  }
  return text;
}

std::string many_orders(int rows) {
  std::string text = kOrderCaptions;
  for (int i = 0; i < rows; ++i) {
    text += "c" + std::to_string(i % 40) + ",,2026-01-02T10:00:00Z,1.00,EUR\n";
  }
  return text;
}

// Imports by the same call again and again, stopped after every group.
int import_in_pieces(ImportWorld& world, const std::string& source, const std::string& mapping,
                     const std::string& text) {
  const auto path = world.file(text);
  world.stop_after = 1;
  int runs = 0;
  while (runs < 100) {
    auto report = world.try_import(source, mapping, path);
    ++runs;
    if (!report.ok() || report->finished) break;
    EXPECT_GT(report->rows_read, 0U);
  }
  world.stop_after = SIZE_MAX;
  return runs;
}

TEST(ResumeTest, StoppedAtEveryGroupAnImportEndsAsACleanOne) {
  const std::string contacts = many_contacts(2 * kGroup + 400);
  const std::string orders = many_orders(2 * kGroup + 200);
  ImportWorld whole;
  whole.import("shop", "contacts", contacts);
  whole.import("till", "orders", orders);
  ImportWorld pieces;
  EXPECT_GE(import_in_pieces(pieces, "shop", "contacts", contacts), 3);
  EXPECT_GE(import_in_pieces(pieces, "till", "orders", orders), 3);
  EXPECT_EQ(pieces.summary(), whole.summary());
  EXPECT_EQ(pieces.people(), whole.people());
  EXPECT_EQ(pieces.count("SELECT count(*) FROM import WHERE state = 0"), 0);
  EXPECT_EQ(pieces.count("SELECT count(*) FROM import_occurrence"), 0);
}

TEST(ResumeTest, AGroupWhoseTransactionFailsLeavesNothingAndIsReadAgain) {
  ImportWorld world;
  const std::string text = many_contacts(kGroup + 500);
  const auto path = world.file(text);
  world.stop_after = 1;
  ASSERT_TRUE(world.try_import("shop", "contacts", path).ok());
  const auto before = world.summary();
  // Another program has counted the next group: what this one plans must not be stored twice.
  {
    Tx tx(world.data, world.tenant);
    tx.query(
        "SELECT progress_import(import_id, rows_read, rows_read + 1, 0, 0, 0, 0, 0, '{}', '{}') "
        "FROM import WHERE state = 0");
  }
  world.stop_after = SIZE_MAX;
  auto resumed = world.try_import("shop", "contacts", path);
  ASSERT_TRUE(resumed.ok());
  EXPECT_TRUE(resumed->resumed);
  EXPECT_GT(world.summary()["records"], before.at("records"));
}

TEST(ResumeTest, AnImportThatBrokeOffUnderAnotherMappingIsNotResumed) {
  ImportWorld world;
  const auto path = world.file(many_contacts(kGroup + 500));
  world.stop_after = 1;
  ASSERT_TRUE(world.try_import("shop", "contacts", path).ok());
  for (Mapping& mapping : world.mappings) mapping.sha256[0] ^= 1;
  auto refused = world.try_import("shop", "contacts", path);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

TEST(ResumeTest, KeysThatACrashLeftBehindAreFound) {
  ImportWorld world;
  world.contacts("shop", "1,Anna,,anna@example.com,,,\n,Nobody,,,,,\n");
  const std::vector<Uuid> left{Uuid::v4(world.random)};
  ASSERT_TRUE(world.keys.create(world.tenant, left, KeyPurpose::kFields).ok());
  std::vector<Uuid> subjects;
  {
    Tx safe(world.safe, world.tenant);
    EXPECT_TRUE(keyed_subjects(safe, world.clock.now(), Uuid{}, 100).size() <= 3);
    subjects = keyed_subjects(safe, {world.clock.now().us + 1}, Uuid{}, 100);
  }
  EXPECT_EQ(subjects.size(), 3U);
  Tx tx(world.data, world.tenant);
  EXPECT_EQ(orphans_among(tx, subjects), left);
}

TEST(ResumeTest, WhenTheSafeIsAwayNothingIsStored) {
  ImportWorld world;
  DatabaseConfig nowhere = TestClusters::instance().safe("assent_app");
  nowhere.port = 1;
  Database away(nowhere, world.clock);
  KeyStore keys(away, *world.keyring, world.random);
  const ImportServices services{world.data,    keys,         world.journal,
                                world.random,  world.fields, world.places,
                                world.blocked, world.names,  *world.permits};
  auto refused = Importer(services).run(
      world.tenant, world.act,
      {"shop", find_mapping(world.mappings, "contacts"), world.file(many_contacts(10)), ""},
      [](const ImportProgress&) {}, world.stop);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(world.count("SELECT count(*) FROM record"), 0);
}

}  // namespace
}  // namespace assent
