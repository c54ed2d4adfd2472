#include <gtest/gtest.h>

#include <fstream>

#include "identity/rejected.h"
#include "tests/identity/import_world.h"

namespace assent {
namespace {

const std::filesystem::path kCdnow =
    std::filesystem::path(ASSENT_SOURCE_DIR) / "../shared/data/retention/cdnow/CDNOW_master.txt";

constexpr auto kTwoEqual =
    "c1,,2026-01-02T10:00:00Z,12.50,EUR\nc1,,2026-01-02T10:00:00Z,12.50,EUR\n";

TEST(OrdersTest, ACustomerNobodyKnowsBecomesABareRecord) {
  ImportWorld world;
  const auto report =
      world.import("till", "orders", kOrderCaptions + "c1,o1,2026-01-02T10:00:00Z,12.50,EUR\n");
  EXPECT_EQ(report.stored, 1U);
  EXPECT_EQ(world.people(), (std::set<Person>{{"till:c1"}}));
  EXPECT_EQ(world.count("SELECT amount_minor FROM purchase"), 1250);
}

TEST(OrdersTest, EqualRowsWithoutAnIdAreRealPurchases) {
  ImportWorld world;
  EXPECT_EQ(world.import("till", "orders", kOrderCaptions + kTwoEqual).stored, 2U);
  EXPECT_EQ(world.import("till", "orders", kOrderCaptions + kTwoEqual).unchanged, 2U);
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase"), 2);
}

TEST(OrdersTest, AGrownFileAddsOnlyWhatIsNew) {
  ImportWorld world;
  world.import("till", "orders", kOrderCaptions + kTwoEqual);
  const auto grown = world.import("till", "orders",
                                  kOrderCaptions + kTwoEqual +
                                      "c1,,2026-01-02T10:00:00Z,12.50,EUR\n"
                                      "c2,,2026-01-03T10:00:00Z,1.00,EUR\n");
  EXPECT_EQ(grown.stored, 2U);
  EXPECT_EQ(grown.unchanged, 2U);
}

TEST(OrdersTest, AnOrderWithAnIdIsStoredOnceWhateverFileItComesIn) {
  ImportWorld world;
  const std::string row = "c1,o1,2026-01-02T10:00:00Z,12.50,EUR\n";
  world.import("till", "orders", kOrderCaptions + row);
  const auto again = world.import("till", "orders", kOrderCaptions + row + row);
  EXPECT_EQ(again.unchanged, 2U);
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase"), 1);
}

TEST(OrdersTest, TheLinesOfOneOrderShareATagAndOrdersWithoutAnIdHaveNone) {
  ImportWorld world;
  world.import("till", "orders",
               kOrderCaptions +
                   "c1,o1,2026-01-02T10:00:00Z,1,EUR\nc1,o2,2026-01-02T11:00:00Z,2,EUR\n"
                   "c1,,2026-01-02T12:00:00Z,3,EUR\n");
  EXPECT_EQ(world.count("SELECT count(DISTINCT order_tag) FROM purchase"), 2);
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase WHERE order_tag IS NULL"), 1);
}

TEST(OrdersTest, OrdersMayNameTheCustomersOfAnotherSource) {
  ImportWorld world;
  world.contacts("shop", "c1,Anna,,anna@example.com,,,\n");
  world.import("shop_orders", "orders", kOrderCaptions + "c1,o1,2026-01-02T10:00:00Z,2,EUR\n",
               "shop");
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:c1"}}));
  auto unknown =
      world.try_import("shop_orders", "orders", world.file(kOrderCaptions), "no_such_source");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
}

TEST(OrdersTest, ABareRecordIsFilledByItsContactLater) {
  ImportWorld world;
  world.contacts("shop", "c0,Anna,,anna@example.com,,,\n");
  world.import("orders", "orders", kOrderCaptions + "c1,o1,2026-01-02T10:00:00Z,2,EUR\n", "shop");
  world.contacts("shop", "c1,Anna,,anna@example.com,,,\n");
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:c0", "shop:c1"}}));
  EXPECT_EQ(world.count("SELECT count(*) FROM record"), 2);
}

std::vector<RejectedNote> rejected(ImportWorld& world, const ImportReport& report) {
  Tx tx(world.data, world.tenant);
  return list_rejected(tx, report.import, 0, 10);
}

TEST(OrdersTest, AnOtherAmountOrDayOfAKnownLineReplacesIt) {
  ImportWorld world;
  world.import("till", "orders", kOrderCaptions + "c1,o1,2026-01-02T10:00:00Z,12.50,EUR\n");
  const auto feed = world.count("SELECT max(position) FROM change_feed");
  for (const std::string row :
       {"c1,o1,2026-01-02T10:00:00Z,99.00,EUR\n", "c1,o1,2026-01-03T10:00:00Z,99.00,EUR\n",
        "c1,o1,2026-01-03T10:00:00Z,99.00,USD\n"}) {
    const auto report = world.import("till", "orders", kOrderCaptions + row);
    EXPECT_EQ(report.stored, 1U) << row;
    EXPECT_EQ(world.import("till", "orders", kOrderCaptions + row).unchanged, 1U) << row;
  }
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase_key"), 1);
  EXPECT_EQ(world.count("SELECT amount_minor FROM purchase WHERE currency = 'USD'"), 9900);
  EXPECT_GT(world.count("SELECT max(position) FROM change_feed"), feed);
}

TEST(OrdersTest, AnOrderIdOfAnotherCustomerIsRejectedWithItsColumn) {
  ImportWorld world;
  world.import("till", "orders", kOrderCaptions + "c1,o1,2026-01-02T10:00:00Z,12.50,EUR\n");
  const auto report =
      world.import("till", "orders", kOrderCaptions + "c2,o1,2026-02-02T10:00:00Z,77,EUR\n");
  EXPECT_EQ(report.rejected, 1U);
  const auto notes = rejected(world, report);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].reason, "the order id is another customer's");
  EXPECT_EQ(notes[0].line, 2U);
  EXPECT_EQ(notes[0].column, 2U);
  EXPECT_EQ(world.people(), (std::set<Person>{{"till:c1"}}));
  EXPECT_EQ(world.count("SELECT amount_minor FROM purchase"), 1250);
}

