#include "unmerge.h"

namespace assent {
namespace {

constexpr StaticText kMates = R"sql(
  SELECT mine.profile_id, peer.record_id
    FROM membership mine
    JOIN record r ON r.record_id = mine.record_id AND r.state = 0
    JOIN membership peer ON peer.profile_id = mine.profile_id AND peer.to_at IS NULL
   WHERE mine.record_id = $1 AND mine.to_at IS NULL
)sql";

constexpr StaticText kHome =
    "SELECT profile_id FROM membership WHERE record_id = $1 AND to_at IS NULL";

constexpr StaticText kEvidence = R"sql(
  SELECT kind, created_at, retracted_at, retract_reason FROM link
   WHERE record_a = $1 AND record_b = $2 ORDER BY kind, tag
)sql";

Leaf unmerge_leaf(const Act& act, ProfileId profile, std::size_t records) {
  Leaf leaf = leaf_of(act, AuditEvent::kProfileUnmerged);
  leaf.object_kind = ObjectKind::kProfile;
  leaf.object = profile.value;
  leaf.result_count = static_cast<std::uint32_t>(records);
  return leaf;
}

void store_cannot_links(Tx& tx, EventId leaf, ActorRef actor, RecordId record,
                        const std::vector<RecordId>& others) {
  std::vector<RecordId> firsts;
  std::vector<RecordId> seconds;
  for (const RecordId& other : others) {
    const auto [a, b] = ordered(record, other);
    firsts.push_back(a);
    seconds.push_back(b);
  }
  tx.exec("SELECT store_cannot_links($1, $2, $3, $4, $5)",
          {leaf, tx.now(), actor, Param::array(firsts), Param::array(seconds)});
}

std::vector<Link> links_of(Tx& tx, RecordId record, const std::vector<RecordId>& others) {
  std::vector<RecordId> all = others;
  all.push_back(record);
  std::vector<Link> links = find_links(tx, all);
  std::erase_if(links, [&](const Link& link) { return link.a != record && link.b != record; });
  return links;
}

}  // namespace

Result<UnmergeOutcome> unmerge(Tx& tx, const Act& act, Journal& journal, Resolver& resolver,
                               RecordId record) {
  lock_identity(tx);
  const Rows rows = tx.query(kMates, {record});
  if (rows.empty()) return Error{ErrorCode::kNotFound, "no such record"};
  const auto profile = rows[0].id<ProfileId>(0);
  std::vector<RecordId> mates;
  for (const auto& row : rows) {
    if (row.id<RecordId>(1) != record) mates.push_back(row.id<RecordId>(1));
  }
  if (mates.empty()) return Error{ErrorCode::kConflict, "the record is alone in its profile"};

  const EventId leaf = journal.append(tx, unmerge_leaf(act, profile, mates.size() + 1));
  const std::vector<Link> links = links_of(tx, record, mates);
  retract_links(tx, leaf, links, RetractReason::kDecision);
  store_cannot_links(tx, leaf, act.actor, record, mates);
  std::vector<RecordId> changed = mates;
  changed.push_back(record);
  auto divided = resolver.recluster(tx, leaf, changed);
  if (!divided.ok()) return divided.error();
  return UnmergeOutcome{.profile = tx.query(kHome, {record})[0].id<ProfileId>(0),
                        .links_retracted = links.size(),
                        .changed = std::move(changed),
                        .left = std::move(divided->left)};
}

std::vector<LinkEvidence> explain(Tx& tx, RecordId a, RecordId b) {
  const auto [first, second] = ordered(a, b);
  std::vector<LinkEvidence> evidence;
  const Rows rows = tx.query(kEvidence, {first, second});
  for (const auto& row : rows) {
    LinkEvidence link{static_cast<std::uint16_t>(row.integer(0)), row.time(1),
                      row.optional(2, &Rows::Row::time), std::nullopt};
    if (!row.is_null(3)) link.reason = static_cast<RetractReason>(row.integer(3));
    evidence.push_back(link);
  }
  return evidence;
}

}  // namespace assent
