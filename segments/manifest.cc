#include "segments/manifest.h"

#include <algorithm>

#include "audit/merkle.h"
#include "core/digest.h"
#include "core/nlohmann.h"

namespace assent {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOpeningFormat = "assent.release.opening.v1";
constexpr std::string_view kClosingFormat = "assent.release.closing.v1";

Commitment commit(ReleaseId release, std::vector<CommittedMember> members, const Hash32& policies) {
  std::sort(members.begin(), members.end(),
            [](const CommittedMember& a, const CommittedMember& b) { return a.ref < b.ref; });
  CompactRange tree;
  for (const CommittedMember& member : members) {
    tree.append(leaf_hash(release_member_hash(release.value, member.ref, member.facts, policies)));
  }
  return {tree.root(), static_cast<std::int64_t>(members.size())};
}

void append_counts(std::vector<ReasonCount>& to, std::uint16_t stage, const ReasonCounts& counts) {
  for (const auto& [reason, count] : counts) {
    to.push_back({stage, static_cast<std::uint16_t>(reason), static_cast<std::uint64_t>(count)});
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

}  // namespace

Commitment commit_permitted(ReleaseId release, std::vector<CommittedMember> members,
                            const Hash32& policies) {
  return commit(release, std::move(members), policies);
}

Commitment commit_delivered(ReleaseId release, std::vector<CommittedMember> members,
                            const Hash32& policies) {
  std::erase_if(members, [](const CommittedMember& member) { return !member.delivered; });
  return commit(release, std::move(members), policies);
}

std::vector<ReasonCount> reason_counts(const Funnel& funnel) {
  std::vector<ReasonCount> counts;
  append_counts(counts, 1, funnel.denied);
  append_counts(counts, 2, funnel.dropped);
  return counts;
}

Hash32 commit_reasons(ReleaseId release, const Hash32& salt, const Funnel& funnel) {
  return release_reasons_hash(release.value, salt, reason_counts(funnel));
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

}  // namespace assent
