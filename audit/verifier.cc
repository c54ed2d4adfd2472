#include "audit/verifier.h"

#include <algorithm>

#include "audit/merkle.h"
#include "audit/origin.h"
#include "audit/tlog_proof.h"
#include "findings.h"

namespace assent {
namespace {

Report conclude(Report report) {
  report.verdict = verdict_of(report.findings);
  return report;
}

Result<HashPath> parse_hash_lines(std::string_view text) {
  HashPath path;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const auto hash = parse_hash(text.substr(0, end));
    if (!hash.ok() || end == text.npos) return Error{ErrorCode::kInvalid, "proof is damaged"};
    if (path.size() == kProofHashesMax) return Error{ErrorCode::kTooLarge, "proof is too long"};
    path.push_back(*hash);
    text.remove_prefix(end + 1);
  }
  return path;
}

std::string describe(const Checkpoint& head) {
  return "size " + std::to_string(head.size) + " root " + to_base64(head.root);
}

void compare_heads(const Checkpoint& older, const Checkpoint& newer,
                   std::optional<std::string_view> proof, std::vector<Finding>& findings) {
  const bool forked = is_earlier_origin(older.origin, newer.origin);
  if (older.origin != newer.origin && !forked) {
    findings.push_back(cannot_tell("the checkpoints are of two logs"));
  } else if (forked && older.size > newer.size) {
    findings.push_back(tampered("fork: under its new origin the log is smaller than it was",
                                describe(older), describe(newer)));
  } else if (older.size > newer.size) {
    findings.push_back(cannot_tell("the first checkpoint is the larger one: give them in order"));
  } else if (older.size == newer.size) {
    if (older.root == newer.root) return;
    findings.push_back(tampered("fork: two roots for one size", describe(older), describe(newer)));
  } else if (older.size == 0) {
    if (older.root == empty_root()) return;
    findings.push_back(tampered("the empty log has another root"));
  } else if (!proof) {
    findings.push_back(cannot_tell("no consistency proof was given"));
  } else if (const auto path = parse_hash_lines(*proof); !path.ok()) {
    findings.push_back(cannot_tell("the consistency proof cannot be read"));
  } else if (!verify_consistency(older.size, newer.size, older.root, newer.root, *path)) {
    findings.push_back(tampered("fork: the newer checkpoint is not shown to extend the older",
                                describe(older), describe(newer)));
  }
}

}  // namespace

Finding tampered(StaticText what) {
  return Finding{LogVerdict::kTampered, what};
}
Finding tampered(StaticText what, std::string expected, std::string found) {
  return Finding{LogVerdict::kTampered, what, std::nullopt, std::move(expected), std::move(found)};
}
Finding cannot_tell(StaticText what) {
  return Finding{LogVerdict::kCannotTell, what};
}

LogVerdict verdict_of(const std::vector<Finding>& findings) {
  const auto any = [&](LogVerdict verdict) {
    return std::ranges::any_of(findings, [&](const Finding& f) { return f.verdict == verdict; });
  };
  if (any(LogVerdict::kTampered)) return LogVerdict::kTampered;
  return any(LogVerdict::kCannotTell) ? LogVerdict::kCannotTell : LogVerdict::kVerified;
}

LogFacts judge(const SignedCheckpoint& head, const LogPolicy* policy,
               std::vector<Finding>& findings, OriginRule rule) {
  LogFacts facts{head.checkpoint, {}};
  if (policy == nullptr) return facts;
  facts.policy = policy->check(head, rule);
  switch (facts.policy.log) {
    case PolicyCheck::Log::kValid:
      break;
    case PolicyCheck::Log::kForged:
      findings.push_back(tampered("signature of the log does not hold"));
      break;
    case PolicyCheck::Log::kUnsigned:
      findings.push_back(cannot_tell("checkpoint is not signed by the log's key of the policy"));
      break;
    case PolicyCheck::Log::kUnknownLog:
      findings.push_back(cannot_tell("policy has no key of this log"));
      break;
  }
  if (facts.policy.forged_witness) {
    findings.push_back(tampered("signature of a witness does not hold"));
  }
  if (!facts.policy.quorum) {
    findings.push_back(cannot_tell("too few witnesses of the policy have cosigned"));
  }
  return facts;
}

Report verify_entry(std::string_view proof, ByteView leaf, const LogPolicy* policy) {
  Report report;
  const auto parsed = parse_tlog_proof(proof);
  const auto head = parsed.ok() ? parse_signed_checkpoint(parsed->checkpoint)
                                : Result<SignedCheckpoint>(parsed.error());
  if (!head.ok()) {
    report.findings.push_back(cannot_tell(head.error().reason));
    return conclude(std::move(report));
  }
  report.log = judge(*head, policy, report.findings);
  if (policy == nullptr) {
    report.findings.push_back(cannot_tell("no policy was given: internal consistency only"));
  }
  const Checkpoint& tree = head->checkpoint;
  if (!verify_inclusion(parsed->index, tree.size, leaf_hash(leaf), parsed->path, tree.root)) {
    report.findings.push_back(tampered("the log does not hold these bytes at this place"));
    report.findings.back().entry = parsed->index;
  }
  return conclude(std::move(report));
}

Report compare_checkpoints(std::string_view older, std::string_view newer,
                           std::optional<std::string_view> proof, const LogPolicy* policy) {
  Report report;
  const auto first = parse_signed_checkpoint(older);
  const auto second = parse_signed_checkpoint(newer);
  if (!first.ok() || !second.ok()) {
    report.findings.push_back(cannot_tell("a checkpoint cannot be read"));
    return conclude(std::move(report));
  }
  judge(*first, policy, report.findings, OriginRule::kEarlierToo);
  report.log = judge(*second, policy, report.findings);
  if (policy == nullptr) {
    report.findings.push_back(cannot_tell("no policy was given: internal consistency only"));
  }
  compare_heads(first->checkpoint, second->checkpoint, proof, report.findings);
  return conclude(std::move(report));
}

}  // namespace assent
