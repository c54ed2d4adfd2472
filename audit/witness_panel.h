#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audit/log_policy.h"
#include "audit/witness_client.h"
#include "audit/witness_request.h"
#include "core/clock.h"
#include "core/pause.h"
#include "core/result.h"

namespace assent {

struct WitnessPanelConfig {
  std::chrono::milliseconds patience{5'000};  // With each witness, for one checkpoint, in all.
  std::string ca_file = {};                   // WitnessClient::open.
};

// A witness that gave nothing, and why.
struct WitnessFailure {
  std::string witness;  // Its name in the policy.
  Error error;
};

struct WitnessRound {
  std::string note;     // The checkpoint with every cosignature that came.
  bool quorum = false;  // Enough of them, by the policy.
  std::vector<WitnessFailure> failed;
};

// All witnesses of a policy that have a URL, asked at once. Remembers what each of them knows.
// One that did not answer is left alone for a second, then two, up to a minute; one that refused a
// log, the same for that log. Thread-safe, but for one log one caller at a time.
class WitnessPanel {
 public:
  // `steady` (SteadyClock) outlives the panel.
  // kInvalid  a witness with a URL that WitnessClient::open refuses.
  static Result<std::unique_ptr<WitnessPanel>> open(LogPolicy policy, WitnessPanelConfig config,
                                                    const Clock& steady);

  // `signed_checkpoint` is the text of a note, signed by its log. Returns after patience at most,
  // with or without answers.
  // `proof` is called on the caller's thread.
  WitnessRound cosign(const std::string& signed_checkpoint, const ProofFrom& proof);

  const LogPolicy& policy() const { return policy_; }

 private:
  static constexpr std::int64_t kPauseMaxUs = 60 * kSecondUs;
  // What a witness knows of one log, and why it refused it last.
  struct Known {
    std::uint64_t size = 0;
    Pause pause{kPauseMaxUs};
    std::optional<Error> refused = std::nullopt;
  };
  struct Member {
    PolicyWitness witness;
    std::vector<std::unique_ptr<WitnessClient>> idle = {};  // Their connections are kept open.
    Pause pause{kPauseMaxUs};                               // It did not answer at all.
    std::map<std::string, Known> logs = {};                 // By origin.
  };
  struct Asking;
  WitnessPanel(LogPolicy policy, WitnessPanelConfig config, const Clock& steady)
      : policy_(std::move(policy)), config_(std::move(config)), steady_(steady) {}

  std::vector<Asking> begin(const Checkpoint& head);
  std::unique_ptr<WitnessClient> take_client(Member& member);
  void give_back(std::vector<Asking>& asking);
  bool ask_once(std::vector<Asking>& asking, const SignedCheckpoint& head, const std::string& note,
                const ProofFrom& proof, std::chrono::milliseconds patience);
  void settle(const Asking& asked, const Checkpoint& head);

  const LogPolicy policy_;
  const WitnessPanelConfig config_;
  const Clock& steady_;
  std::mutex mutex_;  // Of the members.
  std::vector<Member> members_;
};

}  // namespace assent
