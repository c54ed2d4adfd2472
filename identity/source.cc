#include "source.h"

#include <algorithm>

namespace assent {
namespace {

constexpr std::size_t kNameBytesMax = 63;

bool is_name(std::string_view name) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kNameBytesMax && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(), is_part);
}

}  // namespace

std::optional<Source> find_source(Tx& tx, std::string_view name) {
  const Rows rows = tx.query(
      "SELECT source_id, name, mapping, act_of_person FROM source WHERE name = $1", {name});
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  return Source{static_cast<std::int16_t>(row.integer(0)), row.text(1), row.text(2), row.flag(3)};
}

Result<Source> find_or_register_source(Tx& tx, EventId leaf, const Source& wanted) {
  if (!is_name(wanted.name)) {
    return Error{ErrorCode::kInvalid,
                 "a source is named by lower-case letters, digits, _ and -, a letter first"};
  }
  if (auto known = find_source(tx, wanted.name)) {
    if (known->mapping == wanted.mapping) return *known;
    return Error{ErrorCode::kConflict, "the source is known with another mapping"};
  }
  Source made = wanted;
  const Rows rows = tx.query("SELECT register_source($1, $2, $3, $4, $5)",
                             {leaf, made.name, made.mapping, made.act_of_person, tx.now()});
  made.id = static_cast<std::int16_t>(rows[0].integer(0));
  return made;
}

}  // namespace assent
