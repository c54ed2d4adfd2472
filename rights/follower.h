#pragma once

#include <cstddef>
#include <cstdint>

#include "core/db.h"

namespace assent {

struct FollowReport {
  std::size_t copied = 0;     // New in the journal.
  std::int64_t position = 0;  // Newest position of the journal.
  std::int64_t lag_us = 0;    // Age of the oldest denial that was not there yet; 0: none waited.
};

// Copies every denial (withdrawal, objection, suppression, erasure, restriction) from the change
// feed into the safe, so that no restore of an old backup forgets one (decisions.md 4). A position
// is copied once, whatever crashes and however many followers run. Thread-safe.
class DenialFollower {
 public:
  static constexpr std::size_t kBatchMax = 5'000;
  // A transaction may commit a position after later ones were copied: as far back as this the feed
  // is compared again.
  static constexpr std::int64_t kLateUs = 3'600 * kSecondUs;

  // `data` as assent_app, `safe` as assent_follower; both must outlive the follower.
  DenialFollower(Database& data, Database& safe) : data_(data), safe_(safe) {}

  // Until the tenant's feed is exhausted. kUnavailable a cluster is away; repeat later.
  Result<FollowReport> run_once(TenantId tenant) const;

 private:
  Database& data_;
  Database& safe_;
};

}  // namespace assent
