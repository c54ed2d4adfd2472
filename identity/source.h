#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/journal.h"
#include "core/db.h"

namespace assent {

// A system that feeds data: an instance of a mapping of policies/sources.
struct Source {
  std::int16_t id = 0;
  std::string name;
  std::string mapping;
  bool act_of_person = false;  // Its rows are acts of the person: they end an erasure marker.
};

std::optional<Source> find_source(Tx& tx, std::string_view name);

// Makes the source known; `leaf` is of the same transaction and the identity lock is held.
// kInvalid   the name is not of [a-z][a-z0-9_-]{0,62}.
// kConflict  it is known with another mapping.
Result<Source> find_or_register_source(Tx& tx, EventId leaf, const Source& wanted);

}  // namespace assent
