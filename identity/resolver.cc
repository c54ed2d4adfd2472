#include "resolver.h"

#include <algorithm>
#include <map>

#include "cluster.h"
#include "membership_store.h"
#include "record_facts.h"

namespace assent {

struct Resolver::Component {
  std::vector<RecordFacts> facts;  // In the order of their content.
  std::map<RecordId, std::size_t> place;
  std::set<Link> links;
  std::set<RecordPair> cannot_link;
};

namespace {

std::set<RecordId> ids_of(std::span<const ChangedRecord> changed) {
  std::set<RecordId> ids;
  for (const ChangedRecord& record : changed) ids.insert(record.record);
  return ids;
}

std::vector<LinkTag> tags_of(std::span<const ChangedRecord> changed) {
  std::vector<LinkTag> tags;
  for (const ChangedRecord& record : changed) {
    tags.insert(tags.end(), record.tags.begin(), record.tags.end());
  }
  return tags;
}

// Every pair of holders of one value of which at least one changed.
std::set<Link> candidates(std::span<const Holders> holders, const std::set<RecordId>& changed) {
  std::set<Link> pairs;
  for (const Holders& held : holders) {
    if (held.is_generic()) continue;
    for (const RecordId& one : held.records) {
      if (!changed.contains(one)) continue;
      for (const RecordId& other : held.records) {
        if (one == other) continue;
        const auto [a, b] = ordered(one, other);
        pairs.insert({a, b, held.by});
      }
    }
  }
  return pairs;
}

std::vector<LinkEdge> edges_of(const std::set<Link>& links,
                               const std::map<RecordId, std::size_t>& place) {
  std::map<std::pair<std::size_t, std::size_t>, int> weights;
  for (const Link& link : links) {
    const auto a = place.find(link.a);
    const auto b = place.find(link.b);
    if (a == place.end() || b == place.end()) continue;  // One of them is erased.
    ++weights[std::minmax(a->second, b->second)];
  }
  std::vector<LinkEdge> edges;
  for (const auto& [pair, weight] : weights) edges.push_back({pair.first, pair.second, weight});
  return edges;
}

// What `changed` had in force and has no more, and all that a value too many hold had given.
void sort_out(const std::set<Link>& links, const std::set<Link>& wanted,
              const std::set<RecordId>& changed, const std::set<LinkTag>& generic,
              std::vector<Link>& gone, std::vector<Link>& too_general) {
  for (const Link& link : links) {
    if (generic.contains(link.by)) {
      too_general.push_back(link);
    } else if ((changed.contains(link.a) || changed.contains(link.b)) && !wanted.contains(link)) {
      gone.push_back(link);
    }
  }
}

// Where the change begins to spread. A value that too many hold spreads only by what it linked.
std::set<RecordId> seeds_of(Tx& tx, std::span<const ChangedRecord> changed,
                            std::span<const Holders> holders) {
  std::set<RecordId> seeds;
  for (const ChangedRecord& record : changed) {
    if (record.arrival == Arrival::kChanged) seeds.insert(record.record);
  }
  for (const Holders& held : holders) {
    if (!held.is_generic()) {
      seeds.insert(held.records.begin(), held.records.end());
      continue;
    }
    for (const Link& link : find_links(tx, held.records)) {
      if (link.by == held.by) seeds.insert({link.a, link.b});
    }
  }
  return seeds;
}

}  // namespace

void lock_identity(Tx& tx) {
  // A group of rows is a few thousand look-ups by key: nothing to read whole, nothing to compile.
  tx.query(
      "SELECT pg_advisory_xact_lock(hashtextextended('identity ' || $1::text, 0)), "
      "set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)",
      {tx.tenant().text()});
}

Result<Resolver::Component> Resolver::load(Tx& tx, std::span<const RecordId> seeds) {
  const std::vector<RecordId> reached = find_component(tx, seeds);
  auto facts = record_facts(tx, keys_, fields_, reached);
  if (!facts.ok()) return facts.error();
  Component component{.facts = std::move(*facts), .place = {}, .links = {}, .cannot_link = {}};
  for (std::size_t i = 0; i < component.facts.size(); ++i) {
    component.place[component.facts[i].record] = i;
  }
  for (const Link& link : find_links(tx, reached)) component.links.insert(link);
  component.cannot_link = find_cannot_links(tx, reached);
  return component;
}

bool Resolver::contradict(const Component& component, std::size_t i, std::size_t j) const {
  const RecordFacts& a = component.facts[i];
  const RecordFacts& b = component.facts[j];
  if (component.cannot_link.contains(ordered(a.record, b.record))) return true;
  if (a.birth_date && b.birth_date && *a.birth_date != *b.birth_date) return true;
  return names_.first_names_contradict(a.first_name.reveal(), b.first_name.reveal());
}

std::vector<std::size_t> Resolver::divide(const Component& component) const {
  return cluster(component.facts.size(), edges_of(component.links, component.place),
                 [&](std::size_t i, std::size_t j) { return contradict(component, i, j); });
}

void Resolver::revise_links(Tx& tx, EventId leaf, std::span<const ChangedRecord> changed,
                            std::span<const Holders> holders, Component& component,
                            ResolveOutcome& outcome) const {
  const std::set<RecordId> ids = ids_of(changed);
  std::set<Link> wanted;
  std::vector<Link> made;
  for (const Link& link : candidates(holders, ids)) {
    const auto a = component.place.find(link.a);
    const auto b = component.place.find(link.b);
    if (a == component.place.end() || b == component.place.end()) continue;
    if (contradict(component, a->second, b->second)) continue;
    const bool is_there = component.links.contains(link);
    // A restriction makes no new link, and breaks none: it binds the whole profile.
    if (!is_there &&
        (component.facts[a->second].restricted || component.facts[b->second].restricted)) {
      continue;
    }
    wanted.insert(link);
    if (!is_there) made.push_back(link);
  }
  std::set<LinkTag> generic;
  for (const Holders& held : holders) {
    if (held.is_generic()) generic.insert(held.by);
  }
  std::vector<Link> gone;
  std::vector<Link> too_general;
  sort_out(component.links, wanted, ids, generic, gone, too_general);
  store_links(tx, leaf, made);
  retract_links(tx, leaf, gone, RetractReason::kEvidenceGone);
  retract_links(tx, leaf, too_general, RetractReason::kGenericValue);
  for (const Link& link : gone) component.links.erase(link);
  for (const Link& link : too_general) component.links.erase(link);
  component.links.insert(made.begin(), made.end());
  outcome.links_made = made.size();
  outcome.links_retracted = gone.size() + too_general.size();
}

Result<ResolveOutcome> Resolver::resolve(Tx& tx, EventId leaf,
                                         std::span<const ChangedRecord> changed) {
  const std::vector<Holders> holders = find_holders(tx, tags_of(changed), changed.size());
  const std::set<RecordId> seeds = seeds_of(tx, changed, holders);
  std::vector<RecordId> singles;
  for (const ChangedRecord& record : changed) {
    if (!seeds.contains(record.record)) singles.push_back(record.record);
  }
  auto component = load(tx, std::vector<RecordId>(seeds.begin(), seeds.end()));
  if (!component.ok()) return component.error();
  ResolveOutcome outcome;
  revise_links(tx, leaf, changed, holders, *component, outcome);
  MembershipChange change =
      store_membership(tx, leaf, random_, component->facts, divide(*component), singles);
  outcome.moved = std::move(change.moved);
  outcome.left = std::move(change.left);
  return outcome;
}

Result<ResolveOutcome> Resolver::recluster(Tx& tx, EventId leaf, std::span<const RecordId> seeds) {
  auto component = load(tx, seeds);
  if (!component.ok()) return component.error();
  MembershipChange change =
      store_membership(tx, leaf, random_, component->facts, divide(*component), {});
  return ResolveOutcome{.links_made = 0,
                        .links_retracted = 0,
                        .moved = std::move(change.moved),
                        .left = std::move(change.left)};
}

}  // namespace assent
