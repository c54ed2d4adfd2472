#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "audit/journal.h"
#include "core/fault_point.h"
#include "core/key_store.h"

namespace assent {

// What one act did.
struct Resealed {
  EventId leaf;               // RECORD_KEYS_ROTATED; nil: there was nothing to do.
  std::uint64_t units = 0;    // Records, rejected rows, organisations.
  std::uint64_t values = 0;   // Sealed anew.
  std::uint32_t version = 0;  // Of the key that they are under now; of a single unit.
  std::uint64_t damaged = 0;  // Units with a value that does not open; left as they are.
  std::optional<Uuid> first_damaged;
};

// Gives keyed units a new key for their fields, and seals all that is sealed under the old one anew
// in the suite of new values. The next version is in the safe before anything names it, under the
// tenant's identity lock, as a creation has it (decisions.md 2); then one transaction with one leaf
// changes every value, found by the catalogue. Each is opened with exactly the key that its header
// names. Whoever dies between leaves a version that nothing names: the next call uses it. Both
// versions stay readable until ReplacedKeys ends the old one; evidence of consent (purpose 2) and
// certificates (3) have keys of their own and are left. Thread-safe. Source: data-protection 7;
// decisions/0035.
class Resealer {
 public:
  static constexpr std::size_t kBatchMax = 200;
  static constexpr StaticText kFaultPoints[] = {"reseal.keys_stored", "reseal.written",
                                                "reseal.committed"};

  // `data` as assent_app. All must outlive it.
  Resealer(
      Database& data, KeyStore& keys, Journal& journal, Random& random,
      FaultPoint at = [](StaticText) {}, std::size_t batch = kBatchMax)
      : data_(data),
        keys_(keys),
        journal_(journal),
        random_(random),
        at_(std::move(at)),
        batch_(batch) {}

  // A new key for one unit. A rotation that died is finished instead.
  // kNotFound  no such unit, or it is erased or being erased: not told apart.
  // kCorrupt   one of its values does not open; nothing is changed.
  Result<Resealed> rotate(TenantId tenant, const Act& act, const Uuid& unit) const;
  // Those of the units of which a value is under an older version than their newest get them all
  // under that.
  Result<Resealed> gather(TenantId tenant, const Act& act, const std::vector<Uuid>& units) const;

  // How many units have values in another suite than that of new values. Reads every value.
  Result<std::uint64_t> left_in_other_suites(TenantId tenant) const;
  // All of them, batch after batch in the order of their ids, each a transaction and a leaf, beside
  // whatever runs; it may be killed at any point, and the next run goes on with what is left.
  // `told` after each batch with the units that are done. kUnavailable: a cluster is away; what is
  // done is done.
  Result<Resealed> reseal_other_suites(TenantId tenant, const Act& act,
                                       const std::function<void(std::uint64_t done)>& told) const;

 private:
  struct Batch;
  enum class Which { kAll, kOfOtherSuites, kOfOlderVersions };
  Result<Resealed> reseal(TenantId tenant, const Act& act, const std::vector<Uuid>& units,
                          Which which) const;
  Result<Resealed> reseal(Tx& tx, const Act& act, const std::vector<Uuid>& asked,
                          Which which) const;
  Status find_batch(Tx& tx, const std::vector<Uuid>& asked, Which which, Batch& batch) const;
  Status seal_anew(Tx& tx, Batch& batch) const;
  Result<Resealed> write(Tx& tx, const Act& act, const Batch& batch) const;

  Database& data_;
  KeyStore& keys_;
  Journal& journal_;
  Random& random_;
  FaultPoint at_;
  std::size_t batch_;
};

}  // namespace assent
