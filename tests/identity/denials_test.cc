#include <gtest/gtest.h>

#include "decode_fixture.h"

namespace assent {
namespace {

constexpr std::string_view kCaptions =
    "external_id,first_name,email,phone,birth_date,country,email_opt_out,sms_opt_out,purpose,"
    "channel,action,effective_at\n";

RejectedRow rejected(std::string_view row, std::string_view mapping = "contacts",
                     std::string_view captions = kCaptions) {
  auto rows = rows_of(std::string(captions) + std::string(row), mapping);
  EXPECT_EQ(rows.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<RejectedRow>(rows.at(0)));
  return std::get<RejectedRow>(std::move(rows.at(0)));
}

TEST(DenialsTest, ABadCellLosesNoOptOut) {
  const auto row = rejected("1,Anna,anna@example.com,,31.02.1990,,1,no,,,,\n");
  ASSERT_EQ(row.denials.size(), 1U);
  EXPECT_EQ(row.denials[0].action, RowDenial::Action::kObject);
  EXPECT_EQ(row.denials[0].purpose, "direct_marketing");
  EXPECT_EQ(row.denials[0].channel, "email");
  EXPECT_EQ(row.denials[0].effective_at, std::nullopt);
}

TEST(DenialsTest, AnOptOutThatCannotBeReadAsNoIsAYes) {
  EXPECT_EQ(rejected("1,,,,31.02.1990,,perhaps,-,,,,\n").denials.size(), 2U);
  EXPECT_TRUE(rejected("1,,,,31.02.1990,,0,,,,,\n").denials.empty());
}

TEST(DenialsTest, AClaimedDenialNeedsNoOtherWord) {
  const auto whole =
      rejected("1,,,,31.02.1990,,,,direct_marketing,email,withdraw,2026-11-01T00:00:00Z\n");
  ASSERT_EQ(whole.denials.size(), 1U);
  EXPECT_EQ(whole.denials[0].action, RowDenial::Action::kWithdraw);
  EXPECT_EQ(to_rfc3339(*whole.denials[0].effective_at), "2026-11-01T00:00:00Z");
  const auto bare = rejected("1,,,,,,,,Реклама,E Mail,Refuse,31.02.2026\n");
  ASSERT_EQ(bare.denials.size(), 1U);
  EXPECT_EQ(bare.denials[0].action, RowDenial::Action::kRefuse);
  EXPECT_EQ(bare.denials[0].purpose, "");
  EXPECT_EQ(bare.denials[0].channel, "");
  EXPECT_EQ(bare.denials[0].effective_at, std::nullopt);
  EXPECT_TRUE(rejected("1,,,,31.02.1990,,,,direct_marketing,email,give,\n").denials.empty());
}

TEST(DenialsTest, ARowOfAnotherWidthIsSearchedWhereItsCellsMayStand) {
  // Which of the two the 1 was meant for, nobody knows.
  const auto cut = rejected("1,Anna,anna@example.com,,,RU,1\n");
  ASSERT_EQ(cut.denials.size(), 2U);
  EXPECT_EQ(cut.denials[0].channel, "email");
  // A comma that nobody quoted moves every later cell.
  const auto moved = rejected("1,Anna, Maria,anna@example.com,,,RU,1,,,,,2026\n");
  ASSERT_FALSE(moved.denials.empty());
  EXPECT_EQ(moved.denials[0].channel, "email");
  const auto claimed = rejected("1,Anna, Maria,,,,,,,direct_marketing,email,object,2026-11-01\n");
  ASSERT_EQ(claimed.denials.size(), 1U);
  EXPECT_EQ(claimed.denials[0].channel, "email");
  EXPECT_TRUE(rejected("1,Anna,Iv\n").denials.empty());
}

TEST(DenialsTest, ACellThatMovedIntoAnEmptyOneIsNoHabitOfTheFile) {
  const std::string moved = "2,Anna, Maria,anna@example.com,,,RU,1,,,,,\n";
  auto rows = rows_of(std::string(kCaptions) + "1,,,,,,,,,,,\n" + moved, "contacts");
  ASSERT_EQ(rows.size(), 2U);
  ASSERT_TRUE(std::holds_alternative<RejectedRow>(rows[1]));
  EXPECT_EQ(std::get<RejectedRow>(rows[1]).denials.at(0).channel, "email");
  // A program that ends every line with a delimiter.
  rows = rows_of(std::string(kCaptions) + "1,,,,,,,,,,,,\n2,,,,,,,,,,,,\n", "contacts");
  EXPECT_TRUE(std::holds_alternative<ContactRow>(rows[0]));
  EXPECT_TRUE(std::holds_alternative<ContactRow>(rows[1]));
}

TEST(DenialsTest, ARowWhoseQuotesAreBrokenIsReadAsItStands) {
  const auto row = rejected("1,\"Anna,anna@example.com,,,RU,1,,,,,\n");
  EXPECT_EQ(row.external_id.reveal(), "1");
  ASSERT_FALSE(row.denials.empty());
  EXPECT_EQ(row.denials[0].channel, "email");
}

TEST(DenialsTest, AnOptOutTagOfACrmIsKept) {
  const auto row = rejected("7,контакт,31.02.1990,\"VIP, отписался\"\n", "amocrm_contacts",
                            "ID,Тип,Дата рождения,Теги\n");
  ASSERT_EQ(row.denials.size(), 1U);
  EXPECT_EQ(row.denials[0].channel, "");
}

TEST(DenialsTest, APhoneOfARejectedRowIsReadByTheRowsCountry) {
  const auto row = rejected("1,,,8 926 123-45-67,31.02.1990,RU,1,,,,,\n");
  ASSERT_EQ(row.phones.size(), 1U);
  EXPECT_EQ(row.phones[0].reveal(), "+79261234567");
}

}  // namespace
}  // namespace assent
