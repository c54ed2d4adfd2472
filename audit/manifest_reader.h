#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/id.h"
#include "core/result.h"

namespace assent {

// What a manifest of a release says, as far as it is checked. Private to the check of a release.
struct ReleaseTerms {
  std::string purpose, channel, recipient;
  std::vector<std::string> fields;
  friend bool operator==(const ReleaseTerms&, const ReleaseTerms&) = default;
};

struct OpeningFacts {
  Uuid release;
  Timestamp opened_at;
  ReleaseTerms terms;
  Hash32 policies{};
  std::uint64_t matched = 0;
  std::uint64_t permitted = 0;
  std::vector<std::uint64_t> denied;  // In the order of the manifest, which is that of the reasons.
  Hash32 commitment{};
};

struct ClosingFacts {
  Uuid release;
  Hash32 opening{};
  Timestamp delivered_at;
  ReleaseTerms terms;
  std::string encoding;
  std::uint64_t delivered = 0;
  Hash32 commitment{};
  Hash32 reasons{};
  std::uint64_t bytes = 0;
  Hash32 content{};
};

// Of a signed note; says nothing about who signed. kInvalid: not such a manifest, or damaged.
template <class Facts>
Result<Facts> read_manifest(std::string_view note);

}  // namespace assent
