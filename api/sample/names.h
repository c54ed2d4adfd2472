#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace assent::sample {

enum class Nation { kRussian, kGerman, kBritish, kAmerican };

// A name as its bearer writes it, and in the letters of an e-mail address.
struct Spelling {
  std::string_view native;
  std::string_view latin;
};

struct Patronymic {
  std::string_view of_son;
  std::string_view of_daughter;
};

// Given names come in three lists: no name of one list resembles a name of another (Jaro-Winkler
// below 0.8 in Latin letters), so people who share a telephone are visibly different people.
struct NameBook {
  std::string_view country;   // ISO 3166-1 alpha-2
  std::string_view language;  // ISO 639-1
  std::span<const Spelling> female;
  std::span<const Spelling> male;
  std::span<const Spelling> third;
  std::span<const Spelling> family;  // Of a man.
  Spelling female_ending;            // What a woman's family name adds.
  std::span<const Patronymic> patronymic;
  std::span<const std::string_view> cities;  // The last one is below 100,000 inhabitants.
};

// The first so many names of each list have one obvious Latin spelling, letter by letter.
inline constexpr std::size_t kPlainSpellings = 3;

const NameBook& names_of(Nation nation);

}  // namespace assent::sample
