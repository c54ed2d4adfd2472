#pragma once

#include <vector>

#include "audit/journal.h"
#include "consent/erasure_marker.h"
#include "erase_inventory.h"
#include "rights/rights_services.h"

namespace assent {

// Under what an erased person is refused to return: sorted, no doubles.

// By every address, card, source key and first name of every version of the records. Opens first
// names, with the leaf of the read.
Result<std::vector<ErasureMarker>> marks_of_person(Tx& tx, const RightsServices& services,
                                                   const Act& act, const TagMaker& tags,
                                                   const std::vector<PersonRecord>& records);
// By what parsed of rejected rows and organisations. Nobody knows their first names, so an address
// binds everybody, unless a live record holds it too: then only those who give no name.
std::vector<ErasureMarker> marks_of_units(Tx& tx, const TagMaker& tags, const KeyedUnits& units);

}  // namespace assent
