#include "identity/phone.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "identity/phone_form.h"

namespace assent {
namespace {

std::string form(std::string_view text, std::string_view region = "RU") {
  const auto phone = normalise_phone(text, region);
  return phone.ok() ? std::string(phone->e164.reveal()) : "invalid";
}

TEST(PhoneTest, TheRussianNationalFormsAreOneNumber) {
  for (const std::string text :
       {"8 (000) 000-01-01", "70000000101", "7 000 000 01 01", "+7 000 000-01-01",
        "+7(000)000-01-01", "8-000-000-01-01", "8(000)0000101", " 8 000 000-01-01 ",
        "'+70000000101", "0000000101", "8 000 000‑01–01", "+7\u00A0000\u00A0000\u00A001\u00A001",
        "007 000 000 01 01"}) {
    EXPECT_EQ(form(text), "+70000000101") << text;
  }
}

TEST(PhoneTest, TenDigitsAloneAreRussianOnlyInRussia) {
  EXPECT_EQ(form("9261234567", "RU"), "+79261234567");
  EXPECT_EQ(form("9261234567", ""), "invalid");
  EXPECT_EQ(form("89261234567", ""), "invalid");
  EXPECT_EQ(form("+79261234567", ""), "+79261234567");
}

TEST(PhoneTest, OtherCountriesAreReadByTheirOwnRules) {
  EXPECT_EQ(form("+44 7700 900104"), "+447700900104");
  EXPECT_EQ(form("+49 30 23125 014"), "+493023125014");
  EXPECT_EQ(form("030 23125 014", "DE"), "+493023125014");
  EXPECT_EQ(form("0049 30 23125 014", "DE"), "+493023125014");
  EXPECT_EQ(form("+1 (202) 555-0115"), "+12025550115");
  EXPECT_EQ(form("+33 6 39 98 01 16"), "+33639980116");
}

TEST(PhoneTest, AnExtensionIsDroppedAndReported) {
  for (const std::string text :
       {"+70000000113 доб. 15", "+70000000113 ДОБ 15", "+7 000 000 01 13 ext. 15",
        "80000000113 вн.15", "80000000113x15", "+70000000113 #15"}) {
    const auto phone = normalise_phone(text, "RU");
    ASSERT_TRUE(phone.ok()) << text;
    EXPECT_EQ(phone->e164.reveal(), "+70000000113") << text;
    EXPECT_TRUE(phone->had_extension) << text;
  }
  EXPECT_FALSE(normalise_phone("+70000000113", "RU")->had_extension);
}

TEST(PhoneTest, WhatIsNoPhoneIsRefused) {
  for (const std::string text :
       {"123", "", "no phone", "звонить 89261234567", "8926123456x", "+", "++7926", "+7926123456",
        "892612345678", "1-800-FLOWERS", "anna@example.com", "89261234567 Анна", "=1+1",
        "+7 926 123 45 67 доб.", "02.03.2024"}) {
    EXPECT_EQ(form(text), "invalid") << text;
  }
  EXPECT_EQ(form(std::string(1000, '7')), "invalid");
  EXPECT_EQ(form(std::string_view("8926\0001234567", 12)), "invalid");
}

TEST(PhoneTest, ANumberOutsideEveryRangeIsWellFormedButNotAllocated) {
  EXPECT_FALSE(normalise_phone("+70000000101", "RU")->allocated);
  EXPECT_TRUE(normalise_phone("+79261234567", "RU")->allocated);
  EXPECT_TRUE(normalise_phone("+74951234567", "RU")->allocated);
}

RC_GTEST_PROP(PhonePropertyTest, TheCommonFormsAreWhatTheLibrarySays, ()) {
  std::string digits;
  for (int i = 0; i < 10; ++i) digits += static_cast<char>('0' + *rc::gen::inRange(0, 10));
  const bool international = *rc::gen::arbitrary<bool>();
  const std::string region = *rc::gen::element(std::string("RU"), std::string("DE"), std::string());
  const std::string number = (international ? "+7" : "") + digits;
  const auto fast = common_form(number, region);
  if (!fast) return;
  const auto slow = library_form(number, region);
  RC_ASSERT(slow.has_value());
  RC_ASSERT(fast->e164 == slow->e164);
  RC_ASSERT(fast->allocated == slow->allocated);
}

TEST(PhoneTest, TheCommonFormsAreWhatTheLibrarySaysForEveryPrefixOfFourDigits) {
  for (int prefix = 0; prefix < 10'000; ++prefix) {
    std::string digits = std::to_string(100'000 + prefix).substr(2) + "123456";
    for (const std::string& number : {digits, "+7" + digits}) {
      const auto fast = common_form(number, "RU");
      if (!fast) continue;
      const auto slow = library_form(number, "RU");
      ASSERT_TRUE(slow.has_value()) << number;
      ASSERT_EQ(fast->e164, slow->e164);
      ASSERT_EQ(fast->allocated, slow->allocated) << number;
    }
  }
}

RC_GTEST_PROP(PhonePropertyTest, TheNormalFormIsItsOwn, ()) {
  const auto text =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789+-() .789")));
  const auto once = normalise_phone(text, "RU");
  if (!once.ok()) return;
  const auto twice = normalise_phone(once->e164.reveal(), "RU");
  RC_ASSERT(twice.ok());
  RC_ASSERT(twice->e164.reveal() == once->e164.reveal());
}

}  // namespace
}  // namespace assent
