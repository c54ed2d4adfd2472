#include "decode_fixture.h"
#include "identity/decode/csv_dialect.h"

namespace assent {
namespace {

using Table = std::vector<std::vector<std::string>>;

TEST(CsvTest, DoubledQuotesStandForOne) {
  EXPECT_EQ(csv_cells("a,b\n\"x \"\"y\"\"\",z\n"), (Table{{"a", "b"}, {"x \"y\"", "z"}}));
}

TEST(CsvTest, AQuotedCellKeepsItsLineEndsAndDelimiters) {
  EXPECT_EQ(csv_cells("a;b\n\"x;\r\ny\";z\n", ';'), (Table{{"a", "b"}, {"x;\r\ny", "z"}}));
}

TEST(CsvTest, CrLfAndCrlfEachEndALine) {
  const Table table{{"a", "b"}, {"1", "2"}, {"3", "4"}};
  EXPECT_EQ(csv_cells("a,b\n1,2\n3,4\n"), table);
  EXPECT_EQ(csv_cells("a,b\r\n1,2\r\n3,4\r\n"), table);
  EXPECT_EQ(csv_cells("a,b\r1,2\r3,4\r"), table);
}

TEST(CsvTest, TheLastLineMayLackItsEnd) {
  EXPECT_EQ(csv_cells("a,b\n1,2"), (Table{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(csv_cells("a,b\n1,"), (Table{{"a", "b"}, {"1", ""}}));
  EXPECT_EQ(csv_cells("a,b\n1,\"2\""), (Table{{"a", "b"}, {"1", "2"}}));
}

TEST(CsvTest, OneEmptyColumnAtTheEndIsTolerated) {
  EXPECT_EQ(csv_cells("a,b,\n1,2,\n3,4\n"), (Table{{"a", "b"}, {"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(csv_cells("a,b\n1,2,\n"), (Table{{"a", "b"}, {"1", "2"}}));
}

TEST(CsvTest, EmptyLinesAreNoRowsButAreCounted) {
  const auto rows = csv_rows("a,b\n\n  \n1,2\n\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].line, 4U);
}

TEST(CsvTest, AQuoteInsideAnUnquotedCellIsText) {
  EXPECT_EQ(csv_cells("a,b\n5\" disk,2\n"), (Table{{"a", "b"}, {"5\" disk", "2"}}));
}

TEST(CsvTest, ANulIsAnOrdinaryCharacter) {
  const std::string text("a,b\nx\0y,2\n", 10);
  EXPECT_EQ(csv_cells(text)[1][0], std::string("x\0y", 3));
}

TEST(CsvTest, LinesAreCountedThroughCellsOfSeveralLines) {
  const auto rows = csv_rows("a,b\n\"1\r\n2\n3\r4\",x\n5,y\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].line, 2U);
  EXPECT_EQ(rows[2].line, 6U);
}

TEST(CsvTest, TheWrongNumberOfColumnsRejectsTheRowAlone) {
  const auto rows = csv_rows("a,b,c\n1,2\n1,2,3,4\n1,2,3\n");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].fault, "the row has fewer columns than the captions");
  EXPECT_EQ(rows[1].at, (Position{2, 3}));
  EXPECT_EQ(rows[1].raw, "1,2\n");
  EXPECT_EQ(rows[2].fault, "the row has more columns than the captions");
  EXPECT_EQ(rows[2].at, (Position{3, 4}));
  EXPECT_EQ(rows[3].fault, "");
}

TEST(CsvTest, AQuoteThatIsNeverClosedIsReportedWhereItOpensAndSwallowsNothing) {
  std::string text = "a,b\n1,2\n3,\"open\n";
  const std::size_t rows_after = kRecordBytesMax / 16 + 1000;  // Past the bounded look-ahead.
  for (std::size_t i = 0; i < rows_after; ++i) text += "abcdefg,hijklmno\n";
  const auto rows = csv_rows(text);
  ASSERT_EQ(rows.size(), 3 + rows_after);
  EXPECT_EQ(rows[2].fault, "a quote that opens on this line is never closed");
  EXPECT_EQ(rows[2].at, (Position{3, 2}));
  EXPECT_EQ(rows[2].raw, "3,\"open\n");
  EXPECT_EQ(rows[3].line, 4U);
  EXPECT_EQ(rows[3].cells, (std::vector<std::string>{"abcdefg", "hijklmno"}));
}

TEST(CsvTest, AFileThatEndsInsideQuotesIsReportedWhereTheyOpenAndSwallowsNothing) {
  const auto rows = csv_rows("a,b\n1,\"cut\n3,4\n5,6");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].fault, "the file ends inside a quoted cell that opens on this line");
  EXPECT_EQ(rows[1].at, (Position{2, 2}));
  EXPECT_EQ(rows[2].cells, (std::vector<std::string>{"3", "4"}));
  EXPECT_EQ(rows[3].cells, (std::vector<std::string>{"5", "6"}));
}

TEST(CsvTest, TextAfterAClosingQuoteRejectsTheRowAlone) {
  const auto rows = csv_rows("a,b\n\"1\"x,2\n3,4\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].fault, "text follows the closing quote of a cell");
  EXPECT_EQ(rows[1].at, (Position{2, 1}));
  EXPECT_EQ(rows[2].line, 3U);
}

TEST(CsvTest, AStrayQuoteThatClosesInALaterRowCostsOnlyItsOwn) {
  const auto rows = csv_rows("a,b\n1,\"2\n3,\"4\"\n5,6\n");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].fault, "text follows the closing quote of a cell");
  EXPECT_EQ(rows[1].at, (Position{2, 2}));
  EXPECT_EQ(rows[2].cells, (std::vector<std::string>{"3", "4"}));
  EXPECT_EQ(rows[3].cells, (std::vector<std::string>{"5", "6"}));
}

TEST(CsvTest, ARowOfSeveralLinesWithTheWrongWidthGivesItsLaterLinesBack) {
  const auto rows = csv_rows("a,b,c\n1,\"2\n3,4,5\n6,7\",8,9\n");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].at.line, 2U);
  EXPECT_EQ(rows[1].raw, "1,\"2\n");
  EXPECT_EQ(rows[2].cells, (std::vector<std::string>{"3", "4", "5"}));
  EXPECT_EQ(rows[3].fault, "the row has more columns than the captions");
  EXPECT_EQ(rows[3].at.line, 4U);
}

TEST(CsvTest, ALineOfTenMegabytesIsRejectedAndTheNextOneIsRead) {
  const auto rows = csv_rows("a,b\n1,2\n" + std::string(10 << 20, 'x') + "\n3,4\n");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2].fault, "the row is longer than 1 MiB");
  EXPECT_EQ(rows[2].at, (Position{3, 0}));
  EXPECT_EQ(rows[2].raw.size(), kRawBytesMax);
  EXPECT_EQ(rows[3].line, 4U);
  EXPECT_EQ(rows[3].cells, (std::vector<std::string>{"3", "4"}));
}

TEST(CsvTest, AQuotedLineOfTenMegabytesIsRejectedAndTheNextOneIsRead) {
  const auto rows = csv_rows("a,b\n\"" + std::string(10 << 20, 'x') + "\n3,4\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].fault, "the row is longer than 1 MiB");
  EXPECT_EQ(rows[2].line, 3U);
}

TEST(CsvTest, ARecordOfExactlyTheLimitIsRead) {
  const std::size_t cells = 17;
  std::string captions = "c";
  for (std::size_t i = 1; i < cells; ++i) captions += ",c";
  std::string row(kRecordBytesMax, 'x');
  for (std::size_t i = 1; i < cells; ++i) row[i * (kCellBytesMax - 1)] = ',';
  EXPECT_EQ(csv_rows(captions + "\n" + row + "\n")[1].fault, "");
  EXPECT_EQ(csv_rows(captions + "\n" + row + "x\n")[1].fault, "the row is longer than 1 MiB");
}

TEST(CsvTest, ACellOver64KibRejectsItsRow) {
  const auto rows = csv_rows("a,b\n1," + std::string(kCellBytesMax + 1, 'x') + "\n3," +
                             std::string(kCellBytesMax, 'x') + "\n");
  EXPECT_EQ(rows[1].fault, "a cell is over 64 KiB");
  EXPECT_EQ(rows[1].at, (Position{2, 2}));
  EXPECT_EQ(rows[2].fault, "");
}

TEST(CsvTest, MoreThanAThousandColumnsRejectTheRow) {
  EXPECT_EQ(csv_rows(std::string(999, ',') + "x\n")[0].fault, "");
  EXPECT_EQ(csv_rows(std::string(1000, ',') + "x\n")[0].fault,
            "the row has more than 1,000 columns");
}

TEST(CsvTest, ABadByteRejectsItsRowWithLineAndColumn) {
  const auto rows = csv_rows("a,b\n\"1\n2\",\"x\ny\xFFz\"\n3,4\n");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].fault, "the text is not UTF-8");
  EXPECT_EQ(rows[1].line, 2U);
  EXPECT_EQ(rows[1].at, (Position{4, 2}));
  EXPECT_EQ(rows[2].fault, "");
}

TEST(CsvTest, TheDelimiterIsTheOneThatDividesRegularly) {
  EXPECT_EQ(detect_delimiter("a,b,c\n1,2,3\n"), ',');
  EXPECT_EQ(detect_delimiter("a;b;c\n1,5;2,5;3\n"), ';');
  EXPECT_EQ(detect_delimiter("a\tb\n1\t2\n"), '\t');
  EXPECT_EQ(detect_delimiter("a|b\n1|2\n"), '|');
  EXPECT_EQ(detect_delimiter("\"x;y\",b\n\"1;2;3\",4\n"), ',');
  EXPECT_EQ(detect_delimiter("one column\n"), ',');
  EXPECT_EQ(detect_delimiter(""), ',');
}

TEST(WhitespaceTest, RunsOfSpacesPartTheColumns) {
  auto reader = read_whitespace(open_memory(" a  b\tc\r\n 1 2   3 \r\n\r\n 4 5\r\n", 7));
  const auto rows = all_rows(*reader);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].cells, (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(rows[2].fault, "the row has fewer columns than the captions");
  EXPECT_EQ(rows[2].at, (Position{4, 3}));
}

TEST(WhitespaceTest, ALineOverTheLimitIsRejectedAlone) {
  const std::string text = "a b\n" + std::string(2 << 20, 'x') + "\n1 2\n";
  auto reader = read_whitespace(open_memory(text, 4096));
  const auto rows = all_rows(*reader);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].fault, "the row is longer than 1 MiB");
  EXPECT_EQ(rows[1].at, (Position{2, 0}));
  EXPECT_EQ(rows[2].line, 3U);
}

}  // namespace
}  // namespace assent
