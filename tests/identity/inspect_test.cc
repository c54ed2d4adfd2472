#include "identity/decode/inspect.h"

#include "core/digest.h"
#include "decode_fixture.h"
#include "workbook.h"

namespace assent {
namespace {

std::string_view why_not(std::string_view bytes) {
  const TempFile file(bytes);
  const auto facts = inspect(file.path());
  return facts.ok() ? "" : facts.error().reason.view();
}

TEST(InspectTest, OneScanTellsDigestSizeEncodingAndDelimiter) {
  const std::string text = "id;name\n1;\xC0\xED\xED\xE0\n2;\xCE\xEB\xE5\xE3\n";
  const TempFile file(text);
  const auto facts = inspect(file.path());
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->sha256, sha256(as_bytes(text)));
  EXPECT_EQ(facts->bytes, text.size());
  EXPECT_EQ(facts->encoding, Encoding::kWindows1251);
  EXPECT_EQ(facts->delimiter, ';');
  EXPECT_EQ(facts->malformed, std::nullopt);
}

TEST(InspectTest, TheFirstMalformedCharacterIsTold) {
  const TempFile file("имя,b\nАнна,x\xFF\n");
  const auto facts = inspect(file.path());
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->encoding, Encoding::kUtf8);
  EXPECT_EQ(facts->malformed, (Position{2, 11}));
}

TEST(InspectTest, WhatIsNoTableIsRefusedWithItsReason) {
  EXPECT_EQ(why_not(""), "the file is empty");
  EXPECT_EQ(why_not("\xD0\xCF\x11\xE0\xA1\xB1"),
            "the file is an old .xls or an encrypted workbook; save it as .xlsx or CSV");
  EXPECT_EQ(why_not("PK\x03\x04garbage"), "the workbook is cut short or damaged");
  EXPECT_EQ(why_not(std::string(64, '\0')),
            "the file is not text, or is UTF-16 or UTF-32 without a byte order mark");
}

TEST(InspectTest, AWorkbookThatBreaksOffInTheMiddleIsRefusedBeforeItsFirstRow) {
  EXPECT_EQ(why_not(Workbook{.rows = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row"}.bytes()),
            "the XML is not well-formed");
}

TEST(InspectTest, AMissingFileAndAFolderAreNotFound) {
  EXPECT_EQ(inspect("/nonexistent/file.csv").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(inspect(std::filesystem::temp_directory_path()).error().code, ErrorCode::kNotFound);
}

TEST(InspectTest, AFileThatChangedSizeSinceIsNotRead) {
  const TempFile file("a,b\n1,2\n");
  auto facts = inspect(file.path());
  ASSERT_TRUE(facts.ok());
  std::ofstream(file.path(), std::ios::app) << "3,4\n";
  EXPECT_EQ(open_rows(file.path(), *facts, Layout::kTable).error().code, ErrorCode::kConflict);
}

TEST(InspectTest, Utf32IsReadThroughItsMark) {
  const std::string utf32("\xFF\xFE\0\0a\0\0\0,\0\0\0b\0\0\0\n\0\0\0\x16\x04\0\0,\0\0\0x\0\0\0",
                          32);
  const TempFile file(utf32);
  auto facts = inspect(file.path());
  ASSERT_TRUE(facts.ok());
  auto rows = open_rows(file.path(), *facts, Layout::kTable);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(all_rows(**rows).at(1).cells, (std::vector<std::string>{"Ж", "x"}));
}

TEST(InspectTest, AKoi8FileIsReadAndOneThatCannotBeToldIsRefused) {
  const TempFile koi8("id,name\n1,\xE1\xCE\xCE\xC1 \xE9\xD7\xC1\xCE\xCF\xD7\xC1\n");
  auto facts = inspect(koi8.path());
  ASSERT_TRUE(facts.ok());
  auto rows = open_rows(koi8.path(), *facts, Layout::kTable);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(all_rows(**rows).at(1).cells, (std::vector<std::string>{"1", "Анна Иванова"}));
  const std::string unclear = "id,name\n1,\xED\xF3\n";
  EXPECT_NE(why_not(unclear).find("cannot be told"), std::string_view::npos);
  const TempFile named(unclear);
  EXPECT_EQ(inspect(named.path(), Encoding::kKoi8)->encoding, Encoding::kKoi8);
}

TEST(InspectTest, Utf16IsReadThroughItsMark) {
  const std::string utf16(
      "\xFF\xFE"
      "a\0,\0b\0\n\0\x16\x04,\0"
      "1\0\n\0",
      18);
  const TempFile file(utf16);
  auto facts = inspect(file.path());
  ASSERT_TRUE(facts.ok());
  auto rows = open_rows(file.path(), *facts, Layout::kTable);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(all_rows(**rows).at(1).cells, (std::vector<std::string>{"Ж", "1"}));
}

}  // namespace
}  // namespace assent
