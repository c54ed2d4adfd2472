#pragma once

#include <vector>

#include "batch_rows.h"
#include "consent/consent_event.h"
#include "consent/erasure_marker.h"
#include "consent/suppression.h"
#include "contact_values.h"
#include "identity/import_services.h"
#include "identity/resolver.h"
#include "identity/source.h"

namespace assent {

// A suppression that a statement asks for: only a statement that is new suppresses.
struct AskedSuppression {
  EventId by;
  SuppressedContact what;
};

// Everything that one group of rows leaves behind, before it is written.
struct Batch {
  std::vector<NewRecord> records;
  std::vector<VersionRow> versions;
  std::vector<OrganisationRow> organisations;
  std::vector<PurchaseRow> purchases;
  std::vector<Tag16> replaced;  // Keys of order lines that stand and are corrected by these.
  std::vector<RejectedUnit> rejected;
  std::vector<ConsentEvent> consents;

  std::vector<RecordId> described;  // Older records whose identifiers and employer become these:
  std::vector<HeldTag> identifiers;
  std::vector<HeldTag> works_for;
  std::vector<Uuid> units;  // Organisations and rejected rows, with what finds them:
  std::vector<HeldTag> unit_tags;
  std::vector<ContactTags> contacts;  // Every contact point met, with its suppression tag.
  std::vector<AskedSuppression> suppressed;
  // What rows that are not stored deny, and what remembers those rows (kept_denials.h).
  std::vector<SuppressedAddress> addresses;
  std::vector<Tag16> denied_contacts;
  std::vector<EventId> denied_rows;
  std::vector<Uuid> lifted;            // Erasures that the person's own act ends.
  std::vector<ChangedRecord> changed;  // What linking looks at.

  bool empty() const {
    return versions.empty() && organisations.empty() && purchases.empty() && rejected.empty() &&
           consents.empty() && addresses.empty();
  }
};

// What a batch is a part of.
struct BatchScope {
  const ImportServices& services;
  const Act& act;
  const TagMaker& tags;
  const ContactFields& fields;
  Source source;  // Whose rows they are.
  Uuid import;
};

// Writes the batch under one BATCH leaf that seals its versions, organisations, purchases, rejected
// rows and consent events, and the removal of those that it corrects; links; and makes the permits
// of all whom it touches again. The keys are in the safe already; the identity lock is held. Writes
// nothing for an empty batch.
Result<ResolveOutcome> write_batch(Tx& tx, const BatchScope& scope, Batch batch);

}  // namespace assent
