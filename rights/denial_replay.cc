#include "denial_replay.h"

#include <map>
#include <set>

#include "consent/ledger.h"
#include "consent/suppression.h"
#include "identity/resolver.h"

namespace assent {
namespace {

constexpr StaticText kLiving =
    "SELECT record_id FROM record WHERE record_id = ANY ($1) AND state IN (0, 3)";
constexpr StaticText kSources = "SELECT name, source_id FROM source";
constexpr StaticText kMarkers = "SELECT replay_erasure_markers($1, $2, $3, $4, $5, $6)";
constexpr StaticText kApart = "SELECT store_cannot_links($1, $2, $3, $4, $5)";

std::set<RecordId> living_records(Tx& tx, std::span<const DenialLine> lines) {
  std::set<RecordId> named;
  for (const DenialLine& line : lines) {
    named.insert(RecordId{line.record});
    named.insert(line.apart.begin(), line.apart.end());
  }
  std::set<RecordId> living;
  const Rows rows =
      tx.query(kLiving, {Param::array(std::vector<RecordId>(named.begin(), named.end()))});
  for (const auto& row : rows) living.insert(row.id<RecordId>(0));
  return living;
}

std::map<std::string, std::int16_t> source_numbers(Tx& tx) {
  std::map<std::string, std::int16_t> numbers;
  const Rows rows = tx.query(kSources);
  for (const auto& row : rows) numbers[row.text(0)] = static_cast<std::int16_t>(row.integer(1));
  return numbers;
}

// Whether a flag keeps its person from being written to.
bool denies(RecordFlag flag) {
  return flag != RecordFlag::kLegalHold;
}

// One page of the journal on its way into the data.
class Replay {
 public:
  Replay(Tx& tx, const RightsServices& services, const Act& act, std::span<const DenialLine> lines)
      : tx_(tx),
        services_(services),
        act_(act),
        lines_(lines),
        living_(living_records(tx, lines)) {}

  Result<ReplayedDenials> run() {
    const std::vector<ConsentEvent> events = new_statements();
    std::vector<BatchRow> rows;
    for (const ConsentEvent& event : events) {
      rows.push_back({"consent_event", event.id.value, row_hash(event)});
    }
    const BatchSeal seal = seal_batch(rows);
    Leaf leaf = leaf_of(act_, AuditEvent::kBatch);
    leaf.result_count = static_cast<std::uint32_t>(events.size());
    if (!rows.empty()) leaf.record_hash = seal.root;
    leaf_ = services_.journal.append(tx_, leaf);
    const auto stored = Ledger(services_.journal).store(tx_, leaf_, events, seal.positions);
    if (!stored.ok()) return stored.error();
    report_.statements = *stored;
    if (auto done = suppress(); !done.ok()) return done.error();
    set_flags();
    set_markers();
    if (auto done = keep_apart(); !done.ok()) return done.error();
    return report_;
  }

 private:
  bool lives(const Uuid& record) const { return living_.contains(RecordId{record}); }

  // Of records that there are, and not in the ledger yet.
  std::vector<ConsentEvent> new_statements() {
    const auto sources = source_numbers(tx_);
    std::map<EventId, ConsentEvent> told;
    for (const DenialLine& line : lines_) {
      if (!lives(line.record)) continue;
      for (const DenialLine::Statement& one : line.statements) {
        ConsentEvent event = one.event;
        const auto source = sources.find(one.source.value_or(""));
        if (source != sources.end()) event.source = source->second;
        told.emplace(event.id, std::move(event));
      }
    }
    std::vector<ConsentEvent> events;
    for (auto& [id, event] : told) events.push_back(std::move(event));
    const auto known = Ledger(services_.journal).known(tx_, events);
    const std::set<EventId> old(known.begin(), known.end());
    std::erase_if(events, [&](const ConsentEvent& event) { return old.contains(event.id); });
    return events;
  }

  Status suppress() {
    std::vector<SuppressedAddress> addresses;
    for (const DenialLine& line : lines_) {
      for (const auto& one : line.suppressed) {
        addresses.push_back({one.tag, one.channel, one.since});
      }
      if (!lives(line.record)) add_lost(line, addresses);
    }
    if (addresses.empty()) return Unit{};
    return Suppressions(services_.journal).suppress(tx_, leaf_, addresses);
  }

