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
  auto source =
      read_source(*std::move(reader), shipped().mapping(mapping), shipped().places, kLatestBirth);
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

TEST(RewrittenNumberTest, AnIdOrPhoneThatAProgramTookForAnAmountRejectsTheRow) {
  const std::string decimal = "a spreadsheet wrote the number as a decimal: it identifies nobody";
  const std::string exponent = "a spreadsheet cut the number to an exponent: it identifies nobody";
  const std::vector<std::tuple<std::string, std::uint32_t, std::string>> rows = {
      {"31000003.0,,,,,\n", 1, decimal},
      {"\"31000003,00\",,,,,\n", 1, decimal},
      {"3.1E+07,,,,,\n", 1, exponent},
      {"3.1e7,,,,,\n", 1, exponent},
      {"\"3,1E+07\",,,,,\n", 1, exponent},
      {"1,,,79261234567.0,,\n", 4, decimal},
      {"1,,,\"+79261234567; 79261234568.0\",,\n", 4, decimal},
      {"1,,,7.92612E+10,,\n", 4, exponent},
      {"1,,,,4276.0,\n", 5, decimal}};
  for (const auto& [cells, column, reason] : rows) {
    const auto made = csv_row(cells);
    ASSERT_TRUE(std::holds_alternative<RejectedRow>(made)) << cells;
    EXPECT_EQ(std::get<RejectedRow>(made).line, 2U) << cells;
    EXPECT_EQ(std::get<RejectedRow>(made).column, column) << cells;
    EXPECT_EQ(std::get<RejectedRow>(made).reason.view(), reason) << cells;
  }
}

TEST(RewrittenNumberTest, AnIdThatOnlyLooksLikeOneIsTaken) {
  for (const std::string id : {"31E07", "1.5", "10.20", "v1.0", "1.0.0", "007", ".0", "12E"}) {
    const auto made = csv_row(id + ",Anna,,,,\n");
    ASSERT_TRUE(std::holds_alternative<ContactRow>(made)) << id;
    EXPECT_EQ(std::get<ContactRow>(made).external_id.reveal(), id);
  }
  const auto dotted = csv_row("1,,,+7.926.123.45.00,,\n");
  EXPECT_EQ(std::get<ContactRow>(dotted).phones.at(0).value.reveal(), "+79261234500");
}

TEST(RewrittenNumberTest, ARejectedRowIsFoundByWhatTheNumberWas) {
  const auto rejected = csv_row("31000003.0,,,+79261234567.0,4276.0,\n");
  const auto& row = std::get<RejectedRow>(rejected);
  EXPECT_EQ(row.external_id.reveal(), "31000003");
  EXPECT_EQ(row.phones.at(0).reveal(), "+79261234567");
  EXPECT_EQ(row.cards.at(0).reveal(), "4276");
}

TEST(RewrittenNumberTest, ANumberOfAWorkbookIsTheIdThatItShows) {
  const std::vector<std::string> captions = {"external_id", "phone", "country"};
  const auto made = workbook_row(captions,
                                 "<c r=\"A2\"><v>31000003.0</v></c>"
                                 "<c r=\"B2\"><v>7.9261234567E10</v></c>" +
                                     cell("C2", "RU"));
  const auto& row = std::get<ContactRow>(made);
  EXPECT_EQ(row.external_id.reveal(), "31000003");
  EXPECT_EQ(row.phones.at(0).value.reveal(), "+79261234567");
  const auto text = workbook_row(captions, cell("A2", "31000003.0"));
  EXPECT_EQ(std::get<RejectedRow>(text).column, 1U);
}

TEST(RewrittenNumberTest, AnOrderOfSuchACustomerOrIdIsRejected) {
  for (const auto& [cells, column] : std::vector<std::pair<std::string, std::uint32_t>>{
           {"7.0,o1,2026-01-02,5.00,EUR\n", 1}, {"7,3.1E+07,2026-01-02,5.00,EUR\n", 2}}) {
    const auto rows =
        rows_of("external_id,order_id,ordered_at,amount,currency\n" + cells, "orders");
    EXPECT_EQ(only_row<RejectedRow>(rows).column, column);
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
