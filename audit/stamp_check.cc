#include "audit/stamp_check.h"

#include "core/digest.h"
#include "findings.h"

namespace assent {

std::optional<StampFacts> judge_stamp(std::string_view stamped, const StampEvidence& evidence,
                                      std::vector<Finding>& findings) {
  const auto stamp = parse_stamp(evidence.answer);
  if (!stamp.ok()) {
    findings.push_back(cannot_tell(stamp.error().reason));
    return std::nullopt;
  }
  StampFacts facts{stamp->not_later_than, stamp->policy};
  const Hash32 hash = sha256(as_bytes(stamped));
  facts.fits = stamp->imprint == hash;
  if (!facts.fits) {
    findings.push_back(tampered("the time stamp is of other bytes than the checkpoint",
                                to_hex(hash), to_hex(stamp->imprint)));
  }
  if (evidence.trusted == nullptr) {
    findings.push_back(cannot_tell("no certificate of a time stamping authority was given"));
    return facts;
  }
  const StampSigner signer = signer_of_stamp(evidence.answer, *evidence.trusted);
  facts.is_proved = signer.state == StampSigner::State::kProved;
  if (signer.state == StampSigner::State::kForged) findings.push_back(tampered(signer.why));
  if (signer.state == StampSigner::State::kUnproved) findings.push_back(cannot_tell(signer.why));
  return facts;
}

StampReport verify_stamp(std::string_view checkpoint, const StampEvidence& evidence,
                         const LogPolicy* policy) {
  StampReport report;
  std::vector<Finding>& findings = report.report.findings;
  const auto head = parse_signed_checkpoint(checkpoint);
  if (!head.ok()) {
    findings.push_back(cannot_tell("the checkpoint cannot be read"));
  } else {
    report.report.log = judge(*head, policy, findings);
    if (policy == nullptr) {
      findings.push_back(cannot_tell("no policy was given: internal consistency only"));
    }
    report.stamp = judge_stamp(checkpoint, evidence, findings);
  }
  report.report.verdict = verdict_of(findings);
  return report;
}

}  // namespace assent
