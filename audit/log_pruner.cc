#include "audit/log_pruner.h"

#include <algorithm>
#include <limits>
#include <ranges>

#include "audit/checkpoint.h"

namespace assent {
namespace {

constexpr StaticText kNewest =
    "SELECT acted_us FROM audit_leaf WHERE tenant = $1 AND idx < $2 ORDER BY acted_us DESC LIMIT 1";
// Entries stand nearly in the order of their times: the first younger one by time bounds the search
// for the first one by number.
constexpr StaticText kFirstYoungerByTime =
    "SELECT idx FROM audit_leaf WHERE tenant = $1 AND acted_us > $2 ORDER BY acted_us, idx LIMIT 1";
constexpr StaticText kFirstYounger =
    "SELECT min(idx) FROM audit_leaf WHERE tenant = $1 AND idx < $3 AND acted_us > $2";
constexpr StaticText kNewestBefore =
    "SELECT coalesce(max(acted_us), 0) FROM audit_leaf WHERE tenant = $1 AND idx < $2";
constexpr StaticText kWaiting = R"sql(
  SELECT EXISTS (SELECT FROM audit_retention r WHERE r.tenant = $1 AND NOT EXISTS (
    SELECT FROM audit_leaf a WHERE a.tenant = $1 AND a.event_id = r.leaf_id AND a.idx < $2))
)sql";
constexpr StaticText kPrune = "SELECT prune_log($1, $2)";
constexpr StaticText kDropYears = "SELECT drop_empty_leaf_years($1)";
// As in log_view.cc: the planner would rather sort the log than walk the index.
constexpr StaticText kWalkTheIndex = "SET LOCAL enable_sort = off";

std::int64_t signed_number(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

Result<LogHead> signed_tree(LogStore& store) {
  const auto note = store.newest_checkpoint();
  if (!note) return Error{ErrorCode::kNotFound, "the log has no checkpoint yet"};
  const auto newest = parse_signed_checkpoint(*note);
  if (!newest.ok()) return Error{ErrorCode::kCorrupt, "the newest checkpoint cannot be read"};
  return LogHead{newest->checkpoint.size, newest->checkpoint.root};
}

// The newest announcement that has stood for as long as it says.
const AnnouncedTerms* in_force(const PrunePlan& plan) {
  for (const AnnouncedTerms& one : std::views::reverse(plan.retention.announced)) {
    if (newest_prunable(plan.retention.announced, one.entry, plan.now)) return &one;
  }
  return nullptr;
}

Leaf leaf_about(const Act& act, AuditEvent event, TenantId log) {
  Leaf leaf = leaf_of(act, event);
  leaf.object_kind = ObjectKind::kLog;
  leaf.object = log.value;
  return leaf;
}

}  // namespace

Result<PrunePlan> LogPruner::plan(TenantId log) {
  return in_tx(app_, log, [&](Tx& tx) { return plan(tx, log); });
}

Result<PrunePlan> LogPruner::plan(Tx& tx, TenantId log) const {
  LogStore store(tx, log);
  const auto tree = signed_tree(store);
  if (!tree.ok()) return tree.error();
  auto retention = read_retention(tx, log, *tree);
  if (!retention.ok()) return retention.error();
  PrunePlan plan{std::move(*retention),
                 *tree,
                 store.first_kept().value_or(tree->size),
                 tx.now(),
                 {},
                 false,
                 {}};
  plan.is_waiting = tx.query(kWaiting, {log, signed_number(tree->size)})[0].flag(0);
  tx.exec(kWalkTheIndex);
  const Rows newest = tx.query(kNewest, {log, signed_number(tree->size)});
  if (newest.empty()) return plan;
  // A clock that is ahead makes nothing old: only what the log has signed counts.
  plan.now = std::min(plan.now, Timestamp{newest[0].integer(0)});
  if (!plan.retention.announced.empty()) {
    const AnnouncedTerms& first = plan.retention.announced.front();
    plan.prunable_from = Timestamp{first.at.us + first.terms.notice_days * kDayUs};
  }
  if (!plan.is_waiting) plan.next = next_range(tx, log, plan);
  return plan;
}

std::optional<PrunedRange> LogPruner::next_range(Tx& tx, TenantId log,
                                                 const PrunePlan& plan) const {
  const AnnouncedTerms* terms = in_force(plan);
  if (terms == nullptr) return std::nullopt;
  const Timestamp announced = *newest_prunable(plan.retention.announced, terms->entry, plan.now);
  const Timestamp by_policy{plan.now.us - policy_.terms.days * kDayUs};
  const std::int64_t newest = std::min(announced, by_policy).us;
  std::uint64_t end = std::min(terms->entry, plan.retention.minimum() + kDeclaredAtOnce);
  const Rows by_time = tx.query(kFirstYoungerByTime, {log, newest});
  if (!by_time.empty()) {
    end = std::min(end, static_cast<std::uint64_t>(by_time[0].integer(0)));
  }
  const Rows younger = tx.query(kFirstYounger, {log, newest, signed_number(end)});
  if (!younger[0].is_null(0)) end = static_cast<std::uint64_t>(younger[0].integer(0));
  end -= end % kPrunedTogether;
  if (end <= plan.retention.minimum()) return std::nullopt;
  Timestamp went{tx.query(kNewestBefore, {log, signed_number(end)})[0].integer(0)};
  if (plan.retention.pruned) went = std::max(went, plan.retention.pruned->range.newest);
  return PrunedRange{end, plan.tree.size, terms->entry, went};
}

Result<EventId> LogPruner::announce(TenantId log, const Act& act) {
  return in_tx(app_, log, [&](Tx& tx) -> Result<EventId> {
    Leaf leaf = leaf_about(act, AuditEvent::kLogRetentionAnnounced, log);
    leaf.record_hash = policy_.policy;
    leaf.ext = policy_.terms;
    const EventId event = journal_.append(tx, leaf);
    tx.exec("SELECT note_retention($1)", {event});
    return event;
  });
}

Result<EventId> LogPruner::declare(TenantId log, const Act& act, const PrunePlan& plan) {
  if (!plan.next || plan.is_unfinished()) {
    return Error{ErrorCode::kConflict, "there is nothing to prune now"};
  }
  return in_tx(app_, log, [&](Tx& tx) -> Result<EventId> {
    Leaf leaf = leaf_about(act, AuditEvent::kLogPruned, log);
    leaf.result_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        plan.next->minimum - plan.retention.minimum(), std::numeric_limits<std::uint32_t>::max()));
    leaf.record_hash = plan.tree.root;
    leaf.ext = *plan.next;
    const EventId event = journal_.append(tx, leaf);
    tx.exec("SELECT note_retention($1)", {event});
    return event;
  });
}

