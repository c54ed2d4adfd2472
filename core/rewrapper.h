#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/db.h"
#include "core/fault_point.h"
#include "core/live_keyring.h"

namespace assent {

struct RewrapReport {
  std::uint64_t rewrapped = 0;
  std::uint64_t changed = 0;  // Destroyed or replaced by somebody else meanwhile: left so.
  std::uint64_t damaged = 0;  // Did not open, and are left as they are.
  std::optional<KeyName> first_damaged;
};

// Wraps every key of every tenant and purpose under the epoch in use. Batch after batch in the
// order of the primary key, each a transaction of its own, so it may be killed at any point, and
// the next run goes on with what is left; two at once do no harm. Reads go on: a key has one wrap
// at any time, and whoever works has both epochs. Each key is opened by its commitment before, and
// out of the new wrap again before that is stored.
// Source: data-protection 2.5 and 6.2; decisions/0030.
class Rewrapper {
 public:
  static constexpr std::size_t kBatchMax = 5'000;
  static constexpr StaticText kFaultPoints[] = {"rewrap.opened", "rewrap.stored"};

  // `rewrapper` is the safe as assent_rewrapper; all must outlive it.
  Rewrapper(
      Database& rewrapper, LiveKeyring& keyring, Random& random, FaultPoint at = [](StaticText) {},
      std::size_t batch = kBatchMax)
      : safe_(rewrapper), keyring_(keyring), random_(random), at_(std::move(at)), batch_(batch) {}

  // Called after each batch with the number of keys that are done.
  using Told = std::function<void(std::uint64_t done)>;
  // kConflict     the epoch in use is not the keyring's newest: a new epoch was begun and not
  //               finished, or the keyring is an old one.
  // kUnavailable  the safe is away; what is done is done.
  Result<RewrapReport> run(const Told& told) const;

 private:
  struct Place;
  struct Batch;
  Result<std::optional<TenantId>> next_tenant(const std::optional<TenantId>& after) const;
  Status rewrap_tenant(const Keyring& keyring, TenantId tenant, RewrapReport& report,
                       const Told& told) const;
  Result<Batch> open_batch(Tx& tx, const Keyring& keyring, const Place& after,
                           RewrapReport& report) const;
  // False: there was nothing more.
  Result<bool> rewrap_batch(const Keyring& keyring, TenantId tenant, Place& after,
                            RewrapReport& report) const;

  Database& safe_;
  LiveKeyring& keyring_;
  Random& random_;
  FaultPoint at_;
  std::size_t batch_;
};

}  // namespace assent
