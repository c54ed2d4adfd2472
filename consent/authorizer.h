#pragma once

#include <vector>

#include "audit/journal.h"
#include "consent/grant.h"
#include "core/db.h"

namespace assent {

// Turns the wish to read personal fields into a Grant, or refuses. Thread-safe.
class Authorizer {
 public:
  static constexpr std::size_t kRecordsMax = 100'000;

  // `journal` must outlive the authorizer.
  explicit Authorizer(Journal& journal) : journal_(journal) {}

  // Leaves exactly one RECORD_READ: purpose of `act`, field mask, number of records covered, and
  // the subject's reference when it is one. A `detail` is sealed with the leaf (journal.h): what
  // the reader said about it. The grant covers those of `records` that are live and,
  // unless the purpose is a rights request or the audit, not restricted.
  // kInvalid   no field is asked for.
  // kTooLarge  more than kRecordsMax.
  // kDenied    the act has no purpose, or all the records are restricted.
  // kNotFound  none of the records is there; erased and retired ones are not told apart from it.
  Result<Grant> authorize_read(Tx& tx, const Act& act, std::vector<RecordId> records,
                               std::uint64_t field_mask,
                               const Journal::Detail* detail = nullptr) const;

 private:
  Journal& journal_;
};

}  // namespace assent
