#include "identity/name.h"

#include <algorithm>

#include "catalogue_file.h"

namespace assent {
namespace {

// One letter, whatever its script: an initial.
bool is_initial(std::string_view fold) {
  const auto letters =
      std::count_if(fold.begin(), fold.end(), [](char c) { return (c & 0xC0) != 0x80; });
  return letters <= 1;
}

template <class Visit>
bool any_token(std::string_view fold, Visit visit) {
  while (!fold.empty()) {
    const auto space = fold.find(' ');
    if (visit(fold.substr(0, space))) return true;
    fold.remove_prefix(space == std::string_view::npos ? fold.size() : space + 1);
  }
  return false;
}

}  // namespace

Result<NameCatalogue> NameCatalogue::load(const std::filesystem::path& file) {
  auto read = read_catalogue_file(file);
  if (!read.ok()) return read.error();
  auto checked = read->root.expect({"first_names"}, {});
  if (!checked.ok()) return checked.error();
  NameCatalogue catalogue;
  std::uint32_t number = 0;
  auto added = read->root.each("first_names", [&](const CatalogueNode& forms) -> Status {
    if (forms.items.size() < 2) return catalogue_error("a name needs at least one form", forms);
    for (const CatalogueNode& form : forms.items) {
      const Plaintext fold = name_fold(form.scalar);
      if (fold.empty()) return catalogue_error("a name has no letters", form);
      catalogue.names_by_fold_[std::string(fold.reveal())].push_back(number);
    }
    ++number;
    return Unit{};
  });
  if (!added.ok()) return added.error();
  return catalogue;
}

bool NameCatalogue::first_names_contradict(std::string_view a, std::string_view b) const {
  const Plaintext fold_a = name_fold(a);
  const Plaintext fold_b = name_fold(b);
  if (fold_a.empty() || fold_b.empty()) return false;
  const bool agree = any_token(fold_a.reveal(), [&](std::string_view x) {
    return any_token(fold_b.reveal(), [&](std::string_view y) { return !tokens_contradict(x, y); });
  });
  return !agree;
}

bool NameCatalogue::tokens_contradict(std::string_view a, std::string_view b) const {
  if (a == b) return false;
  if (is_initial(a) || is_initial(b)) return false;
  const auto names_a = names_by_fold_.find(std::string(a));
  const auto names_b = names_by_fold_.find(std::string(b));
  if (names_a == names_by_fold_.end() || names_b == names_by_fold_.end()) {
    return jaro_winkler(a, b) < kAlike;
  }
  return std::none_of(names_a->second.begin(), names_a->second.end(), [&](std::uint32_t name) {
    return std::find(names_b->second.begin(), names_b->second.end(), name) != names_b->second.end();
  });
}

}  // namespace assent
