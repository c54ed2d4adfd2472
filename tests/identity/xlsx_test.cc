#include "identity/decode/xlsx.h"

#include "decode_fixture.h"
#include "identity/decode/xlsx_tables.h"
#include "workbook.h"

namespace assent {
namespace {

Result<std::unique_ptr<RowReader>> open(const std::string& bytes) {
  auto package = XlsxPackage::open(std::string_view(bytes));
  if (!package.ok()) return package.error();
  return read_xlsx(*std::move(package));
}

std::vector<SeenRow> rows_in(const std::string& bytes) {
  auto reader = open(bytes);
  EXPECT_TRUE(reader.ok()) << reader.error().reason.view();
  return reader.ok() ? all_rows(**reader) : std::vector<SeenRow>();
}

std::string_view why_not(const std::string& bytes) {
  auto reader = open(bytes);
  if (!reader.ok()) return reader.error().reason.view();
  for (;;) {
    auto row = (*reader)->next();
    if (!row.ok()) return row.error().reason.view();
    if (!row->has_value()) return "";
  }
}

constexpr const char* kCaptions =
    "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></is></c>"
    "<c r=\"B1\" t=\"inlineStr\"><is><t>b</t></is></c></row>";

std::string cell_of(const std::string& cell, const std::string& styles = "",
                    const std::string& strings = "") {
  const auto rows =
      rows_in(Workbook{.rows = std::string(kCaptions) + "<row r=\"2\">" + cell + "</row>",
                       .strings = strings,
                       .styles = styles}
                  .bytes());
  EXPECT_EQ(rows.size(), 2U);
  return rows.size() == 2 ? rows[1].cells.at(0) : "";
}

TEST(XlsxTest, SharedInlineAndPlainStringsAreRead) {
  const std::string strings =
      "<si><t>zero</t></si><si><r><t>o</t></r><r><t xml:space=\"preserve\">ne "
      "</t></r><rPh><t>hint</t></rPh></si>";
  EXPECT_EQ(cell_of("<c r=\"A2\" t=\"s\"><v>1</v></c>", "", strings), "one ");
  EXPECT_EQ(cell_of("<c r=\"A2\" t=\"inlineStr\"><is><t>x</t></is></c>"), "x");
  EXPECT_EQ(cell_of("<c r=\"A2\" t=\"str\"><v>y</v></c>"), "y");
  EXPECT_EQ(cell_of("<c r=\"A2\" t=\"e\"><v>#REF!</v></c>"), "");
}

TEST(XlsxTest, ASharedStringThatIsNotThereRejectsTheRow) {
  const auto rows = rows_in(Workbook{.rows = std::string(kCaptions) +
                                             "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>9</v></c></row>"}
                                .bytes());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].fault, "a shared string is missing");
  EXPECT_EQ(rows[1].at, (Position{2, 1}));
}

TEST(XlsxTest, NumbersReadAsAPersonSeesThem) {
  EXPECT_EQ(cell_of("<c r=\"A2\"><v>79261234567</v></c>"), "79261234567");
  EXPECT_EQ(cell_of("<c r=\"A2\"><v>7.9261234567E10</v></c>"), "79261234567");
  EXPECT_EQ(cell_of("<c r=\"A2\"><v>19.989999999999998</v></c>"), "19.99");
  EXPECT_EQ(cell_of("<c r=\"A2\"><v>1E-3</v></c>"), "0.001");
  EXPECT_EQ(cell_of("<c r=\"A2\"><v>-12.50</v></c>"), "-12.50");
}

