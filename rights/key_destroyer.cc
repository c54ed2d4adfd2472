#include "rights/key_destroyer.h"

#include <set>

#include "core/sealed.h"

namespace assent {
namespace {

constexpr StaticText kNamed = R"sql(
  SELECT tenant, request_id, unit_id, with_evidence FROM pending_shred
   WHERE (tenant, unit_id) > ($1, $2) ORDER BY tenant, unit_id LIMIT $3
)sql";

// First of all: whoever else works on the same act waits here, and then finds it done.
constexpr StaticText kNote = R"sql(
  INSERT INTO destruction (tenant, act, subject, destroyed_at)
  SELECT $1, act, subject, $4 FROM unnest($2::uuid[], $3::uuid[]) AS n (act, subject)
   ORDER BY subject
  ON CONFLICT DO NOTHING RETURNING subject
)sql";

// A unit that lost its keys by an earlier act keeps the tombstone of that one.
constexpr StaticText kDestroy = R"sql(
  WITH gone AS (
    DELETE FROM subject_key
     WHERE tenant = $1 AND subject = ANY($2::uuid[]) AND purpose = ANY($3::smallint[])
    RETURNING subject, purpose, dek_version, dek_commit, kek_epoch)
  INSERT INTO tombstone (tenant, subject, destroyed_at, keys, commitments, kek_epoch)
  SELECT $1, u, $4, count(g.subject),
         coalesce(string_agg(g.dek_commit, ''::bytea ORDER BY g.purpose, g.dek_version), ''::bytea),
         max(g.kek_epoch)
    FROM unnest($2::uuid[]) AS u LEFT JOIN gone g ON g.subject = u
   GROUP BY u
  ON CONFLICT (tenant, subject) DO NOTHING
)sql";

constexpr StaticText kReplaced = R"sql(
  SELECT tenant, act, unit_id, below FROM replaced_key
   WHERE act IS NOT NULL ORDER BY tenant, act, unit_id, below
)sql";
constexpr StaticText kEndReplaced = "SELECT destroy_replaced_keys($1, $2, $3, $4)";

std::vector<std::int16_t> purposes(bool with_evidence) {
  std::vector<std::int16_t> numbers{static_cast<std::int16_t>(KeyPurpose::kFields)};
  if (with_evidence) {
    numbers.push_back(static_cast<std::int16_t>(KeyPurpose::kConsentEvidence));
  }
  return numbers;
}

}  // namespace

Result<DestroyRound> KeyDestroyer::run_once() const {
  DestroyRound round;
  Unit last;
  for (;;) {
    auto named = named_after(last);
    if (!named.ok()) return named.error();
    if (named->empty()) break;
    last = named->back();
    std::map<TenantId, std::vector<Unit>> of_tenants;
    for (const Unit& unit : *named) of_tenants[unit.tenant].push_back(unit);
    for (const auto& [tenant, units] : of_tenants) {
      const auto done = destroy(tenant, units);
      if (!done.ok()) round.refused.push_back({tenant, done.error()});
      if (done.ok() && *done > 0) round.units[tenant] += *done;
    }
  }
  if (auto ended = destroy_replaced(round); !ended.ok()) return ended.error();
  return round;
}

Status KeyDestroyer::destroy_replaced(DestroyRound& round) const {
  struct Replaced {
    TenantId tenant;
    Uuid act;
    std::vector<Uuid> units;
    std::vector<std::int32_t> belows;
  };
  auto named = in_tx(data_, TenantId{}, [](Tx& tx) -> Result<std::vector<Replaced>> {
    std::vector<Replaced> acts;
    const Rows rows = tx.query(kReplaced);
    for (const auto& row : rows) {
      if (acts.empty() || acts.back().act != row.uuid(1)) {
        acts.push_back({row.id<TenantId>(0), row.uuid(1), {}, {}});
      }
      acts.back().units.push_back(row.uuid(2));
      acts.back().belows.push_back(static_cast<std::int32_t>(row.integer(3)));
    }
    return acts;
  });
  if (!named.ok()) return named.error();
  for (const Replaced& one : *named) {
    const auto done = in_tx(safe_, one.tenant, [&](Tx& tx) -> Status {
      tx.query(kEndReplaced,
               {one.act, Param::array(one.units), Param::array(one.belows), tx.now()});
      return assent::Unit{};
    });
    if (!done.ok()) round.refused.push_back({one.tenant, done.error()});
  }
  return assent::Unit{};
}

Result<std::vector<KeyDestroyer::Unit>> KeyDestroyer::named_after(const Unit& last) const {
  return in_tx(data_, TenantId{}, [&](Tx& tx) -> Result<std::vector<Unit>> {
    std::vector<Unit> units;
    const Rows rows =
        tx.query(kNamed, {last.tenant, last.subject, static_cast<std::int64_t>(kBatchMax)});
    for (const auto& row : rows) {
      units.push_back({row.id<TenantId>(0), row.uuid(1), row.uuid(2), row.flag(3)});
    }
    return units;
  });
}

Result<std::size_t> KeyDestroyer::destroy(TenantId tenant, const std::vector<Unit>& units) const {
  at_("destroy.before_keys");
  auto done =
      in_tx(safe_, tenant, [&](Tx& tx) -> Result<std::size_t> { return destroy(tx, units); });
  if (done.ok() && *done > 0) at_("destroy.after_keys");
  return done;
}

std::size_t KeyDestroyer::destroy(Tx& tx, const std::vector<Unit>& units) const {
  std::vector<Uuid> acts;
  std::vector<Uuid> subjects;
  for (const Unit& unit : units) {
    acts.push_back(unit.act);
    subjects.push_back(unit.subject);
  }
  const Rows noted =
      tx.query(kNote, {tx.tenant(), Param::array(acts), Param::array(subjects), tx.now()});
  std::set<Uuid> fresh;
  for (const auto& row : noted) fresh.insert(row.uuid(0));
  if (fresh.empty()) return 0;
  for (const bool with_evidence : {false, true}) {
    std::vector<Uuid> these;
    for (const Unit& unit : units) {
      if (unit.with_evidence == with_evidence && fresh.contains(unit.subject)) {
        these.push_back(unit.subject);
      }
    }
    if (these.empty()) continue;
    tx.exec(kDestroy,
            {tx.tenant(), Param::array(these), Param::array(purposes(with_evidence)), tx.now()});
  }
  at_("destroy.inside_keys");
  return fresh.size();
}

}  // namespace assent
