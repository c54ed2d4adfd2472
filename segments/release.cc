#include "segments/release.h"

#include <algorithm>
#include <set>

#include "consent/purpose.h"
#include "core/digest.h"
#include "gate.h"
#include "release_keys.h"
#include "segments/traits.h"

namespace assent {
namespace {

constexpr StaticText kOneState = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
constexpr StaticText kPosition =
    "SELECT coalesce(max(position), 0) FROM change_feed WHERE tenant = $1";
constexpr StaticText kOpen =
    "SELECT open_release($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
    "$17, $18, $19, $20, $21, $22, $23, $24, $25)";

Error invalid(StaticText reason) {
  return {ErrorCode::kInvalid, reason};
}

// What an order turns out to mean.
struct Meaning {
  const Segment* segment = nullptr;
  PurposeCode purpose = PurposeCode::kNone;
  Channel channel = Channel::kUnknown;
  RegisteredRecipient recipient;
};

Status check_fields(const ReleaseOrder& order, const SegmentCatalogue& segments,
                    const RegisteredRecipient& recipient) {
  const std::set<std::string> fields(order.fields.begin(), order.fields.end());
  if (fields.empty() || fields.size() != order.fields.size()) {
    return invalid("a release names its fields, each once");
  }
  for (const std::string& name : fields) {
    const ReleaseField* field = segments.release_field(order.purpose, name);
    if (field == nullptr) {
      return Error{ErrorCode::kDenied, "a field may not be released for this purpose"};
    }
    const auto& contract = recipient.fields;
    if (std::find(contract.begin(), contract.end(), name) == contract.end()) {
      return Error{ErrorCode::kDenied, "the recipient's contract does not cover a field",
                   std::nullopt, field->name};
    }
  }
  return Unit{};
}

Result<Meaning> understand(Tx& tx, const ReleaseOrder& order, const SegmentCatalogue& segments) {
  Meaning meaning;
  meaning.segment = segments.find(order.segment);
  if (meaning.segment == nullptr) return invalid("no such segment");
  const auto purpose = Purposes::find(tx, order.purpose);
  if (!purpose.ok()) return invalid("the purpose is not registered");
  meaning.purpose = *purpose;
  meaning.channel = parse_channel(order.channel);
  if (meaning.channel == Channel::kUnknown || meaning.channel == Channel::kExport) {
    return invalid("no such channel");
  }
  auto recipient = Recipients::find(tx, order.recipient);
  if (!recipient.ok()) return invalid("the recipient is not registered");
  meaning.recipient = std::move(*recipient);
  if (auto checked = check_fields(order, segments, meaning.recipient); !checked.ok()) {
    return checked.error();
  }
  return meaning;
}

// The permitted members as columns, each under a fresh random reference, and as commitments see
// them.
struct MemberColumns {
  std::vector<CommittedMember> committed;
  std::vector<Uuid> refs;
  std::vector<ProfileId> profiles;
  std::vector<RecordId> records;
  std::vector<Tag16> contacts;
  std::vector<Hash32> facts;

  MemberColumns(const std::vector<GateMember>& members, Random& random) {
    for (const GateMember& member : members) {
      refs.push_back(Uuid::v4(random));
      committed.push_back({refs.back(), member.facts});
      profiles.push_back(member.profile);
      records.push_back(member.record);
      contacts.push_back(member.contact);
      facts.push_back(member.facts);
    }
  }
};

struct ReasonColumns {
  std::vector<std::int16_t> reasons;
  std::vector<std::int64_t> counts;

