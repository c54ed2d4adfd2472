#include "decode_fixture.h"
#include "identity/blocked.h"

namespace assent {
namespace {

const BlockedValues& blocked() {
  static const BlockedValues loaded = *BlockedValues::load(source_root() / "policies/blocked.yaml");
  return loaded;
}

Strength phone(std::string_view e164) {
  return blocked().strength(IdentifierKind::kPhone, e164);
}
Strength email(std::string_view email) {
  return blocked().strength(IdentifierKind::kEmail, email);
}
Strength card(std::string_view card) {
  return blocked().strength(IdentifierKind::kCard, card);
}

TEST(BlockedTest, ANationalNumberOfOneDigitIsBlocked) {
  EXPECT_EQ(phone("+79999999999"), Strength::kBlocked);
  EXPECT_EQ(phone("+70000000000"), Strength::kBlocked);
  EXPECT_EQ(phone("+79777777777"), Strength::kBlocked);
  EXPECT_EQ(phone("+71111111111"), Strength::kBlocked);
}

TEST(BlockedTest, TheSamplesRangesAndOrdinaryNumbersAreNot) {
  EXPECT_EQ(phone("+70000000101"), Strength::kStrong);
  EXPECT_EQ(phone("+79261234567"), Strength::kStrong);
  EXPECT_EQ(phone("+79990000000"), Strength::kStrong);
  EXPECT_EQ(phone("+447700900104"), Strength::kStrong);
}

TEST(BlockedTest, FillersAmongMailboxesAreBlockedAndRolesAreWeak) {
  EXPECT_EQ(email("noemail@example.com"), Strength::kBlocked);
  EXPECT_EQ(email("test@example.com"), Strength::kBlocked);
  EXPECT_EQ(email("none@example.com"), Strength::kBlocked);
  EXPECT_EQ(email("anna@a.b.invalid"), Strength::kBlocked);
  EXPECT_EQ(email("info@example.com"), Strength::kWeak);
  EXPECT_EQ(email("anna@example.com"), Strength::kStrong);
  EXPECT_EQ(email("contest@example.com"), Strength::kStrong);
}

TEST(BlockedTest, WhatProgramsWriteForNothingIsNoCard) {
  EXPECT_EQ(card("0"), Strength::kBlocked);
  EXPECT_EQ(card("NULL"), Strength::kBlocked);
  EXPECT_EQ(card("000000"), Strength::kBlocked);
  EXPECT_EQ(card("AB1234"), Strength::kStrong);
}

TEST(PlaceTest, CountriesAreKnownByCodeAndByNameInFourLanguages) {
  const auto& places = shipped().places;
  for (const std::string text :
       {"RU", "ru", "RUS", "Россия", "Russia", "Russland", "РФ", "Russie"}) {
    EXPECT_EQ(places.country(text), "RU") << text;
  }
  EXPECT_EQ(places.country("Deutschland"), "DE");
  EXPECT_EQ(places.country("Великобритания"), "GB");
  EXPECT_EQ(places.country("USA"), "US");
  EXPECT_EQ(places.country("Atlantis"), std::nullopt);
  for (const std::string code : {"XX", "ZZ", "EU", "UK1", "QQ"}) {
    EXPECT_EQ(places.country(code), std::nullopt) << code;
    EXPECT_FALSE(is_assigned_country(code)) << code;
  }
  EXPECT_TRUE(is_assigned_country("GB"));
  EXPECT_FALSE(is_assigned_country("gb"));
  EXPECT_EQ(places.country(""), std::nullopt);
}

TEST(PlaceTest, ACityIsOneInEverySpelling) {
  const auto& places = shipped().places;
  for (const std::string text :
       {"Москва", "г. Москва", "МОСКВА", "Moscow", "Moskva", "город Москва"}) {
    const City* city = places.city(text, "");
    ASSERT_NE(city, nullptr) << text;
    EXPECT_EQ(city->name.text(), "Москва");
    EXPECT_EQ(city->region.text(), "RU-MOW");
    EXPECT_EQ(city->country, "RU");
  }
  EXPECT_EQ(places.city("Орел", "RU")->name.text(), "Орёл");
  EXPECT_EQ(places.city("Ростов на Дону", "")->country, "RU");
}

TEST(PlaceTest, ASmallCityIsNotInTheCatalogue) {
  EXPECT_EQ(shipped().places.city("Суздаль", "RU"), nullptr);
  EXPECT_EQ(shipped().places.city("Москва, ул. Ленина 1", "RU"), nullptr);
}

TEST(PlaceTest, ACityOfSeveralCountriesNeedsItsCountry) {
  const auto& places = shipped().places;
  EXPECT_EQ(places.city("Birmingham", ""), nullptr);
  EXPECT_EQ(places.city("Birmingham", "GB")->region.text(), "GB-ENG");
  EXPECT_EQ(places.city("St. Petersburg", "RU")->region.text(), "RU-SPE");
  EXPECT_EQ(places.city("Springfield", "US"), nullptr);
  EXPECT_EQ(places.city("London", "RU"), nullptr);
}

TEST(PlaceTest, TheCatalogueHoldsTheLargeCitiesOfRussia) {
  EXPECT_GE(shipped().places.cities(), 400U);
  for (const std::string city :
       {"Казань", "Санкт-Петербург", "Уфа", "Владивосток", "Тверь", "Пермь", "Омск", "Томск",
        "Сочи", "Ижевск", "Чита", "London", "Berlin", "Lyon", "Washington"}) {
    EXPECT_NE(shipped().places.city(city, ""), nullptr) << city;
  }
}

TEST(FieldCatalogueTest, TheNumbersAreFixedForEver) {
  const auto& fields = shipped().fields;
  EXPECT_EQ(fields.index_id("phone"), 1);
  EXPECT_EQ(fields.index_id("email"), 2);
  EXPECT_EQ(fields.index_id("card"), 3);
  EXPECT_EQ(fields.index_id("external_id"), 4);
  EXPECT_EQ(fields.index_id("name_fold"), 5);
  EXPECT_EQ(fields.index_id("shoe_size"), 0);
  EXPECT_EQ(fields.find("contact_points")->id, 1);
  EXPECT_EQ(fields.find("raw_row")->id, 18);
  EXPECT_EQ(fields.find("email")->sealed_in, 1);
  EXPECT_EQ(fields.find(std::uint16_t{2})->name.text(), "first_name");
}

TEST(FieldCatalogueTest, OnlyWhatMayBeIsInTheClear) {
  const std::vector<std::string> allowed = {
      "country",  "region",     "city",       "age_band",   "majority_month", "birthday_month",
      "gender",   "created_at", "updated_at", "ordered_at", "quantity",       "amount",
      "currency", "product",    "category",   "score"};
  for (const Field& field : shipped().fields.all()) {
    const bool clear = field.at_rest == AtRest::kClear;
    EXPECT_EQ(clear, std::count(allowed.begin(), allowed.end(), field.name.text()) == 1)
        << field.name.text();
  }
}

Result<FieldCatalogue> fields_of(std::string_view yaml) {
  const TempFile file(yaml);
  return FieldCatalogue::load(file.path());
}

TEST(FieldCatalogueTest, ACatalogueWithAMistakeIsNotLoaded) {
  const std::string good = "indexes:\n  - {id: 1, name: phone}\nfields:\n";
  EXPECT_TRUE(fields_of(good + "  - {id: 1, name: a, class: trait, at_rest: clear}\n").ok());
  for (const std::string field :
       {"{id: 0, name: a, class: trait, at_rest: clear}",
        "{id: 70000, name: a, class: trait, at_rest: clear}",
        "{id: 1, name: a, class: odd, at_rest: clear}",
        "{id: 1, name: a, class: trait, at_rest: open}",
        "{id: 1, name: a, class: direct, at_rest: clear}",
        "{id: 1, name: a, class: trait, at_rest: clear, index: phone}",
        "{id: 1, name: a, class: trait, at_rest: sealed, index: none}",
        "{id: 1, name: a, class: trait, at_rest: sealed, sealed_in: b}",
        "{id: 1, name: a, class: trait, at_rest: sealed, colour: red}", "{id: 1, name: a}"}) {
    const auto loaded = fields_of(good + "  - " + field + "\n");
    ASSERT_FALSE(loaded.ok()) << field;
    EXPECT_EQ(loaded.error().position->line, 4U) << field;
  }
  EXPECT_FALSE(fields_of("fields: [").ok());
  EXPECT_FALSE(fields_of("fields: []\nfields: []\nindexes: []\n").ok());
  EXPECT_EQ(FieldCatalogue::load("/nonexistent").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assent
