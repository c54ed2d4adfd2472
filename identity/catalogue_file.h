#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

namespace assent {

struct CatalogueEntry;

// A YAML file of policies/ as a plain tree, so that one source file alone knows the YAML library.
struct CatalogueNode {
  enum class Kind { kScalar, kList, kMap };
  Kind kind = Kind::kScalar;
  std::string scalar;
  std::vector<CatalogueNode> items;
  std::vector<CatalogueEntry> entries;  // In the file's order.
  std::uint64_t line = 0;

  const CatalogueNode* find(std::string_view key) const;
  std::string text(std::string_view key) const;  // "" when the key is absent or no scalar.
  // The scalars of a list; one scalar is a list of one; none when the key is absent.
  std::vector<std::string> texts(std::string_view key) const;
  // Calls `visit` for every item of the list under `key`.
  template <class Visit>
  Status each(std::string_view key, Visit visit) const;
  // kInvalid with the line of the first key that is not in `known`, or of this node when it is no
  // map or lacks one of `required`.
  Status expect(std::initializer_list<std::string_view> required,
                std::initializer_list<std::string_view> known) const;
};

struct CatalogueEntry {
  std::string key;
  CatalogueNode node;
};

template <class Visit>
Status CatalogueNode::each(std::string_view key, Visit visit) const {
  const CatalogueNode* list = find(key);
  if (list == nullptr) return Unit{};
  for (const CatalogueNode& item : list->items) {
    auto visited = visit(item);
    if (!visited.ok()) return visited;
  }
  return Unit{};
}

// kInvalid at `node`'s line.
Error catalogue_error(StaticText reason, const CatalogueNode& node);

struct CatalogueFile {
  CatalogueNode root;
  Hash32 sha256;  // Of the file's bytes.
};

// kNotFound: cannot be read. kInvalid: not YAML, a key stands twice, or larger than 4 MiB.
Result<CatalogueFile> read_catalogue_file(const std::filesystem::path& path);

}  // namespace assent
