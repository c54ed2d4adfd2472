#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.h"

namespace assent {

struct CatalogueNode;  // A node of a policy file, known inside the room.

// How close a field is to the person. Direct ones identify; traits describe.
enum class FieldClass { kDirect, kPersonal, kTrait };
// Sealed under the record's key, or in the clear (only what decisions of data protection allow).
enum class AtRest { kSealed, kClear };

struct Field {
  std::uint16_t id = 0;  // Goes into keys and associated data: fixed for ever.
  CatalogueName name;
  FieldClass field_class = FieldClass::kDirect;
  AtRest at_rest = AtRest::kSealed;
  std::uint16_t sealed_in =
      0;                       // The field whose record holds it (contact points); else its own id.
  std::uint16_t index_id = 0;  // The blind index of its values; 0 when there is none.
};

// policies/fields.yaml: every field of a person that the house knows, and every blind index.
// Immutable; thread-safe.
class FieldCatalogue {
 public:
  // kInvalid with its line: an id or name twice, an unknown index or class, an index or a direct
  // field in the clear. Loaded whole or not at all.
  static Result<FieldCatalogue> load(const std::filesystem::path& file);

  const Field* find(std::string_view name) const;  // nullptr when there is none.
  const Field* find(std::uint16_t id) const;
  std::uint16_t index_id(std::string_view name) const;  // 0 when there is none.
  const std::vector<Field>& all() const { return fields_; }

 private:
  Status add_index(const CatalogueNode& node);
  Status add_field(const CatalogueNode& node);

  std::vector<Field> fields_;
  std::unordered_map<std::string, std::uint16_t> indexes_;
};

}  // namespace assent
