#include <algorithm>
#include <ostream>

#include "audit/log_store.h"
#include "audit/release_evidence.h"
#include "release_keys.h"
#include "segments/release.h"

// The reading half of Releases.
namespace assent {
namespace {

constexpr StaticText kSelect = R"sql(
  SELECT r.release_id, r.segment, r.as_of, p.name, r.channel, c.name,
         array_to_string(r.fields, ','), r.state, r.opened_at, r.closed_at, r.matched, r.permitted,
         r.delivered, r.opening, r.closing, r.reason_salt, r.policy_hash
    FROM release r
    JOIN purpose p ON p.tenant = r.tenant AND p.purpose_id = r.purpose_id
    JOIN recipient c ON c.tenant = r.tenant AND c.recipient_id = r.recipient_id
   WHERE r.tenant = $1 AND ($2::uuid IS NULL OR r.release_id = $2)
     AND ($3::uuid IS NULL OR r.release_id < $3)
   ORDER BY r.release_id DESC LIMIT $4
)sql";
constexpr StaticText kReasons =
    "SELECT release_id, stage, reason, profiles FROM release_reason "
    "WHERE tenant = $1 AND release_id = ANY ($2)";
constexpr StaticText kMembers =
    "SELECT member_ref, facts_hash, coalesce(delivered, false) FROM release_member "
    "WHERE tenant = $1 AND release_id = $2 ORDER BY member_ref";

ReleaseDetail read_release(const Rows::Row& row) {
  ReleaseDetail release;
  release.id = row.id<ReleaseId>(0);
  release.segment = row.text(1);
  release.as_of = row.date(2);
  release.purpose = row.text(3);
  release.channel = channel_name(static_cast<Channel>(row.integer(4)));
  release.recipient = row.text(5);
  const std::string fields = row.text(6);
  for (std::size_t from = 0; from < fields.size();) {
    const std::size_t comma = std::min(fields.find(',', from), fields.size());
    release.fields.push_back(fields.substr(from, comma - from));
    from = comma + 1;
  }
  release.state = static_cast<ReleaseState>(row.integer(7));
  release.opened_at = row.time(8);
  release.closed_at = row.optional(9, &Rows::Row::time);
  release.funnel.matched = row.integer(10);
  release.funnel.permitted = row.integer(11);
  release.funnel.delivered = row.optional(12, &Rows::Row::integer);
  release.opening = row.text(13);
  release.closing = row.optional(14, &Rows::Row::text);
  release.reason_salt = row.hash(15);
  release.policies = row.hash(16);
  return release;
}

// Two statements for any number of releases.
std::vector<ReleaseDetail> read(Tx& tx, std::optional<ReleaseId> id,
                                std::optional<ReleaseId> before, std::size_t limit) {
  std::vector<ReleaseDetail> releases;
  std::vector<ReleaseId> ids;
  const Rows rows = tx.query(kSelect, {tx.tenant(), id, before, static_cast<std::int64_t>(limit)});
  for (const auto& row : rows) {
    releases.push_back(read_release(row));
    ids.push_back(releases.back().id);
  }
  const Rows reasons = tx.query(kReasons, {tx.tenant(), Param::array(ids)});
  for (const auto& row : reasons) {
    const auto at = std::find(ids.begin(), ids.end(), row.id<ReleaseId>(0)) - ids.begin();
    Funnel& funnel = releases[static_cast<std::size_t>(at)].funnel;
    ReasonCounts& counts = row.integer(1) == 1 ? funnel.denied : funnel.dropped;
    counts[static_cast<Reason>(row.integer(2))] = row.integer(3);
  }
  return releases;
}

}  // namespace

Result<ReleaseDetail> Releases::find(Tx& tx, ReleaseId id) const {
  std::vector<ReleaseDetail> found = read(tx, id, std::nullopt, 1);
  if (found.empty()) return Error{ErrorCode::kNotFound, "no such release"};
  return std::move(found.front());
}

std::optional<EventId> Releases::closing_entry(Tx& tx, const ReleaseSummary& release) {
  if (!release.closed_at) return std::nullopt;
  const auto event = release.state == ReleaseState::kDelivered ? AuditEvent::kReleaseDelivered
                                                               : AuditEvent::kReleaseAborted;
  return LogStore(tx, tx.tenant()).event_at(*release.closed_at, event, release.id.value);
}

std::vector<ReleaseSummary> Releases::list(Tx& tx, std::optional<ReleaseId> before,
                                           std::size_t limit) const {
  const std::vector<ReleaseDetail> found =
      read(tx, std::nullopt, before, std::min(limit, kListMax));
  return {found.begin(), found.end()};
}

Result<VerifierKey> Releases::verifier_key(Tx& tx) const {
  auto signer = release_signer(tx, keys_);
  if (!signer.ok()) return signer.error();
  return assent::verifier_key(signer->name, kEd25519Type, signer->key.public_key);
}

Result<EventId> Releases::write_evidence(Tx& tx, const Act& act, ReleaseId id,
                                         std::ostream& out) const {
  auto release = find(tx, id);
  if (!release.ok()) return release.error();
  const Rows rows = tx.query(kMembers, {tx.tenant(), id});
  Leaf exported = leaf_of(act, AuditEvent::kAuditExported);
  exported.object_kind = ObjectKind::kRelease;
  exported.object = id.value;
  exported.result_count = static_cast<std::uint32_t>(rows.size());
  const EventId leaf = journal_.append(tx, exported);
  const bool is_closed = release->closing.has_value();
  assent::write_evidence(out, {release->opening, release->closing, release->reason_salt,
                               reason_counts(release->funnel)});
  for (const auto& row : rows) {
    const auto delivered = is_closed ? std::optional(row.flag(2)) : std::nullopt;
    write_member(out, {row.uuid(0), row.hash(1), delivered});
  }
  if (!out.flush()) return Error{ErrorCode::kUnavailable, "the evidence could not be written"};
  return leaf;
}

}  // namespace assent
