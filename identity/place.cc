#include "identity/place.h"

#include <unicode/uloc.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "catalogue_file.h"
#include "identity/normalise.h"

namespace assent {
namespace {

constexpr StaticText kNoCountry = "ISO 3166-1 assigns the country no code of two letters";

std::unordered_map<std::string, std::string> countries_of_icu() {
  std::unordered_map<std::string, std::string> countries;
  for (const char* const* code = uloc_getISOCountries(); *code != nullptr; ++code) {
    const std::string locale = std::string("und_") + *code;
    countries.emplace(fold_key(*code), *code);
    countries.emplace(fold_key(uloc_getISO3Country(locale.c_str())), *code);
    for (const char* language : {"en", "ru", "de", "fr"}) {
      std::array<UChar, 128> name{};
      UErrorCode error = U_ZERO_ERROR;
      const int32_t length =
          uloc_getDisplayCountry(locale.c_str(), language, name.data(), name.size(), &error);
      if (U_FAILURE(error) || length == 0) continue;
      std::string text;
      icu::UnicodeString(name.data(), length).toUTF8String(text);
      countries.emplace(fold_key(text), *code);
    }
  }
  return countries;
}

// "г. Тверь" and "город Тверь" are Тверь.
std::string city_key(std::string_view text) {
  std::string key = fold_key(text);
  for (const std::string_view prefix : {"город ", "гор. ", "г. ", "г.", "г "}) {
    if (!key.starts_with(prefix)) continue;
    key.erase(0, prefix.size());
    break;
  }
  std::replace(key.begin(), key.end(), '-', ' ');
  return key;
}

std::vector<std::string> split_bars(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const auto bar = text.find('|');
    parts.emplace_back(text.substr(0, bar));
    if (bar == std::string_view::npos) return parts;
    text.remove_prefix(bar + 1);
  }
}

}  // namespace

bool is_assigned_country(std::string_view code) {
  for (const char* const* one = uloc_getISOCountries(); *one != nullptr; ++one) {
    if (code == *one) return true;
  }
  return false;
}

Result<PlaceCatalogue> PlaceCatalogue::load(const std::filesystem::path& file) {
  auto read = read_catalogue_file(file);
  if (!read.ok()) return read.error();
  auto checked = read->root.expect({"cities"}, {"country_names"});
  if (!checked.ok()) return checked.error();
  PlaceCatalogue places;
  places.countries_by_name_ = countries_of_icu();
  if (const auto* names = read->root.find("country_names")) {
    for (const auto& [code, aliases] : names->entries) {
      if (!is_assigned_country(code)) return catalogue_error(kNoCountry, aliases);
      for (const auto& alias : aliases.items) {
        places.countries_by_name_[fold_key(alias.scalar)] = code;
      }
    }
  }
  for (const auto& [country, regions] : read->root.find("cities")->entries) {
    if (!is_assigned_country(country)) return catalogue_error(kNoCountry, regions);
    for (const auto& [region, cities] : regions.entries) {
      for (const auto& spellings : cities.items) {
        const auto names = split_bars(spellings.scalar);
        const auto number = static_cast<std::uint32_t>(places.cities_.size());
        places.cities_.push_back({CatalogueName::from_policy(names[0]),
                                  CatalogueName::from_policy(region == "-" ? "" : region),
                                  country});
        for (const auto& name : names) {
          auto& same = places.cities_by_name_[city_key(name)];
          if (name.empty()) return catalogue_error("a city has no name", spellings);
          if (std::find(same.begin(), same.end(), number) == same.end()) same.push_back(number);
        }
      }
    }
  }
  return places;
}

std::optional<std::string> PlaceCatalogue::country(std::string_view text) const {
  const auto found = countries_by_name_.find(fold_key(text));
  return found == countries_by_name_.end() ? std::nullopt : std::optional(found->second);
}

const City* PlaceCatalogue::city(std::string_view text, std::string_view country) const {
  const auto found = cities_by_name_.find(city_key(text));
  if (found == cities_by_name_.end()) return nullptr;
  const City* only = nullptr;
  for (const std::uint32_t number : found->second) {
    const City& city = cities_[number];
    if (!country.empty() && city.country != country) continue;
    if (only != nullptr) return nullptr;
    only = &city;
  }
  return only;
}

}  // namespace assent
