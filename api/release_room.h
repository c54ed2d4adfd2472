#pragma once

#include <memory>

#include "segments/delivery.h"
#include "segments/recipient.h"
#include "segments/release.h"
#include "segments/segment_catalogue.h"
#include "segments/traits.h"

namespace assent {

// The services of segments/, built on what Services has. Thread-safe.
struct ReleaseRoom {
  ReleaseRoom(SegmentCatalogue catalogue, Database& data, const FieldCatalogue& fields,
              const PolicySet& policies, Country database, KeyStore& keys, Journal& journal,
              Random& random)
      : segments(std::move(catalogue)),
        traits(segments, journal, random),
        recipients(journal, random),
        releases(segments, policies, database, keys, journal, random),
        deliveries(data, segments, fields, policies, database, keys, journal, random) {}

  const SegmentCatalogue segments;
  Traits traits;
  Recipients recipients;
  Releases releases;
  Deliveries deliveries;
};

// Marketers see rounded figures; whoever controls the house sees what is.
inline Viewer viewer_of(std::string_view role) {
  return role == "officer" || role == "auditor" ? Viewer::kExact : Viewer::kRounded;
}

}  // namespace assent