TEST(XlsxTest, ANumberWithOnlyZerosAfterItsPointIsTheInteger) {
  const auto shown = [](std::string_view value) {
    return number_text(value, NumberKind::kNumber, Epoch::k1900);
  };
  EXPECT_EQ(shown("31000003.0"), "31000003");
  EXPECT_EQ(shown("3.1000003E7"), "31000003");
  EXPECT_EQ(shown("7.9261234567E+10"), "79261234567");
  EXPECT_EQ(shown("1.2345678901234567E+16"), "12345678901234567");  // To the last digit.
  EXPECT_EQ(shown("4276123456789012"), "4276123456789012");
  EXPECT_EQ(shown("0.5E1"), "5");
  EXPECT_EQ(shown("-0.0"), "0");
  EXPECT_EQ(shown("-12.000"), "-12");
  EXPECT_EQ(shown("12.50"), "12.50");
}

TEST(XlsxTest, NumbersInADateStyleAreDates) {
  const std::string styles =
      "<numFmts><numFmt numFmtId=\"170\" formatCode=\"dd\\.mm\\.yyyy hh:mm:ss\"/></numFmts>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"170\"/></cellXfs>";
  EXPECT_EQ(cell_of("<c r=\"A2\" s=\"1\"><v>45353</v></c>", styles), "2024-03-02");
  EXPECT_EQ(cell_of("<c r=\"A2\" s=\"2\"><v>45353.417361111111</v></c>", styles),
            "2024-03-02 10:01:00");
  EXPECT_EQ(cell_of("<c r=\"A2\" s=\"0\"><v>45353</v></c>", styles), "45353");
  EXPECT_EQ(number_text("59", NumberKind::kDate, Epoch::k1900), "1900-02-28");
  EXPECT_EQ(number_text("61", NumberKind::kDate, Epoch::k1900), "1900-03-01");
  EXPECT_EQ(number_text("43891", NumberKind::kDate, Epoch::k1904), "2024-03-02");
}

TEST(XlsxTest, AFormatIsOfDatesByWhatItShows) {
  EXPECT_EQ(kind_of_format("yyyy-mm-dd"), NumberKind::kDate);
  EXPECT_EQ(kind_of_format("d mmm yy h:mm"), NumberKind::kDateTime);
  EXPECT_EQ(kind_of_format("0.00\" day\""), NumberKind::kNumber);
  EXPECT_EQ(kind_of_format("[Red]#,##0;0"), NumberKind::kNumber);
}

TEST(XlsxTest, AFormulaShowsItsLastValueAndIsToldFromAPlainOne) {
  EXPECT_EQ(cell_of("<c r=\"A2\" t=\"str\"><f>HYPERLINK(\"http://x\")</f><v>click</v></c>"),
            "click");
  EXPECT_EQ(cell_of("<c r=\"A2\"><f>1+1</f><v>2</v></c>"), "2");
  const std::string bytes = Workbook{.rows = std::string(kCaptions) +
                                             "<row r=\"2\"><c r=\"A2\"><v>1</v></c>"
                                             "<c r=\"B2\"><f>1+1</f><v>2</v></c></row>"}
                                .bytes();
  auto reader = open(bytes);  // Reads while it goes.
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE((*reader)->next().ok());
  auto row = (*reader)->next();
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ((*row)->kind(0), CellKind::kPlain);
  EXPECT_EQ((*row)->kind(1), CellKind::kFormula);
}

TEST(XlsxTest, TheCellsAfterOneThatIsTooLargeAreRead) {
  const auto rows = rows_in(Workbook{
      .rows = std::string(kCaptions) + "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>" +
              std::string(kCellBytesMax + 1, 'x') + "</v></c><c r=\"B2\"><v>1</v></c></row>"}
                                .bytes());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].fault, "a cell is over 64 KiB");
  EXPECT_EQ(rows[1].cells, (std::vector<std::string>{"", "1"}));
}

TEST(XlsxTest, EscapedControlCharactersAreUndone) {
  EXPECT_EQ(cell_of("<c r=\"A2\" t=\"inlineStr\"><is><t>a_x000D_b_xZZ</t></is></c>"), "a\rb_xZZ");
}

