#include "catalogue_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::uintmax_t kFileBytesMax = 4 << 20;

// Throws YAML::Exception.
CatalogueNode convert(const YAML::Node& yaml) {
  CatalogueNode node;
  node.line = static_cast<std::uint64_t>(yaml.Mark().line + 1);
  if (yaml.IsSequence()) {
    node.kind = CatalogueNode::Kind::kList;
    for (const auto& item : yaml) node.items.push_back(convert(item));
  } else if (yaml.IsMap()) {
    node.kind = CatalogueNode::Kind::kMap;
    for (const auto& entry : yaml) {
      auto key = entry.first.as<std::string>();
      if (node.find(key) != nullptr) {
        throw YAML::ParserException(entry.first.Mark(), "a key stands twice");
      }
      node.entries.push_back({std::move(key), convert(entry.second)});
    }
  } else if (yaml.IsScalar()) {
    node.scalar = yaml.Scalar();
  }
  return node;
}

bool contains(std::initializer_list<std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

const CatalogueNode* CatalogueNode::find(std::string_view key) const {
  for (const auto& [name, node] : entries) {
    if (name == key) return &node;
  }
  return nullptr;
}

std::string CatalogueNode::text(std::string_view key) const {
  const CatalogueNode* node = find(key);
  return node == nullptr ? "" : node->scalar;
}

std::vector<std::string> CatalogueNode::texts(std::string_view key) const {
  const CatalogueNode* node = find(key);
  if (node == nullptr) return {};
  if (node->kind == Kind::kScalar) return {node->scalar};
  std::vector<std::string> texts;
  for (const auto& item : node->items) texts.push_back(item.scalar);
  return texts;
}

Status CatalogueNode::expect(std::initializer_list<std::string_view> required,
                             std::initializer_list<std::string_view> known) const {
  if (kind != Kind::kMap) return catalogue_error("a map is expected here", *this);
  for (const auto& [name, node] : entries) {
    if (!contains(required, name) && !contains(known, name)) {
      return catalogue_error("the key is not known", node);
    }
  }
  for (const std::string_view name : required) {
    if (find(name) == nullptr) return catalogue_error("a required key is missing", *this);
  }
  return Unit{};
}

Error catalogue_error(StaticText reason, const CatalogueNode& node) {
  return {ErrorCode::kInvalid, reason, Position{node.line, 0}};
}

Result<CatalogueFile> read_catalogue_file(const std::filesystem::path& path) {
  std::error_code code;
  const auto size = std::filesystem::file_size(path, code);
  std::ifstream file(path, std::ios::binary);
  if (code || !file) return Error{ErrorCode::kNotFound, "a policy file cannot be read"};
  if (size > kFileBytesMax) return Error{ErrorCode::kInvalid, "a policy file is over 4 MiB"};
  std::ostringstream text;
  text << file.rdbuf();
  const std::string bytes = text.str();
  try {
    return CatalogueFile{convert(YAML::Load(bytes)), sha256(as_bytes(bytes))};
  } catch (const YAML::Exception& e) {
    return Error{ErrorCode::kInvalid, "a policy file is not well-formed YAML",
                 Position{static_cast<std::uint64_t>(e.mark.line + 1), 0}};
  }
}

}  // namespace assent
