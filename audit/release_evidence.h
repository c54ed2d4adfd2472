#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/commitments.h"
#include "core/result.h"

// What an auditor is given of one release: both manifests and what they commit to, as text.
// docs/release-format.md defines it; release_check.h judges it.
namespace assent {

struct ReleaseEvidence {
  std::string opening;                 // The signed note, verbatim; so is the closing one.
  std::optional<std::string> closing;  // Absent while the delivery is not complete.
  // What the closing manifest hides behind its commitment; nothing of it without one.
  Hash32 salt{};
  std::vector<ReasonCount> reasons;
};

// A permitted member. Without a closing manifest `was_delivered` is empty.
struct EvidenceMember {
  Uuid ref;
  Hash32 facts{};
  std::optional<bool> was_delivered;
};

// In this order, the members by rising reference.
void write_evidence(std::ostream& out, const ReleaseEvidence& evidence);
void write_member(std::ostream& out, const EvidenceMember& member);

// Reads evidence in constant memory and judges nothing but its form. Not thread-safe.
class EvidenceReader {
 public:
  // `in` must outlive the reader.
  explicit EvidenceReader(std::istream& in);
  ~EvidenceReader();

  // Call first, once. kInvalid: not evidence, or damaged; the line is given. So for next().
  Result<ReleaseEvidence> head();
  // nullopt after the last member.
  Result<std::optional<EvidenceMember>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assent