TEST(XlsxTest, CellsLeftOutAreEmptyAndRowsKeepTheirNumbers) {
  const auto rows = rows_in(Workbook{
      .rows = std::string(kCaptions) + "<row r=\"3\"/><row r=\"5\"><c r=\"B5\"><v>1</v></c></row>"
                                       "<row r=\"6\"><c r=\"A6\"><v>2</v></c></row>"}
                                .bytes());
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].line, 5U);
  EXPECT_EQ(rows[1].cells, (std::vector<std::string>{"", "1"}));
  EXPECT_EQ(rows[2].cells, (std::vector<std::string>{"2", ""}));
  EXPECT_EQ(rows[2].raw, "2,");
}

TEST(XlsxTest, ACellBeyondTheCaptionsRejectsItsRow) {
  const auto rows = rows_in(
      Workbook{.rows = std::string(kCaptions) + "<row r=\"2\"><c r=\"D2\"><v>1</v></c></row>"}
          .bytes());
  EXPECT_EQ(rows.at(1).fault, "the row has more columns than the captions");
  EXPECT_EQ(rows.at(1).at, (Position{2, 3}));
}

TEST(XlsxTest, ACellOver64KibRejectsItsRowAlone) {
  const auto rows =
      rows_in(Workbook{.rows = std::string(kCaptions) + "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>" +
                               std::string(kCellBytesMax + 1, 'x') +
                               "</v></c></row><row r=\"3\"><c r=\"A3\"><v>1</v></c></row>"}
                  .bytes());
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].fault, "a cell is over 64 KiB");
  EXPECT_EQ(rows[2].fault, "");
}

TEST(XlsxTest, ADocumentTypeIsRefusedAndWithItEveryEntity) {
  Workbook book{.rows = kCaptions};
  book.prolog = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
  EXPECT_EQ(why_not(book.bytes()), "the XML declares a document type, which is refused");
}

TEST(XlsxTest, AWorkbookThatUnpacksIntoMuchMoreIsRefused) {
  Workbook bomb{.rows = std::string(40 << 20, ' ')};
  EXPECT_EQ(why_not(bomb.bytes()),
            "a part of the workbook unpacks to more than 250 times its size");
}

TEST(XlsxTest, ATruncatedWorkbookIsRefusedWhereverItIsCut) {
  const std::string bytes = Workbook{.rows = kCaptions}.bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    EXPECT_NE(why_not(bytes.substr(0, size)), "") << size;
  }
}

TEST(XlsxTest, ADamagedByteOfASheetIsFoundByItsChecksum) {
  Workbook book{.rows = std::string(kCaptions)};
  for (int i = 2; i < 400; ++i) {
    const std::string n = std::to_string(i);
    book.rows += "<row r=\"" + n + "\"><c r=\"A" + n + "\"><v>" + std::to_string(i * 7919) +
                 "</v></c></row>";
  }
  std::string bytes = book.bytes();
  ASSERT_EQ(why_not(bytes), "");
  const auto sheet = bytes.find("xl/worksheets/first.xml");
  bytes[sheet + 600] = static_cast<char>(bytes[sheet + 600] ^ 0x40);
  EXPECT_NE(why_not(bytes), "");
}

TEST(XlsxTest, AnXmlThatNestsOrNamesWithoutEndIsRefused) {
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<x>";
  EXPECT_EQ(why_not(Workbook{.rows = deep}.bytes()), "the XML is nested too deeply");
  std::string noise(3 << 20, 'x');
  std::uint32_t seed = 1;
  for (char& c : noise)
    c = static_cast<char>('a' + (seed = seed * 1664525 + 1013904223) / 170000000);
  EXPECT_EQ(why_not(Workbook{.rows = "<row q=\"" + noise + "\"/>"}.bytes()),
            "an XML tag is too long");
}

TEST(XlsxTest, AZipThatIsNoWorkbookIsRefused) {
  EXPECT_EQ(why_not(zip_of({{"readme.txt", "hello"}})), "the file is not a readable workbook");
}

}  // namespace
}  // namespace assent
