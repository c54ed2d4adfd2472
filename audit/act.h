#pragma once

#include "audit/leaf.h"

namespace assent {

// Who acts, for whom, why and in which call: what all leaves of one call have in common. Made once
// at the edge (an HTTP request, a command, a job) and handed down by reference.
struct Act {
  ActorKind actor_kind = ActorKind::kSystem;
  ActorRef actor;
  ActorRef on_behalf_of;
  PurposeCode purpose = PurposeCode::kNone;
  LegalBasis basis = LegalBasis::kNone;
  RequestId request;
};

// A leaf that says who and why; the caller adds what.
inline Leaf leaf_of(const Act& act, AuditEvent event) {
  Leaf leaf;
  leaf.event = event;
  leaf.actor_kind = act.actor_kind;
  leaf.actor = act.actor;
  leaf.on_behalf_of = act.on_behalf_of;
  leaf.purpose = act.purpose;
  leaf.basis = act.basis;
  leaf.request = act.request;
  return leaf;
}

}  // namespace assent
