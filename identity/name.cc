#include "identity/name.h"

#include <algorithm>

#include "catalogue_file.h"
#include "name_token.h"

namespace assent {

Result<NameCatalogue> NameCatalogue::load(const std::filesystem::path& file) {
  auto read = read_catalogue_file(file);
  if (!read.ok()) return read.error();
  auto checked = read->root.expect({"first_names"}, {});
  if (!checked.ok()) return checked.error();
  NameCatalogue catalogue;
  std::uint32_t number = 0;
  auto added = read->root.each("first_names", [&](const CatalogueNode& forms) -> Status {
    if (forms.items.size() < 2) return catalogue_error("a name needs at least one form", forms);
    std::u32string letters;
    for (const CatalogueNode& form : forms.items) {
      const auto tokens = name_tokens(form.scalar);
      if (tokens.size() != 1 || tokens[0].fold.empty()) {
        return catalogue_error("a form is one word of letters", form);
      }
      catalogue.names_by_fold_[tokens[0].fold].push_back(number);
      letters += tokens[0].letter;
    }
    catalogue.letters_.push_back(std::move(letters));
    ++number;
    return Unit{};
  });
  if (!added.ok()) return added.error();
  return catalogue;
}

bool NameCatalogue::first_names_contradict(std::string_view a, std::string_view b) const {
  const std::vector<NameToken> of_a = telling_tokens(a);
  const std::vector<NameToken> of_b = telling_tokens(b);
  if (of_a.empty() || of_b.empty()) return false;
  return std::none_of(of_a.begin(), of_a.end(), [&](const NameToken& x) {
    return std::any_of(of_b.begin(), of_b.end(), [&](const NameToken& y) { return agree(x, y); });
  });
}

bool NameCatalogue::agree(const NameToken& a, const NameToken& b) const {
  if (a.is_initial) return begins_with(b, a.letter);
  if (b.is_initial) return begins_with(a, b.letter);
  return !folds_contradict(a.fold, b.fold);
}

bool NameCatalogue::begins_with(const NameToken& token, char32_t initial) const {
  return initials_of(letters_of(token)).find(initial) != std::u32string::npos;
}

std::u32string NameCatalogue::letters_of(const NameToken& token) const {
  std::u32string letters(1, token.letter);
  const auto names = names_by_fold_.find(token.fold);
  if (token.is_initial || names == names_by_fold_.end()) return letters;
  for (const std::uint32_t name : names->second) letters += letters_[name];
  return letters;
}

bool NameCatalogue::folds_contradict(const std::string& a, const std::string& b) const {
  if (a == b) return false;
  const auto names_a = names_by_fold_.find(a);
  const auto names_b = names_by_fold_.find(b);
  if (names_a == names_by_fold_.end() || names_b == names_by_fold_.end()) {
    return jaro_winkler(a, b) < kAlike;
  }
  return std::none_of(names_a->second.begin(), names_a->second.end(), [&](std::uint32_t name) {
    return std::find(names_b->second.begin(), names_b->second.end(), name) != names_b->second.end();
  });
}

}  // namespace assent
