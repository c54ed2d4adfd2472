#include <gtest/gtest.h>

#include <string>

#include "identity/age.h"
#include "identity/normalise.h"

namespace assent {
namespace {

std::string clean(std::string_view text) {
  return std::string(clean_text(text).reveal());
}

TEST(TextFormsTest, NamesAreTrimmedComposedAndTheirSpacesCollapsed) {
  EXPECT_EQ(clean("  Олег   Зайцев "), "Олег Зайцев");
  EXPECT_EQ(clean("Лефе\u0300вр\u00A0\u200BАнна"), "Лефѐвр Анна");
  EXPECT_EQ(clean("Й"), clean("И\u0306"));
  EXPECT_EQ(clean("ﬁ"), "fi");
  EXPECT_EQ(clean(std::string_view("a\0b\x07", 4)), "ab");
  EXPECT_EQ(clean(" \u00A0 "), "");
}

TEST(TextFormsTest, FoldKeysAreEqualForCaseAndYo) {
  EXPECT_EQ(fold_key("ЁЛКИН"), "елкин");
  EXPECT_EQ(fold_key("Рабочий  Телефон "), fold_key("рабочий телефон"));
  EXPECT_EQ(fold_key("STRASSE"), fold_key("straße"));
  EXPECT_EQ(fold_key("Җ"), "җ");
}

TEST(TextFormsTest, ACardIsItsLettersAndDigits) {
  EXPECT_EQ(normalise_card(" ab-12 34/x").reveal(), "AB1234X");
  EXPECT_EQ(normalise_card("１２").reveal(), "12");
  EXPECT_TRUE(normalise_card("--").empty());
}

TEST(TextFormsTest, NothingThatSteersATerminalIsShown) {
  EXPECT_EQ(displayable("a\x1b[31mred\x1b[0m"), "ared");
  EXPECT_EQ(displayable("a\x1b]0;title\x07"
                        "b\x1b]8;;x\x1b\\c"),
            "abc");
  EXPECT_EQ(displayable("line\nnext\r\ttab"), "line next tab");
  EXPECT_EQ(displayable("\u202Egnp.exe\u2069"), "gnp.exe");
  EXPECT_EQ(displayable("\u009B31m"), "31m");
  EXPECT_EQ(displayable("Анна\x1b"), "Анна");
  EXPECT_EQ(displayable("a\x1b[999"), "a");
}

TEST(AgeTest, AgesCountFullYears) {
  const Date birth{1988, 3, 8};
  EXPECT_EQ(age_on(birth, {2024, 3, 7}), 35);
  EXPECT_EQ(age_on(birth, {2024, 3, 8}), 36);
  EXPECT_EQ(age_on(birth, {1988, 3, 7}), std::nullopt);
  EXPECT_EQ(age_on({2004, 2, 29}, {2022, 2, 28}), 17);
  EXPECT_EQ(age_on({2004, 2, 29}, {2022, 3, 1}), 18);
}

TEST(AgeTest, BandsAreFiveYears) {
  EXPECT_EQ(age_band({1988, 3, 8}, {2024, 3, 8}), 35);
  EXPECT_EQ(age_band({2020, 3, 8}, {2024, 3, 8}), 0);
}

TEST(AgeTest, MajorityFallsInTheMonthOfTheEighteenthBirthday) {
  EXPECT_EQ(majority_month({2014, 5, 5}), (MonthOfYear{2032, 5}));
  EXPECT_EQ(majority_month({2004, 2, 29}), (MonthOfYear{2022, 3}));
  EXPECT_EQ(majority_month({2004, 2, 29}, 20), (MonthOfYear{2024, 2}));
}

}  // namespace
}  // namespace assent
