#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "identity/date_text.h"
#include "identity/money_text.h"

namespace assent {
namespace {

std::string money(std::string_view text, std::string_view currency = "") {
  const auto amount = parse_money(text, currency);
  if (!amount.ok()) return std::string(amount.error().reason.view());
  return std::to_string(amount->minor) + " " + amount->currency;
}

TEST(MoneyTest, AmountsAreExactInEverySpelling) {
  for (const std::string text : {"1234.56", "1 234,56", "1,234.56", "1.234,56", "1'234.56",
                                 "1\u00A0234,56", "1\u202F234.56", "1234.5600", "01234.56"}) {
    EXPECT_EQ(money(text, "EUR"), "123456 EUR") << text;
  }
  EXPECT_EQ(money("12", "EUR"), "1200 EUR");
  EXPECT_EQ(money("12.5", "EUR"), "1250 EUR");
  EXPECT_EQ(money("1 234 567", "RUB"), "123456700 RUB");
  EXPECT_EQ(money("1,234,567", "USD"), "123456700 USD");
  EXPECT_EQ(money("0.07", "USD"), "7 USD");
}

TEST(MoneyTest, ASignTellsTheCurrencyWhereTheSourceDoesNot) {
  EXPECT_EQ(money("$12.30"), "1230 USD");
  EXPECT_EQ(money("12,30 €"), "1230 EUR");
  EXPECT_EQ(money("£ 5"), "500 GBP");
  EXPECT_EQ(money("1 990 руб."), "199000 RUB");
  EXPECT_EQ(money("990 ₽"), "99000 RUB");
  EXPECT_EQ(money("EUR 5"), "500 EUR");
  EXPECT_EQ(money("-$3.50"), "-350 USD");
  EXPECT_EQ(money("−3,50", "EUR"), "-350 EUR");
}

TEST(MoneyTest, EachCurrencyHasItsOwnSmallestUnit) {
  EXPECT_EQ(money("1200", "JPY"), "1200 JPY");
  EXPECT_EQ(money("1.2345", "KWD"), "the amount is finer than its currency's smallest unit");
  EXPECT_EQ(money("12.30", "JPY"), "the amount is finer than its currency's smallest unit");
}

TEST(MoneyTest, WhatMayMeanTwoAmountsIsRefused) {
  const std::string twice = "the amount may be read in two ways; write it with two decimals";
  EXPECT_EQ(money("1,234", "USD"), twice);
  EXPECT_EQ(money("1.234", "EUR"), twice);
}

TEST(MoneyTest, WhatIsNoAmountIsRefused) {
  const std::string none = "the amount is not a number";
  for (const std::string text : {"", "abc", "12.3.4", "1,2,3", "12 34", "1e5", "=1+1", "--5", ".",
                                 "5-", "1,23,456.00", "0x10", "12a", "NaN", "inf"}) {
    EXPECT_EQ(money(text, "EUR"), none) << text;
  }
  EXPECT_EQ(money("12.345", "EUR"),
            "the amount may be read in two ways; write it with two decimals");
  EXPECT_EQ(money("12.3456", "EUR"), "the amount is finer than its currency's smallest unit");
  EXPECT_EQ(money("$5", "EUR"), "the amount is in another currency");
  EXPECT_EQ(money("5"), "the currency of the amount is not known");
  EXPECT_EQ(money("99999999999999999999", "EUR"), "the amount is too large");
}

RC_GTEST_PROP(MoneyPropertyTest, EveryNumberOfCentsIsReadBackExactly, ()) {
  const auto cents = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000'000);
  const std::string whole = std::to_string(cents / 100);
  const std::string part = std::to_string(100 + cents % 100).substr(1);
  std::string grouped;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0) grouped += ' ';
    grouped += whole[i];
  }
  RC_ASSERT(parse_money(whole + "." + part, "USD")->minor == cents);
  RC_ASSERT(parse_money(grouped + "," + part, "RUB")->minor == cents);
}

DateFormats formats() {
  return *DateFormats::of({"dd.mm.yyyy", "dd.mm.yyyy HH:MM:SS", "yyyymmdd"});
}
ZoneRules zone(const std::string& name) {
  return *ZoneRules::named(name);
}

