#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consent/consent_event.h"
#include "consent/erasure_marker.h"
#include "consent/flag.h"
#include "core/clock.h"
#include "core/result.h"

namespace assent {

// One line of the safe's journal of denials, as follower.cc wrote it. What an older version did not
// write down is empty.
struct DenialLine {
  struct Statement {
    ConsentEvent event;                 // `source` is 0: the number may be another one's by now.
    std::optional<std::string> source;  // By its name.
    std::optional<Hash32> suppression;  // Of the address that it is about.
  };
  struct Flag {
    RecordFlag flag = RecordFlag::kRestriction;
    Timestamp since;
    std::optional<Timestamp> until;
  };
  struct Suppressed {
    Hash32 tag{};
    std::uint8_t channel = 0;
    Timestamp since;
  };
  struct Marker {
    ErasureMarker marker;
    Timestamp erased_at;
  };
  struct Unit {
    Uuid unit;
    std::int16_t kind = 0;  // Of pending_shred: 2 rejected row, 4 organisation.
  };

  std::int64_t position = 0;
  std::int16_t kind = 0;  // Of the change feed: 4 denial, 5 erasure, 6 restriction, difference.
  Uuid record;            // Nil: an address. Of markers: their reference.
  Timestamp at;
  std::vector<Statement> statements;
  std::vector<Flag> flags;
  std::vector<Hash32> addresses;  // Suppression tags of the record's contact points.
  std::vector<RecordId> apart;    // Declared to be others than the record.
  std::vector<Suppressed> suppressed;
  std::vector<Marker> markers;
  std::optional<RequestId> request;
  std::vector<Unit> units;
};

// Reads the body of a line whose other members are set. kCorrupt: not one of ours.
Status read_denial_body(const std::string& body, DenialLine& line);

}  // namespace assent
