#include <algorithm>
#include <map>
#include <set>

#include "audit/commitments.h"
#include "audit/leaf.h"
#include "audit/log_store.h"
#include "destroyed_keys.h"
#include "journal_pages.h"
#include "rights/restore.h"

namespace assent {
namespace {

constexpr std::uint64_t kEntriesAtOnce = 4'096;
constexpr std::int64_t kUnitsAtOnce = 5'000;

constexpr StaticText kDestroyed = R"sql(
  SELECT d.act, t.commitments
    FROM destruction d JOIN tombstone t ON t.tenant = d.tenant AND t.subject = d.subject
   WHERE d.tenant = $1 AND d.act = ANY ($2) ORDER BY d.act, d.subject
)sql";

// What of these units the safe holds: whether there is a key, whether a tombstone, and by which
// acts it was destroyed.
constexpr StaticText kInSafe = R"sql(
  SELECT u.unit,
         EXISTS (SELECT FROM subject_key k
                  WHERE k.tenant = $1 AND k.subject = u.unit AND k.purpose = 0),
         EXISTS (SELECT FROM tombstone t WHERE t.tenant = $1 AND t.subject = u.unit),
         d.act
    FROM unnest($2::uuid[]) AS u (unit)
    LEFT JOIN destruction d ON d.tenant = $1 AND d.subject = u.unit
   ORDER BY u.unit, d.destroyed_at
)sql";

constexpr StaticText kRecords =
    "SELECT record_id FROM record WHERE state IN (0, 3) AND record_id > $1 "
    "ORDER BY record_id LIMIT $2";
constexpr StaticText kRejected =
    "SELECT rejected_id FROM rejected_row r WHERE rejected_id > $1 AND NOT EXISTS "
    "(SELECT FROM pending_shred p WHERE p.unit_id = r.rejected_id) ORDER BY rejected_id LIMIT $2";
constexpr StaticText kOrganisations =
    "SELECT organisation_id FROM organisation o WHERE organisation_id > $1 AND NOT EXISTS "
    "(SELECT FROM pending_shred p WHERE p.unit_id = o.organisation_id) "
    "ORDER BY organisation_id LIMIT $2";

const Error kSafeIsOlder{
    ErrorCode::kCorrupt,
    "the safe does not show a destruction of keys that the log tells of: it is "
    "not the safe of today"};
const Error kKeysMissing{ErrorCode::kNotFound,
                         "there are records without a key and without a tombstone: this is not the "
                         "safe that belongs to the data"};

Result<std::vector<Uuid>> ids_after(Database& data, TenantId tenant, StaticText page, Uuid after) {
  return in_tx(data, tenant, [&](Tx& tx) -> Result<std::vector<Uuid>> {
    std::vector<Uuid> ids;
    const Rows rows = tx.query(page, {after, kUnitsAtOnce});
    for (const auto& row : rows) ids.push_back(row.uuid(0));
    return ids;
  });
}

}  // namespace

struct DataRestore::Findings {
  RestorePlan plan;
  // Of entries since the backup.
  struct Received {
    ActorRef by;
    Timestamp at;
  };
  std::map<RequestId, Received> received;
  std::map<Uuid, Hash32> destroyed;  // By act: the record hash of its newest entry.
  std::map<Uuid, RequestId> asked;   // Units that the journal says are to be erased, by request.
  std::set<RequestId> asked_by;      // These requests.
  std::map<RequestId, ErasureAgain> again;

  bool is_request(const Uuid& act) const {
    return received.contains(RequestId{act}) || asked_by.contains(RequestId{act});
  }
  void ask(const Uuid& unit, RequestId request) {
    asked[unit] = request;
    asked_by.insert(request);
  }
  ErasureAgain& erasure(RequestId request) {
    ErasureAgain& one = again[request];
    one.request = request;
    if (const auto told = received.find(request); told != received.end()) {
      one.asked_by = told->second.by;
      one.received_at = told->second.at;
    }
    return one;
  }
};

struct DataRestore::UnitKind {
  StaticText after;  // Ids of what the data has of it, page by page.
  std::function<void(ErasureAgain&, const Uuid&)> add;
  bool is_swept;  // Its days are over and end it again by themselves.
};

std::size_t RestorePlan::units_erased() const {
  std::size_t units = 0;
  for (const ErasureAgain& one : erasures) units += one.units();
  return units;
}

Status DataRestore::read_journal(TenantId tenant, Findings& findings) const {
  return for_each_missing(denials_, services_.data, tenant,
                          [&](std::span<const DenialLine> lines, std::int64_t reached) -> Status {
                            findings.plan.journal_end = reached;
                            findings.plan.denials += lines.size();
                            for (const DenialLine& line : lines) {
                              if (line.kind != 5 || !line.request) continue;
                              findings.ask(line.record, *line.request);
                              for (const DenialLine::Unit& unit : line.units)
                                findings.ask(unit.unit, *line.request);
                            }
                            return Unit{};
                          });
}

