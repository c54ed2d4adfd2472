#pragma once

#include <chrono>
#include <string>

#include "audit/witness_request.h"
#include "core/id.h"

namespace assent {

// How far asking for one checkpoint has come.
struct Cosigning {
  enum class State {
    kAsked,   // The witnesses have not all answered, and have time left.
    kEnough,  // `note` is the checkpoint with what they gave; it may be published.
    kTooFew   // They have answered or had their time; it may not be published.
  };
  State state = State::kAsked;
  std::string note = {};
};

// Whom the signer asks before it publishes. Nobody waits in it, so that the witnesses of one log
// keep no other log waiting. Call from one thread.
class Cosigner {
 public:
  virtual ~Cosigner() = default;
  // Begins to ask, or says how far it is. One checkpoint of a log at a time: the same note again,
  // until the state is another than kAsked; then it is forgotten. `proof` is called on other
  // threads, until drain() returns.
  virtual Cosigning cosign(TenantId log, const std::string& signed_checkpoint,
                           const ProofFrom& proof) = 0;
  // Returns when nobody is being asked, or when the patience is over.
  virtual void wait(std::chrono::milliseconds patience) = 0;
  // Returns when nobody is being asked: by the patience that each witness has.
  virtual void drain() = 0;
};

}  // namespace assent
