#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "consent/notice.h"
#include "consent/policy.h"
#include "consent/purpose.h"
#include "identity/blocked.h"
#include "identity/fields.h"
#include "identity/mapping.h"
#include "identity/name.h"
#include "identity/place.h"

namespace assent {

// Everything under policies/ but the roles: data, not code. Loaded whole at the start or not at
// all; immutable and thread-safe.
struct Catalogues {
  PolicySet policies;
  FieldCatalogue fields;
  std::vector<Mapping> mappings;
  PlaceCatalogue places;
  BlockedValues blocked;
  NameCatalogue names;
  std::vector<PurposeEntry> purposes;
  std::vector<Notice> notices;

  // nullptr with every fault of the first file or folder that does not load in `faults`, one a
  // line.
  static std::unique_ptr<const Catalogues> load(const std::filesystem::path& folder,
                                                std::string& faults);
};

}  // namespace assent
