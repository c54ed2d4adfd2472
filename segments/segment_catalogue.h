#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

namespace assent {

class FieldCatalogue;

// Scores run from 1 to 5; both ends belong to it.
struct ScoreBounds {
  std::int32_t from = 1;
  std::int32_t to = 5;
};

// A segment by name: by scores, or by silence when no_order_days is not 0.
struct Segment {
  CatalogueName name;
  ScoreBounds r, f, m;
  int no_order_days = 0;
  bool by_score() const { return no_order_days == 0; }
};

// Where a field of a release comes from.
enum class FieldOrigin {
  kContact,  // The one contact point of the channel.
  kSealed,   // A sealed field of the record, by field_id.
  kClear,    // A column of the record.
  kSegment,  // The name of the score segment.
  kScores    // "545".
};
struct ReleaseField {
  CatalogueName name;
  FieldOrigin origin = FieldOrigin::kContact;
  std::uint16_t field_id = 0;
};

// policies/segments.yaml: the segments by name and what a release may carry. Immutable;
// thread-safe.
class SegmentCatalogue {
 public:
  // kNotFound   no such file.
  // kInvalid    with its line: a key that is unknown or missing, a name twice, bounds outside 1 to
  //             5, a field that fields.yaml does not know or that no release can carry. Loaded
  //             whole or not at all.
  static Result<SegmentCatalogue> load(const std::filesystem::path& file,
                                       const FieldCatalogue& fields);

  const Segment* find(std::string_view name) const;  // nullptr when there is none.
  const std::vector<Segment>& all() const { return segments_; }
  const std::string& rule() const { return rule_; }  // The version of the score rule.
  const Hash32& sha256() const { return sha256_; }   // Of the file.
  // nullptr when a release for this purpose may not carry it.
  const ReleaseField* release_field(std::string_view purpose, std::string_view name) const;

 private:
  friend class SegmentReader;
  struct Allowed {
    std::string purpose;
    std::vector<ReleaseField> fields;
  };
  std::vector<Segment> segments_;
  std::vector<Allowed> allowed_;
  std::string rule_;
  Hash32 sha256_{};
};

}  // namespace assent
