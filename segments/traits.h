#pragma once

#include <string_view>

#include "audit/journal.h"
#include "core/db.h"
#include "segments/funnel.h"
#include "segments/segment_catalogue.h"

namespace assent {

// One computation of recency, frequency and monetary value.
struct TraitRun {
  Uuid id;
  Date as_of;
  std::string rule;
  std::string thresholds;  // JSON: the cut-offs by currency.
  std::int64_t profiles = 0;
};

// Recency (days from the last order to the day), frequency (orders: an order id counts once, orders
// without an id by customer and day) and monetary value of every profile as of a day, by currency
// and in its smallest unit, scored 1 to 5 by value cut-offs (percentile_disc .2 .4 .6 .8): equal
// values never part. Days are of UTC. Restricted and terminated profiles stay out. Works inside the
// caller's transaction; immutable and thread-safe.
class Traits {
 public:
  // All must outlive the object.
  Traits(const SegmentCatalogue& segments, Journal& journal, Random& random)
      : segments_(segments), journal_(journal), random_(random) {}

  // Replaces the tenant's traits; one SEGMENT_COMPUTED leaf with the number of profiles and the
  // SHA-256 of the thresholds.
  // kInvalid  the day has begun nowhere yet: who sleeps by then is not known.
  Result<TraitRun> compute(Tx& tx, const Act& act, Date as_of) const;

  // How many profiles are in the segment by the newest computation.
  // kNotFound  no such segment.
  // kConflict  the newest computation is of another day, or there is none.
  Result<std::int64_t> count(Tx& tx, std::string_view segment, Date as_of, Viewer viewer) const;

 private:
  const SegmentCatalogue& segments_;
  Journal& journal_;
  Random& random_;
};

}  // namespace assent