TEST(OrdersTest, AFileThatSaysTwoThingsOfOneLineKeepsTheFirst) {
  ImportWorld world;
  std::string rows = "c1,o1,2026-01-02T10:00:00Z,10,EUR\n";
  rows += "c1,o1,2026-01-02T10:00:00Z,20,EUR\nc1,o1,2026-01-02T10:00:00Z,10,EUR\n";
  const auto report = world.import("till", "orders", kOrderCaptions + rows);
  EXPECT_EQ(report.stored, 1U);
  EXPECT_EQ(report.rejected, 1U);
  EXPECT_EQ(report.unchanged, 1U);
  EXPECT_EQ(rejected(world, report).at(0).reason,
            "the file says another thing of this line before");
  EXPECT_EQ(world.count("SELECT amount_minor FROM purchase"), 1000);
}

TEST(OrdersTest, TwoThingsOfOneLineInTwoGroupsAreToldToo) {
  ImportWorld world;
  std::string rows = "c1,o1,2026-01-02T10:00:00Z,10,EUR\n";
  for (std::size_t i = 0; i < Importer::kBatchRows; ++i) {
    rows += "c1,x" + std::to_string(i) + ",2026-01-02T10:00:00Z,1,EUR\n";
  }
  const auto report =
      world.import("till", "orders", kOrderCaptions + rows + "c1,o1,2026-01-02T10:00:00Z,20,EUR\n");
  EXPECT_EQ(report.rejected, 1U);
}

TEST(OrdersTest, WhereTheMappingSaysSoTheLaterRowOfAFileCorrects) {
  ImportWorld world;
  for (Mapping& mapping : world.mappings) {
    if (mapping.name.text() == "orders") mapping.corrections = Corrections::kInOrder;
  }
  const std::string rows = "c1,o1,2026-01-02T10:00:00Z,10,EUR\nc1,o1,2026-01-03T10:00:00Z,20,EUR\n";
  EXPECT_EQ(world.import("till", "orders", kOrderCaptions + rows).stored, 2U);
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase"), 1);
  EXPECT_EQ(world.count("SELECT amount_minor FROM purchase"), 2000);
  EXPECT_EQ(world.import("till", "orders", kOrderCaptions + rows + "\n").stored, 2U);
  EXPECT_EQ(world.count("SELECT amount_minor FROM purchase"), 2000);
}

TEST(OrdersTest, AnOrderOfTheFutureIsRejectedWithItsPlaceButForTwoDaysOfZonesAndSkew) {
  ImportWorld world;
  const auto in_hours = [&](int hours) {
    return to_rfc3339({world.clock.now().us + hours * 3600 * kSecondUs});
  };
  const auto report = world.import("till", "orders",
                                   kOrderCaptions + "c1,o1," + in_hours(47) + ",1,EUR\nc1,o2," +
                                       in_hours(49) + ",1,EUR\nc2,," + in_hours(9000) + ",1,EUR\n");
  EXPECT_EQ(report.stored, 1U);
  const auto notes = rejected(world, report);
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].reason, "the order lies in the future");
  EXPECT_EQ(notes[0].line, 3U);
  EXPECT_EQ(notes[0].column, 3U);
  EXPECT_EQ(notes[0].field, "ordered_at");
  EXPECT_EQ(world.people(), (std::set<Person>{{"till:c1"}}));
}

TEST(OrdersTest, CdnowIsExactAndTheSameFileRenamedChangesNothing) {
  if (!std::filesystem::exists(kCdnow)) {
    GTEST_SKIP() << "the CDNOW data set does not lie beside the clone";
  }
  ImportWorld world;
  auto report = world.try_import("cdnow", "cdnow_orders", kCdnow);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->stored, 69'659U);
  EXPECT_EQ(report->rejected, 0U);
  EXPECT_EQ(world.count("SELECT count(*) FROM record"), 23'570);
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase"), 69'659);
  EXPECT_EQ(world.count("SELECT sum(amount_minor)::bigint FROM purchase"), 250'031'563);
  const auto before = world.summary();
  const auto renamed = world.directory.path() / "renamed.txt";
  std::filesystem::copy_file(kCdnow, renamed);
  auto again = world.try_import("cdnow", "cdnow_orders", renamed);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->unchanged, 69'659U);
  EXPECT_EQ(world.summary(), before);
}

}  // namespace
}  // namespace assent
