#include "decode_fixture.h"
#include "identity/decode/xlsx.h"
#include "workbook.h"

namespace assent {
namespace {

std::string cell(const std::string& at, const std::string& text) {
  return "<c r=\"" + at + "\" t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
}
std::string formula(const std::string& at, const std::string& value) {
  return "<c r=\"" + at + "\" t=\"str\"><f>A1&amp;\"x\"</f><v>" + value + "</v></c>";
}
std::string error(const std::string& at) {
  return "<c r=\"" + at + "\" t=\"e\"><f>A1/0</f><v>#REF!</v></c>";
}

// One row of a workbook with these captions.
SourceRow workbook_row(const std::vector<std::string>& captions, const std::string& cells,
                       std::string_view mapping = "contacts") {
  std::string first;
  for (std::size_t i = 0; i < captions.size(); ++i) {
    first += cell(std::string(1, static_cast<char>('A' + i)) + "1", captions[i]);
  }
  const std::string bytes =
      Workbook{.rows = "<row r=\"1\">" + first + "</row><row r=\"2\">" + cells + "</row>"}.bytes();
  auto package = XlsxPackage::open(std::string_view(bytes));
  EXPECT_TRUE(package.ok());
  auto reader = read_xlsx(*std::move(package));
  EXPECT_TRUE(reader.ok());
  auto source = read_source(*std::move(reader), shipped().mapping(mapping), shipped().places);
  EXPECT_TRUE(source.ok());
  auto rows = all_of(**source);
  EXPECT_EQ(rows.size(), 1U);
  return std::move(rows.at(0));
}

const std::vector<std::string> kCaptions = {"external_id", "first_name", "email",        "phone",
                                            "card",        "city",       "email_opt_out"};

TEST(FormulaTest, AFormulaThatIdentifiesRejectsTheRowWithItsPlace) {
  const std::vector<std::string> whole = {cell("A2", "1"), cell("B2", "Anna"),
                                          cell("C2", "anna@example.com"),
                                          cell("D2", "+79261234567"), cell("E2", "C-1")};
  for (const std::size_t at : {0U, 2U, 3U, 4U}) {
    std::string cells;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const std::string place = std::string(1, static_cast<char>('A' + i)) + "2";
      cells += i == at ? formula(place, "anna@example.com") : whole[i];
    }
    const auto row = workbook_row(kCaptions, cells);
    ASSERT_TRUE(std::holds_alternative<RejectedRow>(row)) << at;
    EXPECT_EQ(std::get<RejectedRow>(row).line, 2U);
    EXPECT_EQ(std::get<RejectedRow>(row).column, at + 1);
    EXPECT_EQ(std::get<RejectedRow>(row).reason.view(),
              "the cell is a formula: it identifies nobody");
  }
}

TEST(FormulaTest, AnyOtherFormulaIsItsLastValueWithAWarning) {
  const auto made = workbook_row(kCaptions, cell("A2", "1") + formula("B2", "Anna"));
  const auto& row = std::get<ContactRow>(made);
  EXPECT_EQ(row.first_name.reveal(), "Anna");
  ASSERT_EQ(row.warnings.size(), 1U);
  EXPECT_EQ(row.warnings[0].reason.view(), "the cell is a formula: its last value is stored");
  EXPECT_EQ(row.warnings[0].column, 2U);
}

TEST(FormulaTest, AnErrorIsEmptyWithAWarningAndRejectsWhereItIdentifies) {
  const auto made = workbook_row(kCaptions, cell("A2", "1") + error("B2"));
  const auto& row = std::get<ContactRow>(made);
  EXPECT_TRUE(row.first_name.empty());
  EXPECT_EQ(row.warnings.at(0).reason.view(), "the cell holds an error and counts as empty");
  const auto rejected = workbook_row(kCaptions, error("A2") + cell("B2", "Anna"));
  EXPECT_EQ(std::get<RejectedRow>(rejected).column, 1U);
}

TEST(FormulaTest, AnErrorWhereAnOptOutBelongsIsTheDenialItMayBe) {
  const auto made = workbook_row(kCaptions, cell("A2", "1") + error("G2"));
  EXPECT_EQ(std::get<ContactRow>(made).opt_outs.size(), 1U);
  const auto rejected = workbook_row(kCaptions, cell("A2", "1") + error("C2") + error("G2"));
  EXPECT_EQ(std::get<RejectedRow>(rejected).denials.size(), 1U);
}

TEST(FormulaTest, AnOrdersAmountMayBeCalculatedButNotWhoseItIs) {
  const std::vector<std::string> captions = {"external_id", "order_id", "ordered_at", "amount",
                                             "currency"};
  const std::string tail = cell("C2", "2026-01-02") + formula("D2", "12.50") + cell("E2", "EUR");
  const auto made = workbook_row(captions, cell("A2", "c1") + cell("B2", "o1") + tail, "orders");
  EXPECT_EQ(std::get<OrderRow>(made).amount_minor, 1250);
  EXPECT_EQ(std::get<OrderRow>(made).warnings.at(0).column, 4U);
  const auto other =
      workbook_row(captions, cell("A2", "c1") + formula("B2", "o1") + tail, "orders");
  EXPECT_EQ(std::get<RejectedRow>(other).column, 2U);
}

std::variant<ContactRow, RejectedRow> csv_row(const std::string& cells) {
  auto rows = rows_of("external_id,first_name,email,phone,card,city\n" + cells, "contacts");
  EXPECT_EQ(rows.size(), 1U);
  if (auto* row = std::get_if<ContactRow>(&rows.at(0))) return std::move(*row);
  return std::get<RejectedRow>(std::move(rows.at(0)));
}

TEST(FormulaTest, ATextThatBeginsAsAFormulaIdentifiesNobody) {
  const std::vector<std::pair<std::string, std::uint32_t>> rows = {
      {"=1+1,,,,,\n", 1},           {"@SUM(A1),,,,,\n", 1}, {"+A1,,,,,\n", 1},
      {"\"\tC1\",,,,,\n", 1},       {"1,,=A1&B1,,,\n", 3},  {"1,,,=1+1,,\n", 4},
      {"1,,,,\"=cmd|'/c'\",\n", 5}, {"1,,,-A1+B1,,\n", 4}};
  for (const auto& [cells, column] : rows) {
    const auto made = csv_row(cells);
    ASSERT_TRUE(std::holds_alternative<RejectedRow>(made)) << cells;
    EXPECT_EQ(std::get<RejectedRow>(made).column, column) << cells;
  }
}

TEST(FormulaTest, AValueThatMerelyLooksLikeOneIsTaken) {
  const auto made = csv_row("-5,-,anna@example.com,+7 (926) 123-45-67,,\n");
  const auto& row = std::get<ContactRow>(made);
  EXPECT_EQ(row.external_id.reveal(), "-5");
  EXPECT_EQ(row.phones.size(), 1U);
  EXPECT_TRUE(row.warnings.empty());
  const auto filler = csv_row("1,,,-,,\n");  // No phone, and no formula either.
  EXPECT_EQ(std::get<ContactRow>(filler).warnings.at(0).reason.view(),
            "the phone is not a phone number");
}

TEST(FormulaTest, ATextThatBeginsAsAFormulaIsStoredAsTextElsewhere) {
  const auto made = csv_row("1,=1+1,,,,\"=HYPERLINK(\"\"http://x\"\")\"\n");
  const auto& row = std::get<ContactRow>(made);
  EXPECT_EQ(row.first_name.reveal(), "=1+1");
  ASSERT_EQ(row.warnings.size(), 2U);
  EXPECT_EQ(row.warnings[0].reason.view(), "the cell begins as a formula: it is stored as text");
  EXPECT_EQ(row.warnings[1].column, 6U);
}

}  // namespace
}  // namespace assent
