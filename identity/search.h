#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/db.h"
#include "core/tag.h"

namespace assent {

// Live records that hold a value, found by its tag: nothing is opened. `normalized` is in the
// normal form of its index (normalise.h, phone.h, email.h, name.h). For an external id the records
// of every source that has it. Whoever calls for a person's sake writes the leaf of the lookup.
std::vector<RecordId> records_with(Tx& tx, const TagMaker& tags, std::uint16_t index_id,
                                   std::string_view normalized);

// The same, and the records that held the value in an older version: for a person's rights only.
std::vector<RecordId> records_that_held(Tx& tx, const TagMaker& tags, std::uint16_t index_id,
                                        std::string_view normalized);

// Rejected rows and organisations that hold one of `tags`: what erasure and access must reach
// besides records.
std::vector<Uuid> units_with(Tx& tx, std::span<const Tag16> tags);

// The index ids that this room makes tags for.
std::vector<std::uint16_t> index_ids();

}  // namespace assent
