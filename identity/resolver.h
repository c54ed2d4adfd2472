#pragma once

#include <set>
#include <span>
#include <vector>

#include "core/db.h"
#include "core/key_store.h"
#include "core/random.h"
#include "identity/fields.h"
#include "identity/link_store.h"
#include "identity/name.h"
#include "identity/record_fields.h"

namespace assent {

enum class Arrival { kNew, kChanged };

// A record that came in or changed, with all its values that may link (strong ones only).
struct ChangedRecord {
  RecordId record;
  Arrival arrival = Arrival::kNew;
  std::vector<LinkTag> tags;
};

struct ResolveOutcome {
  std::size_t links_made = 0;
  std::size_t links_retracted = 0;
  std::vector<RecordId> moved;  // Into another profile than before.
  std::vector<ProfileId> left;  // What they moved out of, retired or not.
};

// Links records that hold an equal value, and divides them into profiles. Two records are not
// linked when their first names or birth dates contradict, when more than kHoldersMax hold the
// value, when a person said that they are two, or when one is erased, retired or restricted. The
// partition is a function of the records alone: the order in which they came does not matter.
// Thread-safe; the caller holds the tenant's identity lock (lock_identity).
class Resolver {
 public:
  // All must outlive the resolver.
  Resolver(KeyStore& keys, const NameCatalogue& names, RecordFields fields, Random& random)
      : keys_(keys), names_(names), fields_(fields), random_(random) {}

  // Resolves a batch whose records and identifiers are stored in `tx` already, under its `leaf`.
  Result<ResolveOutcome> resolve(Tx& tx, EventId leaf, std::span<const ChangedRecord> changed);

  // Divides the component of `seeds` again, by the links in force.
  Result<ResolveOutcome> recluster(Tx& tx, EventId leaf, std::span<const RecordId> seeds);

 private:
  struct Component;
  Result<Component> load(Tx& tx, std::span<const RecordId> seeds);
  bool contradict(const Component& component, std::size_t i, std::size_t j) const;
  std::vector<std::size_t> divide(const Component& component) const;
  void revise_links(Tx& tx, EventId leaf, std::span<const ChangedRecord> changed,
                    std::span<const Holders> holders, Component& component,
                    ResolveOutcome& outcome) const;

  KeyStore& keys_;
  const NameCatalogue& names_;
  RecordFields fields_;
  Random& random_;
};

// The fields of the catalogue that linking reads.
RecordFields linking_fields(const FieldCatalogue& catalogue);

// Serialises everything that changes who is who in the transaction's tenant, until it ends.
// (Queries of this room drive every join from the batch by LATERAL: of a tenant that is just being
// filled the planner knows nothing, and takes joins of whole tables for cheap.)
void lock_identity(Tx& tx);

}  // namespace assent
