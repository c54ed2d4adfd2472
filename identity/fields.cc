#include "identity/fields.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "catalogue_file.h"

namespace assent {
namespace {

// 1 to 65535; 0 when it is none.
std::uint16_t to_id(const std::string& text) {
  std::uint16_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() ? id : std::uint16_t{0};
}

std::optional<FieldClass> to_class(std::string_view text) {
  if (text == "direct") return FieldClass::kDirect;
  if (text == "personal") return FieldClass::kPersonal;
  if (text == "trait") return FieldClass::kTrait;
  return std::nullopt;
}

}  // namespace

Result<FieldCatalogue> FieldCatalogue::load(const std::filesystem::path& file) {
  auto read = read_catalogue_file(file);
  if (!read.ok()) return read.error();
  auto checked = read->root.expect({"indexes", "fields"}, {});
  if (!checked.ok()) return checked.error();
  FieldCatalogue catalogue;
  auto indexes = read->root.each(
      "indexes", [&](const CatalogueNode& node) { return catalogue.add_index(node); });
  if (!indexes.ok()) return indexes.error();
  auto fields = read->root.each(
      "fields", [&](const CatalogueNode& node) { return catalogue.add_field(node); });
  if (!fields.ok()) return fields.error();
  return catalogue;
}

Status FieldCatalogue::add_index(const CatalogueNode& node) {
  auto checked = node.expect({"id", "name"}, {});
  if (!checked.ok()) return checked;
  const std::uint16_t id = to_id(node.text("id"));
  const bool taken = std::any_of(indexes_.begin(), indexes_.end(),
                                 [id](const auto& index) { return index.second == id; });
  if (id == 0 || taken || !indexes_.emplace(node.text("name"), id).second) {
    return catalogue_error("an index id or name is taken or is none", node);
  }
  return Unit{};
}

Status FieldCatalogue::add_field(const CatalogueNode& node) {
  auto checked = node.expect({"id", "name", "class", "at_rest"}, {"sealed_in", "index"});
  if (!checked.ok()) return checked;
  const auto field_class = to_class(node.text("class"));
  const std::string at_rest = node.text("at_rest");
  if (!field_class || (at_rest != "sealed" && at_rest != "clear")) {
    return catalogue_error("the field's class or at_rest is not known", node);
  }
  Field field{to_id(node.text("id")),
              CatalogueName::from_policy(node.text("name")),
              *field_class,
              at_rest == "sealed" ? AtRest::kSealed : AtRest::kClear,
              0,
              0};
  if (field.id == 0 || find(field.id) != nullptr || find(field.name.text()) != nullptr) {
    return catalogue_error("a field id or name is taken or is none", node);
  }
  const Field* whole = find(node.text("sealed_in"));
  if (node.find("sealed_in") != nullptr && whole == nullptr) {
    return catalogue_error("sealed_in names no field above", node);
  }
  field.sealed_in = whole == nullptr ? field.id : whole->id;
  field.index_id = index_id(node.text("index"));
  if (node.find("index") != nullptr && field.index_id == 0) {
    return catalogue_error("the field's index is not known", node);
  }
  const bool identifies = field.field_class == FieldClass::kDirect || field.index_id != 0;
  if (identifies && field.at_rest == AtRest::kClear) {
    return catalogue_error("a field that identifies is never in the clear", node);
  }
  fields_.push_back(std::move(field));
  return Unit{};
}

const Field* FieldCatalogue::find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [name](const Field& f) { return f.name.text() == name; });
  return found == fields_.end() ? nullptr : &*found;
}

const Field* FieldCatalogue::find(std::uint16_t id) const {
  const auto found =
      std::find_if(fields_.begin(), fields_.end(), [id](const Field& f) { return f.id == id; });
  return found == fields_.end() ? nullptr : &*found;
}

std::uint16_t FieldCatalogue::index_id(std::string_view name) const {
  const auto found = indexes_.find(std::string(name));
  return found == indexes_.end() ? std::uint16_t{0} : found->second;
}

}  // namespace assent
