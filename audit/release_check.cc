#include "audit/release_check.h"

#include <algorithm>
#include <istream>
#include <numeric>

#include "audit/merkle.h"
#include "audit/release_evidence.h"
#include "core/digest.h"
#include "findings.h"
#include "leaf_search.h"
#include "manifest_reader.h"
#include "release_file_check.h"

namespace assent {
namespace {

constexpr std::string_view kKeyEnding = "/release";

std::uint64_t sum_of_stage(const std::vector<ReasonCount>& reasons, std::uint16_t stage) {
  return std::accumulate(reasons.begin(), reasons.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, const ReasonCount& count) {
                           return sum + (count.stage == stage ? count.profiles : 0);
                         });
}

class ReleaseCheck {
 public:
  ReleaseCheck(const LogPolicy* policy, ReleaseReport& report)
      : policy_(policy), report_(report), findings_(report.report.findings) {}

  void run(std::istream& in, const ReleaseFiles& files) {
    EvidenceReader reader(in);
    const auto evidence = reader.head();
    if (!evidence.ok()) return cannot(evidence.error());
    auto opening = read_manifest<OpeningFacts>(evidence->opening);
    if (!opening.ok()) return cannot(opening.error());
    opening_ = std::move(*opening);
    report_.release = opening_.release.text();
    report_.matched = opening_.matched;
    report_.permitted = opening_.permitted;
    signature(evidence->opening, "the opening manifest is not signed by a key of the policy",
              "the signature of the opening manifest does not hold");
    if (evidence->closing) {
      auto closing = read_manifest<ClosingFacts>(*evidence->closing);
      if (!closing.ok()) return cannot(closing.error());
      closing_ = std::move(*closing);
      report_.delivered = closing_->delivered;
      signature(*evidence->closing, "the closing manifest is not signed by a key of the policy",
                "the signature of the closing manifest does not hold");
      belongs(*evidence);
    }
    members(reader);
    funnel(*evidence);
    if (files.delivered != nullptr) file(*files.delivered);
    if (files.bundle != nullptr) log(*evidence, *files.bundle);
  }

 private:
  void cannot(const Error& error) {
    findings_.push_back(cannot_tell(error.reason));
    if (error.position) findings_.back().found = "line " + std::to_string(error.position->line);
  }
  void demand(bool holds, StaticText otherwise) {
    if (!holds) findings_.push_back(tampered(otherwise));
  }
  void equal(const Hash32& expected, const Hash32& found, StaticText otherwise) {
    if (expected == found) return;
    findings_.push_back(tampered(otherwise, to_hex(expected), to_hex(found)));
  }
  void equal(std::uint64_t expected, std::uint64_t found, StaticText otherwise) {
    if (expected == found) return;
    findings_.push_back(tampered(otherwise, std::to_string(expected), std::to_string(found)));
  }

  void signature(const std::string& text, StaticText unsigned_text, StaticText forged_text) {
    if (policy_ == nullptr) {
      findings_.push_back(cannot_tell("no policy was given: internal consistency only"));
      return;
    }
    const auto note = parse_note(text);  // read_manifest() has parsed it before.
    const LogPolicy::NoteSigner signer = policy_->signer_of(*note, kKeyEnding);
    if (signer.state == SignatureState::kForged) findings_.push_back(tampered(forged_text));
    if (signer.state == SignatureState::kAbsent) findings_.push_back(cannot_tell(unsigned_text));
    if (signer.state != SignatureState::kValid) return;
    demand(signer_.empty() || signer_ == signer.name, "the manifests are signed by two keys");
    signer_ = signer.name;
  }

  void belongs(const ReleaseEvidence& evidence) {
    demand(closing_->release == opening_.release, "the closing manifest is of another release");
    equal(sha256(as_bytes(evidence.opening)), closing_->opening,
          "the closing manifest was made for another opening manifest");
    demand(closing_->terms == opening_.terms,
           "the closing manifest has another purpose, channel, recipient or fields");
    demand(closing_->delivered_at >= opening_.opened_at, "delivered before it was opened");
  }

