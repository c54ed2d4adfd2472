#include <set>

#include "identity/name.h"
#include "name_token.h"

// First names as sets of words, so that an index of tags answers what first_names_contradict()
// does.
namespace assent {
namespace {

using Words = std::set<std::string>;

std::string word(char kind, std::string_view text) {
  return std::string(1, kind) + ':' + std::string(text);
}
std::string word(char kind, char32_t letter) {
  return word(kind, std::to_string(static_cast<std::uint32_t>(letter)));
}

// The fold, and it with up to two letters left out: two of them meet within two slips of the pen.
void add_misspellings(Words& words, const std::string& fold, int left_out) {
  words.insert(word('d', fold));
  if (left_out == 0 || fold.size() < 4) return;
  for (std::size_t i = 0; i < fold.size(); ++i) {
    std::string shorter = fold;
    shorter.erase(i, 1);
    add_misspellings(words, shorter, left_out - 1);
  }
}

constexpr int kLeftOut = 2;
constexpr std::size_t kSpeltMax = 24;  // Letters of a name: the words grow with their square.

std::vector<std::string> sorted(const Words& words) {
  return {words.begin(), words.end()};
}

}  // namespace

std::string whole_name_word(std::string_view first, std::string_view last, std::string_view full) {
  const Plaintext fold = person_fold(first, last, full);
  return fold.empty() ? "" : word('p', fold.reveal());
}

std::vector<std::string> NameCatalogue::alike(const std::string& fold) const {
  std::vector<std::string> folds;
  for (const auto& [known, names] : names_by_fold_) {
    if (jaro_winkler(fold, known) >= kAlike) folds.push_back(known);
  }
  return folds;
}

std::vector<std::string> NameCatalogue::marks(std::string_view first_name) const {
  Words words;
  for (const NameToken& token : telling_tokens(first_name)) {
    for (const char32_t letter : initials_of(letters_of(token))) words.insert(word('i', letter));
    if (token.is_initial) {
      words.insert(word('j', token.letter));
      continue;
    }
    words.insert(word('f', token.fold));
    const auto names = names_by_fold_.find(token.fold);
    if (names != names_by_fold_.end()) {
      for (const std::uint32_t name : names->second) words.insert(word('n', name));
      continue;
    }
    for (const std::string& fold : alike(token.fold)) words.insert(word('u', fold));
    add_misspellings(words, token.fold.substr(0, kSpeltMax), kLeftOut);
  }
  return sorted(words);
}

std::vector<std::string> NameCatalogue::asks(std::string_view first_name) const {
  Words words;
  for (const NameToken& token : telling_tokens(first_name)) {
    if (token.is_initial) words.insert(word('i', token.letter));
    for (const char32_t letter : initials_of(letters_of(token))) words.insert(word('j', letter));
    if (token.is_initial) continue;
    words.insert(word('f', token.fold));
    const auto names = names_by_fold_.find(token.fold);
    if (names != names_by_fold_.end()) {
      for (const std::uint32_t name : names->second) words.insert(word('n', name));
      words.insert(word('u', token.fold));
      continue;
    }
    for (const std::string& fold : alike(token.fold)) words.insert(word('f', fold));
    add_misspellings(words, token.fold.substr(0, kSpeltMax), kLeftOut);
  }
  return sorted(words);
}

}  // namespace assent
