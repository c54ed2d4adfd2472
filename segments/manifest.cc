#include "segments/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/merkle.h"
#include "core/digest.h"

namespace assent {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOpeningFormat = "assent.release.opening.v1";
constexpr std::string_view kClosingFormat = "assent.release.closing.v1";
constexpr std::uint8_t kPermitDecision = 1;

Bytes labelled(std::string_view label) {
  Bytes bytes;
  put(bytes, label);
  bytes.push_back(0);
  return bytes;
}

Commitment commit(ReleaseId release, std::vector<CommittedMember> members, const Hash32& policies) {
  std::sort(members.begin(), members.end(),
            [](const CommittedMember& a, const CommittedMember& b) { return a.ref < b.ref; });
  CompactRange tree;
  for (const CommittedMember& member : members) {
    tree.append(leaf_hash(member_hash(release, member, policies)));
  }
  return {tree.root(), static_cast<std::int64_t>(members.size())};
}

void put_counts(Bytes& bytes, std::uint16_t stage, const ReasonCounts& counts) {
  for (const auto& [reason, count] : counts) {
    put_u16(bytes, stage);
    put_u16(bytes, static_cast<std::uint16_t>(reason));
    put_u64(bytes, static_cast<std::uint64_t>(count));
  }
}

Json counts_json(const ReasonCounts& counts) {
  Json json = Json::object();
  for (const auto& [reason, count] : counts) json[std::string(reason_name(reason).view())] = count;
  return json;
}

std::string sign_json(const Json& json, std::string_view name, const SigningKey& key) {
  return sign_note(json.dump() + '\n', name, key);
}

Error corrupt(StaticText reason) {
  return {ErrorCode::kCorrupt, reason};
}

// The JSON of a note that the key signed.
Result<Json> signed_json(const VerifierKey& key, std::string_view text, std::string_view format) {
  auto note = parse_note(text);
  if (!note.ok()) return note.error();
  if (check_signature(*note, key).state != SignatureState::kValid) {
    return corrupt("a manifest is not signed by the release key");
  }
  Json json = Json::parse(note->text, nullptr, false);
  if (!json.is_object() || json.value("format", "") != format) {
    return Error{ErrorCode::kInvalid, "no manifest of this format"};
  }
  return json;
}

std::optional<Hash32> hash_of(const Json& json, const char* key) {
  const auto bytes = from_hex(json.value(key, ""));
  if (!bytes || bytes->size() != 32) return std::nullopt;
  Hash32 hash{};
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

bool holds(const Json& json, const char* count_key, const Commitment& commitment) {
  return hash_of(json, "commitment") == commitment.root &&
         json.value(count_key, std::int64_t{-1}) == commitment.count;
}

Status check_closing(const VerifierKey& key, std::string_view opening_note, const Json& opening,
                     std::string_view closing_note, const Commitment& delivered) {
  auto closing = signed_json(key, closing_note, kClosingFormat);
  if (!closing.ok()) return closing.error();
  const bool same = closing->value("release", "") == opening.value("release", "?") &&
                    hash_of(*closing, "opening_sha256") == sha256(as_bytes(opening_note));
  if (!same) return corrupt("the closing manifest belongs to another release");
  if (!holds(*closing, "delivered", delivered)) {
    return corrupt("the closing manifest commits to other members");
  }
  return Unit{};
}

}  // namespace

Hash32 member_hash(ReleaseId release, const CommittedMember& member, const Hash32& policies) {
  Bytes bytes = labelled("assent.member.v1");
  put(bytes, release.view());
  put(bytes, member.ref.view());
  bytes.push_back(kPermitDecision);
  put_u16(bytes, static_cast<std::uint16_t>(Reason::kOk));
  put(bytes, member.facts);
  put(bytes, policies);
  return sha256(bytes);
}

Commitment commit_permitted(ReleaseId release, std::vector<CommittedMember> members,
                            const Hash32& policies) {
  return commit(release, std::move(members), policies);
}

Commitment commit_delivered(ReleaseId release, std::vector<CommittedMember> members,
                            const Hash32& policies) {
  std::erase_if(members, [](const CommittedMember& member) { return !member.delivered; });
  return commit(release, std::move(members), policies);
}

Hash32 commit_reasons(ReleaseId release, const Hash32& salt, const Funnel& funnel) {
  Bytes bytes = labelled("assent.reasons.v1");
  put(bytes, release.view());
  put(bytes, salt);
  put_counts(bytes, 1, funnel.denied);
  put_counts(bytes, 2, funnel.dropped);
  return sha256(bytes);
}

std::string sign_opening(const OpeningManifest& m, std::string_view name, const SigningKey& key) {
  const Json json{{"format", kOpeningFormat},
                  {"release", m.release.text()},
                  {"tenant", m.tenant.text()},
                  {"opened_at", to_rfc3339(m.opened_at)},
                  {"segment", m.segment},
                  {"rule", m.rule},
                  {"definition_sha256", to_hex(m.definition)},
                  {"as_of", to_iso(m.as_of)},
                  {"purpose", m.purpose},
                  {"channel", m.channel},
                  {"recipient", m.recipient},
                  {"fields", m.fields},
                  {"policy_hash", to_hex(m.policies)},
                  {"feed_position", m.position},
                  {"matched", m.funnel.matched},
                  {"permitted", m.permitted.count},
                  {"denied", counts_json(m.funnel.denied)},
                  {"commitment", to_hex(m.permitted.root)}};
  return sign_json(json, name, key);
}

std::string sign_closing(const ClosingManifest& m, std::string_view name, const SigningKey& key) {
  const Json json{{"format", kClosingFormat},
                  {"release", m.release.text()},
                  {"opening_sha256", to_hex(m.opening)},
                  {"delivered_at", to_rfc3339(m.delivered_at)},
                  {"purpose", m.purpose},
                  {"channel", m.channel},
                  {"recipient", m.recipient},
                  {"encoding", m.encoding},
                  {"fields", m.fields},
                  {"delivered", m.delivered.count},
                  {"commitment", to_hex(m.delivered.root)},
                  {"reasons_commitment", to_hex(m.reasons)},
                  {"bytes", m.bytes},
                  {"content_sha256", to_hex(m.content)}};
  return sign_json(json, name, key);
}

Status check_manifests(const VerifierKey& key, std::string_view opening,
                       std::optional<std::string_view> closing,
                       const std::vector<CommittedMember>& members) {
  try {
    auto json = signed_json(key, opening, kOpeningFormat);
    if (!json.ok()) return json.error();
    const auto release = ReleaseId::parse(json->value("release", ""));
    const auto policies = hash_of(*json, "policy_hash");
    if (!release || !policies) return Error{ErrorCode::kInvalid, "no manifest of this format"};
    if (!holds(*json, "permitted", commit_permitted(*release, members, *policies))) {
      return corrupt("the opening manifest commits to other members");
    }
    const Commitment delivered = commit_delivered(*release, members, *policies);
    if (closing) return check_closing(key, opening, *json, *closing, delivered);
    return Unit{};
  } catch (const nlohmann::json::exception&) {  // A value of another type.
    return Error{ErrorCode::kInvalid, "no manifest of this format"};
  }
}

}  // namespace assent