  void members(EvidenceReader& reader) {
    CompactRange permitted;
    CompactRange delivered;
    std::optional<Uuid> last;
    bool is_ordered = true;
    for (;;) {
      const auto member = reader.next();
      if (!member.ok()) return cannot(member.error());
      if (!*member) break;
      const EvidenceMember& one = **member;
      is_ordered = is_ordered && (!last || *last < one.ref);
      last = one.ref;
      const Hash32 leaf =
          leaf_hash(release_member_hash(opening_.release, one.ref, one.facts, opening_.policies));
      permitted.append(leaf);
      if (!one.was_delivered.value_or(false)) continue;
      delivered.append(leaf);
      delivered_.push_back(one.ref);
    }
    demand(is_ordered, "the members are not in the order of their references");
    equal(opening_.permitted, permitted.end(), "the opening manifest counts other members");
    equal(opening_.commitment, permitted.root(), "the opening manifest commits to other members");
    if (!closing_) return;
    equal(closing_->delivered, delivered.end(), "the closing manifest counts other members");
    equal(closing_->commitment, delivered.root(), "the closing manifest commits to other members");
  }

  void funnel(const ReleaseEvidence& evidence) {
    const auto& denied = opening_.denied;
    equal(opening_.matched,
          opening_.permitted + std::accumulate(denied.begin(), denied.end(), std::uint64_t{0}),
          "the funnel does not sum: matched is not permitted and denied");
    if (!closing_) return;
    demand(std::ranges::is_sorted(evidence.reasons), "the reasons are not in their order");
    std::vector<std::uint64_t> opened;
    for (const ReasonCount& count : evidence.reasons) {
      if (count.stage == 1) opened.push_back(count.profiles);
    }
    demand(opened == denied, "the reasons of the opening are not those of its manifest");
    equal(opening_.permitted, closing_->delivered + sum_of_stage(evidence.reasons, 2),
          "the funnel does not sum: permitted is not delivered and left out");
    equal(closing_->reasons,
          release_reasons_hash(opening_.release, evidence.salt, evidence.reasons),
          "the closing manifest commits to other reasons");
  }

  void file(std::istream& in) {
    if (!closing_) {
      findings_.push_back(cannot_tell("no delivery was completed, so no file can be its file"));
      return;
    }
    const DeliveredFile read = read_delivered(in, closing_->encoding);
    const std::size_t before = findings_.size();
    equal(closing_->bytes, read.bytes, "the file has another size than was delivered");
    equal(closing_->content, read.content, "the file is not the one that was delivered");
    demand(read.members == delivered_, "the rows of the file are not the delivered members");
    report_.is_file_checked = findings_.size() == before;
  }

  void log(const ReleaseEvidence& evidence, std::istream& bundle) {
    const LeavesAbout about = leaves_about(bundle, policy_, opening_.release, findings_);
    if (about.origin.empty()) return;
    const std::size_t before = findings_.size();
    if (signer_ != about.origin + std::string(kKeyEnding)) {
      findings_.push_back(cannot_tell("the bundle is of another log than the release"));
      return;
    }
    entry(about.find(AuditEvent::kReleaseOpened), evidence.opening,
          "the bundle has no RELEASE_OPENED entry of this release",
          "the log opened this release with another manifest");
    if (evidence.closing) {
      entry(about.find(AuditEvent::kReleaseDelivered), *evidence.closing,
            "the bundle has no RELEASE_DELIVERED entry of this release",
            "the log closed this release with another manifest");
    } else {
      demand(about.find(AuditEvent::kReleaseDelivered) == nullptr,
             "the log says that this release was delivered, and no closing manifest is here");
    }
    report_.is_log_checked = findings_.size() == before;
  }

  void entry(const Leaf* leaf, const std::string& manifest, StaticText absent, StaticText other) {
    if (leaf == nullptr) {
      findings_.push_back(cannot_tell(absent));
    } else {
      equal(leaf->record_hash, sha256(as_bytes(manifest)), other);
    }
  }

  const LogPolicy* policy_;
  ReleaseReport& report_;
  std::vector<Finding>& findings_;
  OpeningFacts opening_;
  std::optional<ClosingFacts> closing_;
  std::string signer_;           // The key's name, once a signature by it holds.
  std::vector<Uuid> delivered_;  // Sorted, as the evidence lists them.
};

}  // namespace

ReleaseReport verify_release(std::istream& evidence, const LogPolicy* policy,
                             const ReleaseFiles& files) {
  ReleaseReport report;
  ReleaseCheck(policy, report).run(evidence, files);
  report.report.verdict = verdict_of(report.report.findings);
  return report;
}

}  // namespace assent