Result<std::uint64_t> LogPruner::remove(TenantId log) {
  const auto found = plan(log);
  if (!found.ok()) return found.error();
  if (!found->retention.pruned) return std::uint64_t{0};
  const DeclaredPrune& pruned = *found->retention.pruned;
  std::uint64_t removed = 0;
  for (std::uint64_t at = found->first_kept; at < pruned.range.minimum;) {
    at = std::min(pruned.range.minimum, (at / kRemovedAtOnce + 1) * kRemovedAtOnce);
    auto step = in_tx(eraser_, log, [&](Tx& tx) -> Result<std::uint64_t> {
      const Rows gone = tx.query(kPrune, {signed_number(pruned.entry), signed_number(at)});
      return static_cast<std::uint64_t>(gone[0].integer(0));
    });
    if (!step.ok()) return step.error();
    removed += *step;
  }
  // Whoever reads the log holds a lock that this would wait for: then the next round does it.
  (void)in_tx(eraser_, log, [&](Tx& tx) -> Status {
    tx.query(kDropYears, {static_cast<std::int32_t>(utc_date(found->now).year)});
    return Unit{};
  }).ok();
  return removed;
}

Status LogPruner::run_once(TenantId log, const Act& act) {
  auto now = plan(log);
  if (!now.ok()) return now.error().code == ErrorCode::kNotFound ? Status(Unit{}) : now.error();
  const LogRetention& told = now->retention;
  if (told.announced.empty() || now->is_waiting) return Unit{};
  if (now->is_unfinished()) {
    if (auto removed = remove(log); !removed.ok()) return removed.error();
    return Unit{};
  }
  const AnnouncedTerms& newest = told.announced.back();
  if (newest.terms == policy_.terms && newest.at.us + kBetweenAnnouncementsUs <= now->now.us) {
    if (auto again = announce(log, act); !again.ok()) return again.error();
    return Unit{};
  }
  const bool is_time = !told.pruned || told.pruned->at.us + kBetweenPrunesUs <= now->now.us;
  if (!now->next || !is_time) return Unit{};
  auto declared = declare(log, act, *now);
  return declared.ok() ? Status(Unit{}) : declared.error();
}

}  // namespace assent