std::string instant(std::string_view text, const std::string& name = "UTC") {
  const auto at = formats().instant(text, zone(name));
  return at ? to_rfc3339(*at) : "none";
}

TEST(DateTextTest, AWallClockIsReadInItsZone) {
  EXPECT_EQ(instant("02.03.2024 10:01:00", "Europe/Moscow"), "2024-03-02T07:01:00Z");
  EXPECT_EQ(instant("02.07.2024 10:01:00", "Europe/Berlin"), "2024-07-02T08:01:00Z");
  EXPECT_EQ(instant("02.03.2024", "Europe/Moscow"), "2024-03-01T21:00:00Z");
  EXPECT_EQ(instant("19970101"), "1997-01-01T00:00:00Z");
}

TEST(DateTextTest, AnOffsetOfItsOwnGoesBeforeTheZone) {
  EXPECT_EQ(instant("2024-03-02T10:01:00+05:00", "Europe/Moscow"), "2024-03-02T05:01:00Z");
  EXPECT_EQ(instant("2024-03-02 10:01:00", "Europe/Moscow"), "2024-03-02T07:01:00Z");
}

TEST(DateTextTest, TheRepeatedHourIsItsFirstAndTheSkippedOneHasAnInstant) {
  EXPECT_EQ(instant("27.10.2024 02:30:00", "Europe/Berlin"), "2024-10-27T00:30:00Z");
  EXPECT_EQ(instant("31.03.2024 02:30:00", "Europe/Berlin"), "2024-03-31T01:30:00Z");
}

TEST(DateTextTest, ADayThatDoesNotExistIsNeverAnother) {
  for (const std::string text :
       {"31.02.2024", "29.02.2023", "31.04.2024 10:00:00", "00.01.2024", "01.13.2024", "20240231",
        "02.03.2024 24:00:00", "02.03.2024 10:60:00", "2.3.2024", "02.03.24", "не закрыта", "",
        "02.03.2024x"}) {
    EXPECT_EQ(instant(text), "none") << text;
  }
}

TEST(DateTextTest, UnknownZonesAndHalfFormatsAreRefused) {
  EXPECT_FALSE(ZoneRules::named("Mars/Olympus").ok());
  EXPECT_FALSE(DateFormats::of({"dd.mm"}).ok());
}

Result<std::optional<Date>> birth_date(std::string_view text) {
  return read_birth_date(text, formats(), {2026, 9, 20});
}

TEST(BirthDateTest, TheDefaultsOfProgramsAreUnknown) {
  for (const std::string text : {"01.01.1900", "1970-01-01", "01.01.2000"}) {
    const auto birth = birth_date(text);
    ASSERT_TRUE(birth.ok());
    EXPECT_EQ(*birth, std::nullopt) << text;
  }
  EXPECT_EQ(*birth_date("08.03.1988"), (Date{1988, 3, 8}));
  EXPECT_EQ(*birth_date("29.02.1992"), (Date{1992, 2, 29}));
}

TEST(BirthDateTest, ADayThatDoesNotExistIsAnError) {
  EXPECT_EQ(birth_date("31.02.1988").error().reason.view(),
            "the birth date is not a day that exists");
  EXPECT_EQ(birth_date("31.12.1899").error().reason.view(), "the birth date is before 1900");
  EXPECT_FALSE(birth_date("01.01.1874").ok());
}

TEST(BirthDateTest, NobodyIsBornTomorrow) {
  EXPECT_EQ(*birth_date("20.09.2026"), (Date{2026, 9, 20}));
  EXPECT_EQ(birth_date("21.09.2026").error().reason.view(), "the birth date is in the future");
  EXPECT_FALSE(birth_date("12.05.2099").ok());
}

TEST(BirthDateTest, TheLatestDayIsThatOfTheEasternmostZone) {
  const Timestamp noon{midnight_utc({2026, 9, 20}).us + kDayUs / 2};
  EXPECT_EQ(latest_day({noon.us - 2 * 3600 * kSecondUs - 1}), (Date{2026, 9, 20}));
  EXPECT_EQ(latest_day(noon), (Date{2026, 9, 21}));
}

}  // namespace
}  // namespace assent