Status DataRestore::read_log(TenantId tenant, Findings& findings) const {
  return in_tx(services_.data, tenant, [&](Tx& tx) -> Status {
    LogStore log(tx, tenant);
    const LogHead head = log.head();
    if (!head.rows_lost_from) return Unit{};
    for (std::uint64_t first = *head.rows_lost_from; first < head.size; first += kEntriesAtOnce) {
      for (const StoredEntry& entry :
           log.entries(first, std::min(head.size, first + kEntriesAtOnce))) {
        const auto leaf = decode(entry.leaf);
        if (!leaf.ok()) return leaf.error();
        if (leaf->event == AuditEvent::kFork) findings.plan.is_compared = false;
        if (leaf->event == AuditEvent::kKeyDestroyed && !leaf->object.is_nil()) {
          findings.destroyed[leaf->object] = leaf->record_hash;
        }
        if (leaf->event == AuditEvent::kRequestReceived) {
          findings.received[RequestId{leaf->object}] = {leaf->actor, leaf->time};
        }
      }
    }
    return Unit{};
  });
}

// Each destruction that the log tells of stands in the safe, key by key.
Status DataRestore::compare(TenantId tenant, Findings& findings) const {
  findings.plan.destructions = findings.destroyed.size();
  std::vector<Uuid> acts;
  for (const auto& [act, hash] : findings.destroyed) acts.push_back(act);
  return in_tx(services_.safe, tenant, [&](Tx& tx) -> Status {
    std::map<Uuid, std::vector<Hash32>> shown;
    const Rows rows = tx.query(kDestroyed, {tenant, Param::array(acts)});
    for (const auto& row : rows) {
      const std::vector<Hash32> keys = split_commitments(row.view(1));
      auto& commitments = shown[row.uuid(0)];
      commitments.insert(commitments.end(), keys.begin(), keys.end());
    }
    for (const auto& [act, hash] : findings.destroyed) {
      if (!shown.contains(act) || keys_destroyed_hash(shown.at(act)) != hash) return kSafeIsOlder;
    }
    return Unit{};
  });
}

Status DataRestore::find_units(TenantId tenant, Findings& findings) const {
  const UnitKind kinds[] = {
      {kRecords, [](ErasureAgain& to, const Uuid& id) { to.records.push_back({id}); }, false},
      {kRejected, [](ErasureAgain& to, const Uuid& id) { to.rejected.push_back(id); }, true},
      {kOrganisations, [](ErasureAgain& to, const Uuid& id) { to.organisations.push_back(id); },
       false}};
  for (const UnitKind& kind : kinds) {
    for (Uuid after;;) {
      const auto units = ids_after(services_.data, tenant, kind.after, after);
      if (!units.ok()) return units.error();
      if (units->empty()) break;
      after = units->back();
      if (auto looked = look_up(tenant, kind, *units, findings); !looked.ok()) return looked;
    }
  }
  return Unit{};
}

// What the safe says of these units: with a key and nothing against them they stay.
Status DataRestore::look_up(TenantId tenant, const UnitKind& kind, const std::vector<Uuid>& units,
                            Findings& findings) const {
  return in_tx(services_.safe, tenant, [&](Tx& tx) -> Status {
    std::map<Uuid, std::optional<RequestId>> gone;
    const Rows rows = tx.query(kInSafe, {tenant, Param::array(units)});
    for (const auto& row : rows) {
      const bool has_key = row.flag(1);
      const bool has_tombstone = row.flag(2);
      const auto asked = findings.asked.find(row.uuid(0));
      const bool is_asked = asked != findings.asked.end();
      if (!is_asked && !has_tombstone && has_key) continue;
      if (!is_asked && !has_tombstone) return kKeysMissing;
      std::optional<RequestId>& request = gone[row.uuid(0)];
      if (is_asked) request = asked->second;
      const auto act = row.optional(3, &Rows::Row::uuid);
      if (act && (!request || findings.is_request(*act))) request = RequestId{*act};
    }
    for (const auto& [unit, request] : gone) {
      if (kind.is_swept && !(request && findings.is_request(request->value))) continue;
      kind.add(findings.erasure(request.value_or(RequestId{unit})), unit);
    }
    return Unit{};
  });
}

Result<RestorePlan> DataRestore::plan(TenantId tenant) const {
  Findings findings;
  findings.plan.tenant = tenant;
  for (const auto step : {&DataRestore::read_journal, &DataRestore::read_log, &DataRestore::compare,
                          &DataRestore::find_units}) {
    if (auto done = (this->*step)(tenant, findings); !done.ok()) return done.error();
  }
  for (auto& [request, erasure] : findings.again) {
    findings.plan.erasures.push_back(std::move(erasure));
  }
  for (const auto& [request, told] : findings.received) {
    const bool is_told =
        findings.destroyed.contains(request.value) || findings.asked_by.contains(request);
    if (!is_told) findings.plan.untold.push_back(request);
  }
  return std::move(findings.plan);
}

}  // namespace assent
