#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consent/engine.h"
#include "consent/permit.h"

namespace assent {

// The half of a decision that a permit leaves open: a permit was derived for the house's own use by
// a proper message; a release has a recipient, a contract and duties. One answer for each set of
// laws, by the same engine: whatever it adds against a person about whom all is in order is the
// recipient's doing. What hangs on the single person and no permit holds (a consent to disclosure
// to this recipient, an opt-out from sale) counts as not permitted: unknown is no. Thread-safe.
class RecipientCheck {
 public:
  // `policies` must outlive the check.
  RecipientCheck(const PolicySet& policies, const Operator& tenant, Purpose purpose,
                 Channel channel, const Recipient& recipient, const Message& message, Date today);

  // The reason of highest precedence against delivering to this recipient under `laws` (ids of
  // policies joined by ',', as permits hold them); kNoPolicy for a law that is not loaded. nullopt:
  // none.
  struct Objection {
    Reason reason = Reason::kNoPolicy;
    std::string citation;
  };
  std::optional<Objection> against(std::string_view laws) const;

 private:
  Facts facts_under(const std::vector<std::string>& jurisdictions) const;

  const PolicySet& policies_;
  Purpose purpose_;
  Channel channel_;
  Recipient recipient_;
  Message message_;
  Country database_;
  Date today_;
};

}  // namespace assent
