#pragma once

#include <vector>

#include "core/plaintext.h"
#include "identity/decode/row_reader.h"
#include "identity/mapping.h"
#include "identity/source_file.h"

namespace assent {

// One column of a file and what the mapping makes of it.
struct BoundColumn {
  std::size_t column = 0;                // From 0.
  const MappedColumn* mapped = nullptr;  // nullptr: not known, kept.
  Plaintext caption;
};

struct BoundCaptions {
  std::vector<BoundColumn> columns;  // A column stands twice when two rules read it.
  CaptionFacts facts;
};

// Errors as open_source().
Result<BoundCaptions> bind_captions(const Mapping& mapping, const RawRow& captions);

}  // namespace assent
