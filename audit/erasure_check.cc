#include "audit/erasure_check.h"

#include <algorithm>

#include "audit/commitments.h"
#include "audit/leaf.h"
#include "audit/origin.h"
#include "audit/tlog_proof.h"
#include "core/nlohmann.h"
#include "findings.h"
#include "leaf_search.h"

namespace assent {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "assent-erasure-certificate/1";
constexpr Hash32 kNoHash{};

// What the certificate says, brought to our types.
struct Certificate {
  Uuid request;
  Timestamp destroyed_at;
  std::vector<Uuid> units;
  std::vector<Hash32> commitments;
  Hash32 salt{};
  std::optional<std::uint64_t> epoch;  // Absent in certificates of before, and without keys.
  std::string text;                    // All of it but `log`: what the salted hash covers.
  std::string origin, event, leaf, proof;
};

std::optional<Hash32> hash_of(const Json& value) {
  const auto bytes = from_hex(value.get<std::string>());
  if (!bytes || bytes->size() != sizeof(Hash32)) return std::nullopt;
  Hash32 hash{};
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

Error unreadable(StaticText reason) {
  return {ErrorCode::kInvalid, reason};
}

Status read_keys(const Json& list, Certificate& to) {
  for (const Json& one : list) {
    const auto unit = Uuid::parse(one.at("unit").get<std::string>());
    if (!unit) return unreadable("keys_destroyed names a unit that is no id");
    to.units.push_back(*unit);
    for (const Json& text : one.at("commitments")) {
      const auto commitment = hash_of(text);
      if (!commitment) return unreadable("keys_destroyed has a commitment that is no hash");
      to.commitments.push_back(*commitment);
    }
  }
  return Unit{};
}

// Of the second stage: whose burn ends the last copies.
std::optional<std::uint64_t> epoch_of(const Json& body) {
  for (const Json& stage : body.value("stages", Json::array())) {
    const auto epoch = stage.find("epoch");
    if (epoch != stage.end() && epoch->is_number_unsigned()) return epoch->get<std::uint64_t>();
  }
  return std::nullopt;
}

// Throws Json::exception for a key that is missing or of another type.
Result<Certificate> read(Json body) {
  Certificate read;
  const auto request = Uuid::parse(body.at("request").get<std::string>());
  if (!request) return unreadable("request is no id");
  const auto destroyed_at = parse_rfc3339(body.at("destroyed_at").get<std::string>());
  if (!destroyed_at) return unreadable("destroyed_at is no time");
  const auto salt = hash_of(body.at("salt"));
  if (!salt) return unreadable("salt is not 32 bytes");
  read.request = *request;
  read.destroyed_at = *destroyed_at;
  read.salt = *salt;
  read.epoch = epoch_of(body);
  if (auto keys = read_keys(body.at("keys_destroyed"), read); !keys.ok()) return keys.error();
  const Json log = body.at("log");
  if (log.size() != 4) return unreadable("log has not exactly origin, event, leaf and proof");
  read.origin = log.at("origin");
  read.event = log.at("event");
  read.leaf = log.at("leaf");
  read.proof = log.at("proof");
  body.erase("log");
  read.text = body.dump();
  return read;
}

Result<Certificate> parse(std::string_view text, std::vector<Finding>& findings) {
  Json body = Json::parse(text, nullptr, false);
  if (!body.is_object()) return unreadable("the certificate is not a JSON object");
  // Whatever another spelling of the same values would hide is not what was issued.
  if (body.dump() != text) {
    findings.push_back(tampered("the certificate is not in the bytes it was issued in"));
  }
  try {
    if (body.at("schema") != kSchema) return unreadable("this is no certificate of an erasure");
    return read(std::move(body));
  } catch (const Json::exception&) {
    return unreadable("a key that the check needs is missing or of another type");
  }
}

class ErasureCheck {
 public:
  ErasureCheck(const Certificate& certificate, std::vector<Finding>& findings)
      : certificate_(certificate), findings_(findings) {}

  void leaf(const Leaf& leaf) {
    demand(leaf.event == AuditEvent::kKeyDestroyed && leaf.outcome == Outcome::kDone,
           "log.leaf does not tell of destroyed keys");
    demand(leaf.object_kind == ObjectKind::kRequest && leaf.object == certificate_.request,
           "log.leaf tells of another request");
    demand(leaf.id.text() == certificate_.event, "log.event is not the id of log.leaf");
    demand(leaf.time == certificate_.destroyed_at, "destroyed_at is not the time of log.leaf");
    keys(leaf);
    text(leaf);
  }

  void proof(std::string_view text) {
    const auto parsed = parse_tlog_proof(text);
    if (!parsed.ok()) return;  // verify_entry() has said so.
    demand(!parsed->extra, "log.proof has a line that nothing covers");
    const auto head = parse_signed_checkpoint(parsed->checkpoint);
    demand(!head.ok() || is_of_log(head->checkpoint.origin),
           "log.origin is not the log of the proof");
  }

  // When the epoch was burned; nullopt: the evidence does not show it, and a finding says why.
  std::optional<Timestamp> burned(const BurnEvidence& burn, const LogPolicy* policy) {
    const auto leaf = decode(burn.leaf);
    if (!leaf.ok()) {
      findings_.push_back(tampered("the entry of the burn is no entry of a log"));
      return std::nullopt;
    }
    const std::size_t before = findings_.size();
    Report entry = verify_entry(burn.proof, burn.leaf, policy);
    std::ranges::move(entry.findings, std::back_inserter(findings_));
    const auto* const counts = std::get_if<BurnCounts>(&leaf->ext);
    know(counts != nullptr && leaf->outcome == Outcome::kDone && leaf->tenant.value.is_nil(),
         "the entry of the burn does not tell of a burned epoch");
    know(is_of_installation(burn.proof), "the entry of the burn is not of this installation's log");
    know(certificate_.epoch.has_value(), "the certificate names no epoch of its keys");
    if (counts != nullptr && certificate_.epoch) {
      know(counts->epoch == *certificate_.epoch, "the burned epoch is not the certificate's");
      know(counts->left == 0, "keys were left under the epoch when it was burned");
    }
    know(leaf->time >= certificate_.destroyed_at,
         "the epoch was burned before the keys were destroyed");
    if (findings_.size() > before) return std::nullopt;
    return leaf->time;
  }

  bool closed(const LeavesAbout& bundle, std::string_view bytes) {
    const Leaf* closed = bundle.find(AuditEvent::kRequestClosed);
    if (!is_of_log(bundle.origin)) {
      findings_.push_back(cannot_tell("the bundle is of another log than the certificate"));
    } else if (closed == nullptr) {
      findings_.push_back(cannot_tell("the bundle has no REQUEST_CLOSED entry of this request"));
    } else if (closed->detail_hash != detail_hash(certificate_.salt, as_bytes(bytes))) {
      findings_.push_back(tampered("the request was closed with another certificate"));
    } else {
      return true;
    }
    return false;
  }

 private:
  // A fork may lie between the erasure and its proof.
  bool is_of_log(const std::string& origin) const {
    return origin == certificate_.origin || is_earlier_origin(certificate_.origin, origin);
  }

  // host/installation/logN of the host that the certificate's own log names.
  bool is_of_installation(const std::string& proof) const {
    const auto parsed = parse_tlog_proof(proof);
    if (!parsed.ok()) return true;  // verify_entry() has said so.
    const auto head = parse_signed_checkpoint(parsed->checkpoint);
    if (!head.ok()) return true;
    const std::string host = certificate_.origin.substr(0, certificate_.origin.find('/'));
    const std::string first = host + "/installation/log1";
    return head->checkpoint.origin == first || is_earlier_origin(first, head->checkpoint.origin);
  }

  void know(bool holds, StaticText otherwise) {
    if (!holds) findings_.push_back(cannot_tell(otherwise));
  }

  void demand(bool holds, StaticText otherwise) {
    if (!holds) findings_.push_back(tampered(otherwise));
  }

  void keys(const Leaf& leaf) {
    if (leaf.result_count != certificate_.commitments.size()) {
      findings_.push_back(tampered("keys_destroyed has not as many keys as the log says",
                                   std::to_string(leaf.result_count),
                                   std::to_string(certificate_.commitments.size())));
    }
    demand(std::ranges::is_sorted(certificate_.units),
           "keys_destroyed is not in the order of its units");
    const Hash32 found = keys_destroyed_hash(certificate_.commitments);
    if (leaf.record_hash == found) return;
    findings_.push_back(tampered("keys_destroyed are not the keys that the log commits to",
                                 to_hex(leaf.record_hash), to_hex(found)));
  }

  void text(const Leaf& leaf) {
    if (leaf.detail_hash == kNoHash) {
      findings_.push_back(cannot_tell("log.leaf does not cover the text of the certificate"));
      return;
    }
    demand(leaf.detail_hash == detail_hash(certificate_.salt, as_bytes(certificate_.text)),
           "the text of the certificate is not the one that the log commits to");
  }

  const Certificate& certificate_;
  std::vector<Finding>& findings_;
};

ErasureReport conclude(ErasureReport report) {
  report.report.verdict = verdict_of(report.report.findings);
  return report;
}

}  // namespace

ErasureReport verify_erasure(std::string_view bytes, const LogPolicy* policy, std::istream* bundle,
                             const BurnEvidence* burn) {
  ErasureReport report;
  std::vector<Finding>& findings = report.report.findings;
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);  // As a terminal prints it.
  const auto certificate = parse(bytes, findings);
  if (!certificate.ok()) {
    findings.push_back(cannot_tell(certificate.error().reason));
    return conclude(std::move(report));
  }
  report.request = certificate->request.text();
  report.keys = certificate->commitments.size();
  report.epoch = certificate->epoch;
  ErasureCheck check(*certificate, findings);
  const auto leaf_bytes = from_base64(certificate->leaf);
  const auto leaf =
      leaf_bytes ? decode(*leaf_bytes) : Result<Leaf>(Error{ErrorCode::kCorrupt, "not base64"});
  if (!leaf.ok()) {
    findings.push_back(tampered("log.leaf is no entry of a log"));
    return conclude(std::move(report));
  }
  report.destroyed_at = leaf->time;
  Report entry = verify_entry(certificate->proof, *leaf_bytes, policy);
  report.report.log = std::move(entry.log);
  std::ranges::move(entry.findings, std::back_inserter(findings));
  check.leaf(*leaf);
  check.proof(certificate->proof);
  if (bundle != nullptr) {
    const LeavesAbout about = leaves_about(*bundle, policy, certificate->request, findings);
    if (!about.origin.empty()) report.is_closed_in_log = check.closed(about, bytes);
  }
  if (burn != nullptr) report.burned_at = check.burned(*burn, policy);
  return conclude(std::move(report));
}

}  // namespace assent