  // The record is gone: what was said of it binds its addresses, whoever brings them back.
  void add_lost(const DenialLine& line, std::vector<SuppressedAddress>& addresses) {
    const std::size_t before = addresses.size();
    for (const DenialLine::Statement& one : line.statements) {
      const bool is_marketing = one.event.purpose == PurposeCode::kDirectMarketing;
      if (!is_marketing || !is_denial(one.event.action)) continue;
      if (one.suppression) {
        addresses.push_back({*one.suppression, one.event.channel, one.event.effective_at});
      } else if (!one.event.contact) {
        for (const Hash32& tag : line.addresses) {
          addresses.push_back({tag, one.event.channel, one.event.effective_at});
        }
      }
    }
    for (const DenialLine::Flag& flag : line.flags) {
      if (!denies(flag.flag)) continue;
      for (const Hash32& tag : line.addresses) addresses.push_back({tag, 0, flag.since});
    }
    if (addresses.size() > before) ++report_.of_lost_records;
  }

  void set_flags() {
    using Term = std::tuple<RecordFlag, Timestamp, std::optional<Timestamp>>;
    std::map<Term, std::vector<RecordId>> by_term;
    for (const DenialLine& line : lines_) {
      if (!lives(line.record)) continue;
      for (const DenialLine::Flag& one : line.flags) {
        by_term[{one.flag, one.since, one.until}].push_back(RecordId{line.record});
      }
    }
    for (const auto& [term, records] : by_term) {
      const auto& [flag, since, until] = term;
      RecordFlags::set(tx_, leaf_, records, flag, since, until);
    }
  }

  void set_markers() {
    std::vector<Uuid> groups;
    std::vector<Tag16> tags;
    std::vector<std::int16_t> kinds;
    std::vector<Timestamp> times;
    std::vector<Uuid> lifted;
    for (const DenialLine& line : lines_) {
      if (line.kind != 5) continue;
      for (const DenialLine::Marker& one : line.markers) {
        groups.push_back(line.record);
        tags.push_back(one.marker.tag);
        kinds.push_back(static_cast<std::int16_t>(one.marker.kind));
        times.push_back(one.erased_at);
      }
      if (line.markers.empty()) lifted.push_back(line.record);
    }
    if (!groups.empty()) {
      tx_.query(kMarkers, {leaf_, tx_.now(), Param::array(groups), Param::array(tags),
                           Param::array(kinds), Param::array(times)});
    }
    if (!lifted.empty()) ErasureMarkers::lift(tx_, leaf_, lifted);
  }

  Status keep_apart() {
    std::set<RecordPair> pairs;
    for (const DenialLine& line : lines_) {
      for (const RecordId& other : line.apart) {
        if (lives(line.record) && living_.contains(other)) {
          pairs.insert(ordered(RecordId{line.record}, other));
        }
      }
    }
    if (pairs.empty()) return Unit{};
    std::vector<RecordId> firsts;
    std::vector<RecordId> seconds;
    std::set<RecordId> all;
    for (const auto& [a, b] : pairs) {
      firsts.push_back(a);
      seconds.push_back(b);
      all.insert({a, b});
    }
    const std::vector<RecordId> records(all.begin(), all.end());
    std::vector<Link> links = find_links(tx_, records);
    std::erase_if(links, [&](const Link& link) { return !pairs.contains({link.a, link.b}); });
    retract_links(tx_, leaf_, links, RetractReason::kDecision);
    tx_.exec(kApart, {leaf_, tx_.now(), act_.actor, Param::array(firsts), Param::array(seconds)});
    Resolver resolver(services_.keys, services_.names, linking_fields(services_.fields),
                      services_.random);
    const auto divided = resolver.recluster(tx_, leaf_, records);
    if (!divided.ok()) return divided.error();
    return Unit{};
  }

  Tx& tx_;
  const RightsServices& services_;
  const Act& act_;
  const std::span<const DenialLine> lines_;
  const std::set<RecordId> living_;
  EventId leaf_;
  ReplayedDenials report_;
};

}  // namespace

Result<ReplayedDenials> replay_denials(Tx& tx, const RightsServices& services, const Act& act,
                                       std::span<const DenialLine> lines) {
  lock_identity(tx);
  return Replay(tx, services, act, lines).run();
}

}  // namespace assent
