#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "audit/journal.h"
#include "consent/policy.h"
#include "core/key_store.h"
#include "identity/fields.h"
#include "segments/release.h"
#include "segments/release_file.h"

namespace assent {

// Makes the next piece of the file: text, or nullopt after the last one, when the delivery is
// complete and its closing manifest is stored. One call at a time, on any thread. After an Error
// the delivery is aborted; destroying it before its end aborts it too.
using ReleaseBody = std::function<Result<std::optional<std::string>>()>;

// Delivers releases. An orchestrator over both clusters, hence with transactions of its own.
// Thread-safe. Everything given to the constructor must outlive it and its bodies.
class Deliveries {
 public:
  static constexpr std::int64_t kPageMembers = 1'000;

  Deliveries(Database& data, const SegmentCatalogue& segments, const FieldCatalogue& fields,
             const PolicySet& policies, Country database, KeyStore& keys, Journal& journal,
             Random& random);
  ~Deliveries();

  // Spends the link. Each page asks the gate again at its own moment: who withdrew, was suppressed,
  // restricted or erased since the opening is left out, with the reason in the funnel. A page is
  // handed out after its commit, with a DECISION_FOR_USE and a RECORD_READ leaf; the end leaves
  // RELEASE_DELIVERED, an abort RELEASE_ABORTED and no closing manifest.
  // kNotFound  no such release, another token's (act.actor), a wrong, spent or expired link: one
  //            answer for all.
  // kConflict  another program is aborting it this very moment.
  Result<ReleaseBody> start(TenantId tenant, const Act& act, ReleaseId release,
                            std::string_view link, FileFormat format);

  // Aborts what a program that died left unfinished, and nothing that a living one delivers, this
  // or another; each on behalf of the token that asked for it. Call now and then. Answers how many.
  Result<std::size_t> abort_interrupted(TenantId tenant, const Act& act);

  // Aborts again what could not be aborted because the database was away: a stream that broke off
  // under a living program must not read as one that goes on. Call now and then. Answers how many.
  std::size_t retry_aborts();

  struct Parts;  // What a body works with; private to delivery.cc.

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace assent
