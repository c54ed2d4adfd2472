#include "segments/release_file.h"

#include <gtest/gtest.h>

namespace assent {
namespace {

constexpr std::string_view kNil = "00000000-0000-0000-0000-000000000000";

std::string row(FileFormat format, std::initializer_list<std::string_view> values) {
  const ReleaseFile file(format, {"contact", "first_name"});
  std::vector<Plaintext> cells;
  for (std::string_view value : values) cells.emplace_back(value);
  std::string out;
  file.append(out, Uuid{}, cells);
  return out;
}

std::string cell(std::string_view value) {
  const std::string line = row(FileFormat::kCsv, {"x", value});
  const std::string before = std::string(kNil) + ",x,";
  EXPECT_EQ(line.substr(0, before.size()), before);
  EXPECT_EQ(line.substr(line.size() - 2), "\r\n");
  return line.substr(before.size(), line.size() - before.size() - 2);
}

TEST(ReleaseFileTest, ACsvBeginsWithItsHeader) {
  EXPECT_EQ(ReleaseFile(FileFormat::kCsv, {"contact", "first_name"}).header(),
            "member_ref,contact,first_name\r\n");
  EXPECT_EQ(ReleaseFile(FileFormat::kNdjson, {"contact"}).header(), "");
}

TEST(ReleaseFileTest, CellsAreQuotedWhenTheyMust) {
  EXPECT_EQ(cell("Анна"), "Анна");
  EXPECT_EQ(cell(""), "");
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(cell("a\nb"), "\"a\nb\"");
}

TEST(ReleaseFileTest, WhatASpreadsheetWouldRunIsNeutralised) {
  EXPECT_EQ(cell("=1+1"), "'=1+1");
  EXPECT_EQ(cell("-1+1"), "'-1+1");
  EXPECT_EQ(cell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(cell("\t=1"), "'\t=1");
  EXPECT_EQ(cell("+1+cmd|' /C calc'!A0"), "'+1+cmd|' /C calc'!A0");
  EXPECT_EQ(cell("+"), "'+");
  EXPECT_EQ(cell("=1,2"), "\"'=1,2\"");
  EXPECT_EQ(cell("\r=1"), "\"'\r=1\"");
}

TEST(ReleaseFileTest, ATelephoneNumberStaysANumber) {
  EXPECT_EQ(cell("+79001234567"), "+79001234567");
}

TEST(ReleaseFileTest, NdjsonIsOneObjectALine) {
  EXPECT_EQ(row(FileFormat::kNdjson, {"=a@b", "x\"\n"}),
            "{\"member_ref\":\"" + std::string(kNil) +
                "\",\"contact\":\"=a@b\",\"first_name\":\"x\\\"\\n\"}\n");
}

}  // namespace
}  // namespace assent
