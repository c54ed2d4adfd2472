#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "audit/event.h"
#include "core/id.h"

namespace assent {

// Proof that a read of certain fields of certain records, for one purpose and one act, is allowed
// and already stands in the log of the same transaction. Only an Authorizer makes one; the Vault
// demands one and asks the database whether its leaf belongs to the transaction at hand.
class Grant {
 public:
  bool covers(RecordId record) const {
    return std::binary_search(records_.begin(), records_.end(), record);
  }
  const std::vector<RecordId>& records() const { return records_; }  // Sorted, no doubles.
  std::uint64_t field_mask() const { return field_mask_; }           // Bit n: field_id n.
  PurposeCode purpose() const { return purpose_; }
  EventId leaf() const { return leaf_; }

 private:
  friend class Authorizer;
  Grant(std::vector<RecordId> sorted, std::uint64_t field_mask, PurposeCode purpose, EventId leaf)
      : records_(std::move(sorted)), field_mask_(field_mask), purpose_(purpose), leaf_(leaf) {}

  std::vector<RecordId> records_;
  std::uint64_t field_mask_;
  PurposeCode purpose_;
  EventId leaf_;
};

}  // namespace assent
