#include "audit/log_view.h"

#include <algorithm>

namespace assent {
namespace {

// The times of the leaves, and their subjects, are columns of the table (migrations/data/0013):
// what row-level security does not know to be harmless may not choose an index.
constexpr StaticText kByTime = R"sql(
  SELECT idx, leaf, acted_us FROM audit_leaf
   WHERE tenant = $1 AND (acted_us, idx) > ($2, $3) AND acted_us >= $4 AND acted_us < $5
   ORDER BY acted_us, idx LIMIT $6
)sql";
constexpr StaticText kBySubject = R"sql(
  SELECT idx, leaf, acted_us FROM audit_leaf
   WHERE tenant = $1 AND (acted_us, idx) > ($2, $3) AND acted_us >= $4 AND acted_us < $5
     AND subject_ref = $7
   ORDER BY acted_us, idx LIMIT $6
)sql";
constexpr StaticText kFirst =
    "SELECT idx, acted_us FROM audit_leaf WHERE tenant = $1 ORDER BY idx LIMIT 1";
constexpr StaticText kSubject =
    "SELECT subject_ref FROM record WHERE tenant = $1 AND record_id = $2 AND state IN (0, 3)";
constexpr StaticText kTrail = R"sql(
  SELECT idx, leaf, acted_us FROM (
    SELECT idx, leaf, acted_us FROM audit_leaf WHERE tenant = $1 AND subject_ref = $2
    UNION
    SELECT a.idx, a.leaf, a.acted_us FROM audit_leaf a
     WHERE a.tenant = $1 AND a.event_id IN (
       SELECT leaf_id FROM record_version WHERE tenant = $1 AND record_id = $3
       UNION ALL
       SELECT leaf_id FROM consent_event WHERE tenant = $1 AND record_id = $3
       UNION ALL
       SELECT leaf_id FROM purchase WHERE tenant = $1 AND record_id = $3)
  ) AS told
   WHERE (acted_us, idx) > ($4, $5) ORDER BY acted_us, idx LIMIT $6
)sql";

// Nothing is known of how many entries a tenant has (0001: no statistics of the tenant), and for a
// few the planner would rather sort all that is left of the log for each page than walk the index.
constexpr StaticText kWalkTheIndex = "SET LOCAL enable_sort = off";

constexpr std::size_t kStep = 5'000;

template <class T>
bool fits(const std::optional<T>& asked, const T& said) {
  return !asked || *asked == said;
}

bool fits(const EntryFilter& filter, const Leaf& leaf) {
  return fits(filter.actor, leaf.actor) && fits(filter.on_behalf_of, leaf.on_behalf_of) &&
         fits(filter.event, leaf.event) && fits(filter.purpose, leaf.purpose) &&
         fits(filter.object_kind, leaf.object_kind) && fits(filter.object, leaf.object) &&
         fits(filter.outcome, leaf.outcome);
}

// Is more asked than the index answers?
bool looks_inside(const EntryFilter& filter) {
  return filter.actor || filter.on_behalf_of || filter.event || filter.purpose ||
         filter.object_kind || filter.object || filter.outcome;
}

EntryCursor place_of(const Rows::Row& row) {
  return {row.integer(2), row.integer(0)};
}

// Takes what fits until the page is full; `after` becomes the place of the last row looked at.
void take(const Rows& rows, const EntryFilter& filter, std::size_t limit, EntryPage& page,
          EntryCursor& after) {
  for (const auto& row : rows) {
    if (page.entries.size() == limit) return;
    after = place_of(row);
    const auto leaf = decode(row.view(1));
    if (leaf.ok() && fits(filter, *leaf)) {
      page.entries.push_back({static_cast<std::uint64_t>(row.integer(0)), *leaf});
    }
  }
}

// Without a prune the log begins with entry 0, and no page needs to say so.
std::optional<EntryCursor> begin_of(Tx& tx) {
  const Rows rows = tx.query(kFirst, {tx.tenant()});
  if (rows.empty() || rows[0].integer(0) == 0) return std::nullopt;
  return EntryCursor{rows[0].integer(1), rows[0].integer(0)};
}

void tell(Tx& tx, Journal& journal, const Act& act, SubjectRef subject, EntryPage& page) {
  page.begins = begin_of(tx);
  Leaf leaf = leaf_of(act, AuditEvent::kAuditRead);
  leaf.subject = subject;
  leaf.object_kind = ObjectKind::kLog;
  leaf.object = tx.tenant().value;
  leaf.result_count = static_cast<std::uint32_t>(page.entries.size());
  page.leaf = journal.append(tx, leaf);
}

Rows next_rows(Tx& tx, const EntryFilter& filter, const EntryCursor& after, std::size_t rows_max) {
  std::vector<Param> params{tx.tenant(),
                            after.time_us,
                            after.index,
                            filter.from.value_or(Timestamp{0}).us,
                            filter.until.value_or(Timestamp{INT64_MAX}).us,
                            static_cast<std::int64_t>(rows_max)};
  if (!filter.subject) return tx.query(kByTime, params);
  params.emplace_back(*filter.subject);
  return tx.query(kBySubject, params);
}

}  // namespace

std::string EntryCursor::text() const {
  Bytes bytes;
  put_u64(bytes, static_cast<std::uint64_t>(time_us));
  put_u64(bytes, static_cast<std::uint64_t>(index));
  return to_base64url(bytes);
}

std::optional<EntryCursor> EntryCursor::parse(std::string_view text) {
  const auto bytes = from_base64url(text);
  if (!bytes || bytes->size() != 16) return std::nullopt;
  return EntryCursor{static_cast<std::int64_t>(get_u64(bytes->data())),
                     static_cast<std::int64_t>(get_u64(bytes->data() + 8))};
}

EntryPage view_entries(Tx& tx, Journal& journal, const Act& act, const EntryFilter& filter,
                       const EntryCursor& after, std::size_t limit) {
  EntryPage page;
  EntryCursor place = after;
  bool is_end = false;
  tx.exec(kWalkTheIndex);
  std::size_t looked_at = 0;
  while (!is_end && page.entries.size() < limit && looked_at < kLookedAtMax) {
    const std::size_t asked = looks_inside(filter) ? kStep : limit - page.entries.size();
    const Rows rows = next_rows(tx, filter, place, asked);
    is_end = static_cast<std::size_t>(rows.size()) < asked;
    looked_at += static_cast<std::size_t>(rows.size());
    take(rows, filter, limit, page, place);
    // The page was full before the rows were.
    if (!rows.empty() && place.index != rows[rows.size() - 1].integer(0)) is_end = false;
  }
  if (!is_end) page.next = place;
  tell(tx, journal, act, {}, page);
  return page;
}

Result<EntryPage> view_trail(Tx& tx, Journal& journal, const Act& act, RecordId record,
                             const EntryCursor& after, std::size_t limit) {
  const Rows known = tx.query(kSubject, {tx.tenant(), record});
  if (known.empty()) return Error{ErrorCode::kNotFound, "no such record"};
  const auto subject = known[0].id<SubjectRef>(0);
  const Rows rows = tx.query(kTrail, {tx.tenant(), subject, record, after.time_us, after.index,
                                      static_cast<std::int64_t>(limit)});
  EntryPage page;
  EntryCursor place = after;
  take(rows, {}, limit, page, place);
  if (static_cast<std::size_t>(rows.size()) == limit) page.next = place;
  tell(tx, journal, act, subject, page);
  return page;
}

}  // namespace assent
