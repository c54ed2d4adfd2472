#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/plaintext.h"
#include "core/result.h"

namespace assent {

struct NameToken;

// The sound of a name, equal across scripts and spellings: "Пётр", "Petr" and "Pyotr" are "petr".
// Letters only, Latin where the script is Latin or Cyrillic, tokens parted by one space. The form
// of the index `name_fold`. Thread-safe.
Plaintext name_fold(std::string_view name);

// The fold under which one person's name is found whatever the order of its parts: the folds of
// first and last name, sorted; `full` stands for them when both are empty, without a patronymic.
// Empty when nothing is known.
Plaintext person_fold(std::string_view first, std::string_view last, std::string_view full);

// The same as a word beside NameCatalogue::marks() and asks(): a name whose parts stand in each
// other's columns is found by it. "" when nothing is known.
std::string whole_name_word(std::string_view first, std::string_view last, std::string_view full);

// Similarity of two folds, 0 to 1, with Winkler's bonus for a common beginning.
double jaro_winkler(std::string_view a, std::string_view b);

// Given names that are forms of each other (policies/names.yaml). Immutable; thread-safe.
class NameCatalogue {
 public:
  // kInvalid with its line; loaded whole or not at all.
  static Result<NameCatalogue> load(const std::filesystem::path& file);

  // Whether two first names cannot be one person's. A missing name contradicts nothing. An initial
  // agrees with a name of which a form, in either script, begins with it; beside a name it is a
  // patronymic's and says nothing. Equal folds and forms of one name agree. Two names that are both
  // known, and of no common name, contradict however alike they sound (Мария, Марина; Александр,
  // Александра); otherwise names agree from a similarity of kAlike on.
  bool first_names_contradict(std::string_view a, std::string_view b) const;
  static constexpr double kAlike = 0.80;

  // The same as sets, for an index of keyed tags: two names agree exactly when what one may be
  // found by (`marks`) and what the other looks for (`asks`) have something in common. Both empty
  // for a name that is missing. Of two names that the catalogue does not know, those agree that are
  // two left-out letters apart. In the clear: they die with the caller's tags.
  std::vector<std::string> marks(std::string_view first_name) const;
  std::vector<std::string> asks(std::string_view first_name) const;

 private:
  bool agree(const NameToken& a, const NameToken& b) const;
  bool begins_with(const NameToken& token, char32_t initial) const;
  bool folds_contradict(const std::string& a, const std::string& b) const;
  std::u32string letters_of(const NameToken& token) const;
  std::vector<std::string> alike(const std::string& fold) const;

  std::unordered_map<std::string, std::vector<std::uint32_t>> names_by_fold_;
  std::vector<std::u32string> letters_;  // By name: what its forms begin with.
};

}  // namespace assent
