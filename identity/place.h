#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.h"

namespace assent {

// A city of more than 100,000 inhabitants, which may be kept in the clear (policies/cities.yaml).
struct City {
  CatalogueName name;    // As the catalogue writes it, one for all spellings.
  CatalogueName region;  // ISO 3166-2, or "" where the catalogue names none.
  std::string country;   // ISO 3166-1, two letters.
};

// Whether ISO 3166-1 has assigned the code, two capital letters: "DE", and neither "XX" nor "EU".
bool is_assigned_country(std::string_view code);

// Countries by name in four languages or by code, and the cities of policies/cities.yaml.
// Immutable; thread-safe.
class PlaceCatalogue {
 public:
  // kInvalid with its line; loaded whole or not at all.
  static Result<PlaceCatalogue> load(const std::filesystem::path& file);

  // The ISO code of "RU", "rus", "Россия", "Germany", "Deutschland"; nullopt when not known.
  std::optional<std::string> country(std::string_view text) const;
  // The city that `text` names, in `country` when that is not "". nullptr when it is none of the
  // catalogue's or may be several of them. Any other city must be sealed.
  const City* city(std::string_view text, std::string_view country) const;
  std::size_t cities() const { return cities_.size(); }

 private:
  std::vector<City> cities_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> cities_by_name_;
  std::unordered_map<std::string, std::string> countries_by_name_;
};

}  // namespace assent
