#include <iostream>
#include <unordered_set>

#include "decode_fixture.h"

namespace assent {
namespace {

struct Totals {
  std::uint64_t rows = 0;
  std::uint64_t rejected = 0;
  std::int64_t minor = 0;
  std::unordered_set<std::string> customers;
};

Totals totals_of(const std::filesystem::path& path) {
  Totals totals;
  const auto facts = inspect(path);
  EXPECT_TRUE(facts.ok());
  auto source =
      open_source(path, *facts, shipped().mapping("cdnow_orders"), shipped().places, kLatestBirth);
  EXPECT_TRUE(source.ok()) << source.error().reason.view();
  for (;;) {
    auto row = (*source)->next();
    EXPECT_TRUE(row.ok());
    if (!row.ok() || !row->has_value()) return totals;
    const auto* order = std::get_if<OrderRow>(&**row);
    if (order == nullptr) {
      ++totals.rejected;
      continue;
    }
    ++totals.rows;
    totals.minor += order->amount_minor;
    totals.customers.emplace(order->customer.reveal());
    EXPECT_EQ(order->currency, "USD");
  }
}

TEST(CdnowTest, ASmallFileOfTheSameLayoutIsExact) {
  const auto totals = totals_of(source_root() / "tests/golden/connectors/cdnow_sample.txt");
  EXPECT_EQ(totals.rows, 5U);  // The equal rows are real purchases.
  EXPECT_EQ(totals.rejected, 0U);
  EXPECT_EQ(totals.customers.size(), 3U);
  EXPECT_EQ(totals.minor, 17'777);
}

TEST(CdnowTest, TheWholeFileIsExact) {
  const auto path = source_root() / "../shared/data/retention/cdnow/CDNOW_master.txt";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "the CDNOW data set is not beside the clone; the small sample stands for it";
  }
  const auto totals = totals_of(path);
  EXPECT_EQ(totals.rows, 69'659U);
  EXPECT_EQ(totals.rejected, 0U);
  EXPECT_EQ(totals.customers.size(), 23'570U);
  EXPECT_EQ(totals.minor, 250'031'563);
}

TEST(CdnowTest, ADayIsAnInstantOfItsZone) {
  const auto path = source_root() / "tests/golden/connectors/cdnow_sample.txt";
  auto source = open_source(path, *inspect(path), shipped().mapping("cdnow_orders"),
                            shipped().places, kLatestBirth);
  const auto rows = all_of(**source);
  const auto& order = std::get<OrderRow>(rows.at(2));
  EXPECT_EQ(order.line, 4U);
  EXPECT_EQ(order.customer.reveal(), "00002");
  EXPECT_EQ(to_rfc3339(order.ordered_at), "1997-01-12T00:00:00Z");
  EXPECT_EQ(order.quantity, 5);
  EXPECT_TRUE(order.order_id.empty());
}

TEST(OrdersTest, AWholeRowIsRead) {
  const auto rows = rows_of(
      "external_id,order_id,ordered_at,quantity,amount,currency,product,category\n"
      "c-1,o-9,2025-05-01T10:00:00Z,2,\"1 234,56\",RUB,Чай  зелёный,tea\n",
      "orders");
  const auto& order = only_row<OrderRow>(rows);
  EXPECT_EQ(order.customer.reveal(), "c-1");
  EXPECT_EQ(order.order_id.reveal(), "o-9");
  EXPECT_EQ(order.quantity, 2);
  EXPECT_EQ(order.amount_minor, 123'456);
  EXPECT_EQ(order.currency, "RUB");
  EXPECT_EQ(order.product, "Чай зелёный");
  EXPECT_EQ(order.category, "tea");
}

TEST(OrdersTest, EachBadCellRejectsItsRowWithColumnAndReason) {
  const auto rows = rows_of(
      "external_id,ordered_at,quantity,amount,currency\n"
      ",2025-05-01,1,5.00,EUR\n"
      "1,31.02.2025,1,5.00,EUR\n"
      "1,2025-05-01,1.5,5.00,EUR\n"
      "1,2025-05-01,1,=SUM(A1),EUR\n"
      "1,2025-05-01,1,5.00,euro\n"
      "1,2025-05-01,1,\"1,234\",EUR\n"
      "1,,1,5.00,EUR\n"
      "1,2025-05-01,,5.00,EUR\n",
      "orders");
  const std::vector<std::pair<std::uint32_t, std::string_view>> expected = {
      {1, "a required value is missing"},
      {2, "the date is not one that exists"},
      {3, "the quantity is not a whole number"},
      {4, "the amount is not a number"},
      {5, "the currency is not known"},
      {4, "the amount may be read in two ways; write it with two decimals"},
      {2, "a required value is missing"}};
  ASSERT_EQ(rows.size(), expected.size() + 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& row = std::get<RejectedRow>(rows[i]);
    EXPECT_EQ(row.line, i + 2);
    EXPECT_EQ(row.column, expected[i].first) << i;
    EXPECT_EQ(row.reason.view(), expected[i].second) << i;
  }
  EXPECT_EQ(std::get<OrderRow>(rows.back()).quantity, 1);
}

}  // namespace
}  // namespace assent