  explicit ReasonColumns(const ReasonCounts& from) {
    for (const auto& [reason, count] : from) {
      reasons.push_back(static_cast<std::int16_t>(reason));
      counts.push_back(count);
    }
  }
};

Funnel funnel_of(const GateAnswer& answer) {
  Funnel funnel;
  funnel.permitted = static_cast<std::int64_t>(answer.permitted.size());
  funnel.matched = funnel.permitted;
  funnel.denied = answer.denied;
  for (const auto& [reason, count] : answer.denied) funnel.matched += count;
  return funnel;
}

// A release about to be stored.
struct Draft {
  OpenedRelease release;
  OpeningManifest manifest;
  Hash32 salt{};
  Hash32 link{};
};

OpeningManifest manifest_of(const ReleaseOrder& order, const SegmentCatalogue& segments,
                            const GateAnswer& answer) {
  OpeningManifest manifest;
  manifest.segment = order.segment;
  manifest.rule = segments.rule();
  manifest.as_of = order.as_of;
  manifest.definition = segments.sha256();
  manifest.purpose = order.purpose;
  manifest.channel = order.channel;
  manifest.recipient = order.recipient;
  manifest.fields = order.fields;
  manifest.funnel = funnel_of(answer);
  return manifest;
}

// Signs the manifest and makes the link.
Result<Draft> draft_of(Tx& tx, KeyStore& keys, Random& random, OpeningManifest manifest) {
  auto signer = release_signer(tx, keys);
  if (!signer.ok()) return signer.error();
  Draft draft;
  random.fill(draft.salt);
  Hash32 secret{};
  random.fill(secret);
  auto link = link_hash(keys, tx.tenant(), manifest.release, secret);
  if (!link.ok()) return link.error();
  draft.link = *link;
  draft.release = {manifest.release, manifest.funnel, to_base64url(secret),
                   Timestamp{tx.now().us + Releases::kLinkMinutes * 60 * kSecondUs},
                   sign_opening(manifest, signer->name, signer->key)};
  draft.manifest = std::move(manifest);
  return draft;
}

void store(Tx& tx, EventId leaf, ActorRef token, const Draft& draft, const Meaning& meaning,
           const MemberColumns& members) {
  const OpeningManifest& m = draft.manifest;
  const ReasonColumns denied(m.funnel.denied);
  tx.exec(kOpen, {leaf,
                  m.release,
                  m.segment,
                  m.as_of,
                  static_cast<std::int16_t>(meaning.purpose),
                  static_cast<std::int16_t>(meaning.channel),
                  meaning.recipient.id,
                  Param::array(m.fields),
                  m.position,
                  m.policies,
                  m.funnel.matched,
                  m.funnel.permitted,
                  draft.release.opening,
                  draft.salt,
                  draft.link,
                  draft.release.link_ends_at,
                  token,
                  tx.now(),
                  Param::array(denied.reasons),
                  Param::array(denied.counts),
                  Param::array(members.refs),
                  Param::array(members.profiles),
                  Param::array(members.records),
                  Param::array(members.contacts),
                  Param::array(members.facts)});
}

}  // namespace

Result<OpenedRelease> Releases::open(Tx& tx, const Act& act, const ReleaseOrder& order) const {
  tx.exec(kOneState);
  auto meaning = understand(tx, order, segments_);
  if (!meaning.ok()) return meaning.error();
  auto tenant = load_operator(tx, database_);
  if (!tenant.ok()) return tenant.error();
  auto computed = Traits(segments_, journal_, random_).compute(tx, act, order.as_of);
  if (!computed.ok()) return computed.error();
  const Date today = utc_date(tx.now());
  const RecipientCheck check(policies_, *tenant, parse_purpose(order.purpose), meaning->channel,
                             recipient_facts(meaning->recipient), message_facts(meaning->recipient),
                             today);
  const GateQuestion question{static_cast<std::int16_t>(meaning->purpose),
                              static_cast<std::int16_t>(meaning->channel), policies_.hash(), today};
  const GateAnswer answer =
      gate_segment(tx, question, filter_of(*meaning->segment, order.as_of), check);
  if (answer.permitted.size() > kMembersMax) {
    return Error{ErrorCode::kTooLarge, "the release has too many members"};
  }
  const MemberColumns members(answer.permitted, random_);
  const ReleaseId id{Uuid::v7(tx.now(), random_)};
  OpeningManifest manifest = manifest_of(order, segments_, answer);
  manifest.release = id;
  manifest.tenant = tx.tenant();
  manifest.opened_at = tx.now();
  manifest.policies = policies_.hash();
  manifest.position = tx.query(kPosition, {tx.tenant()})[0].integer(0);
  manifest.permitted = commit_permitted(id, members.committed, policies_.hash());
  auto draft = draft_of(tx, keys_, random_, std::move(manifest));
  if (!draft.ok()) return draft.error();
  Leaf leaf = leaf_of(act, AuditEvent::kReleaseOpened);
  leaf.purpose = meaning->purpose;
  leaf.object_kind = ObjectKind::kRelease;
  leaf.object = id.value;
  leaf.result_count = static_cast<std::uint32_t>(answer.permitted.size());
  leaf.record_hash = sha256(as_bytes(draft->release.opening));
  draft->release.leaf = journal_.append(tx, leaf);
  store(tx, draft->release.leaf, act.actor, *draft, *meaning, members);
  return std::move(draft->release);
}

}  // namespace assent
