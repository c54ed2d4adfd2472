#include "audit/log_recovery.h"

#include <algorithm>
#include <limits>

#include "audit/log_check.h"
#include "audit/origin.h"
#include "log_growth.h"
#include "published_tree.h"
#include "replay_check.h"
#include "replay_step.h"

namespace assent {
namespace {

constexpr StaticText kFinish =
    "UPDATE audit_head SET recovering_from = NULL, origin = $2, "
    "rows_lost_from = least(rows_lost_from, $3) WHERE tenant = $1";
constexpr StaticText kBringCheckpoint =
    "INSERT INTO audit_checkpoint (tenant, size, note, signed_at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, size) DO NOTHING";

// Checkpoints beyond what the database has are of a tree that it does not have.
constexpr StaticText kDropCheckpoints =
    "DELETE FROM audit_checkpoint WHERE tenant = $1 AND size > $2";
constexpr StaticText kFork = R"sql(
  INSERT INTO audit_head (tenant, size, root, epoch, origin, rows_lost_from)
  VALUES ($1, 0, $2, 1, $3, $4)
  ON CONFLICT (tenant) DO UPDATE SET origin = excluded.origin, recovering_from = NULL,
     rows_lost_from = least(audit_head.rows_lost_from, excluded.rows_lost_from)
)sql";

Error refusal(ErrorCode code, StaticText reason) {
  return Error{code, reason};
}

// The first origin of the log; nullopt when the database has lost the tenant.
std::optional<std::string> first_origin(Tx& tx, TenantId log, const std::string& installation) {
  if (log == TenantId{}) return installation;
  const Rows rows = tx.query("SELECT log_origin FROM tenant WHERE tenant = $1", {log});
  return rows.empty() ? std::nullopt : std::optional(rows[0].text(0));
}

// Sets the survey's origin; a log that was forked since may be older in the database than there.
std::optional<Error> check_origin(Tx& tx, LogSurvey& survey, const std::string& installation) {
  const std::string& newest = survey.newest.origin;
  const auto first = first_origin(tx, survey.log, installation);
  survey.origin = survey.head.origin.value_or(first.value_or(newest));
  if (newest == survey.origin || is_earlier_origin(survey.origin, newest)) return std::nullopt;
  if (is_earlier_origin(newest, survey.origin)) {
    return refusal(ErrorCode::kConflict,
                   "the log was forked, and waits for 'assent-signer accept-fork'");
  }
  return refusal(ErrorCode::kCorrupt, "what is published is of another log");
}

// The same or more; never another tree of one size.
bool is_later(const Checkpoint& later, const Checkpoint& earlier) {
  return later.size > earlier.size || later == earlier;
}

// Of a log that has all entries that were signed: it may lack the published checkpoint.
LogCondition condition_of_whole(LogStore& store, const LogSurvey& survey) {
  const auto then = right_edge(store, survey.newest.size);
  if (!then.ok() || then->root() != survey.newest.root) return LogCondition::kOtherHistory;
  if (!survey.published.checkpoint) return LogCondition::kSound;
  const auto note = store.newest_checkpoint();
  if (!note) return LogCondition::kBehind;
  const auto known = parse_signed_checkpoint(*note);
  const bool has_it = known.ok() && known->checkpoint.size >= survey.published.checkpoint->size;
  return has_it ? LogCondition::kSound : LogCondition::kBehind;
}

Leaf about_log(const Act& act, AuditEvent event, TenantId log) {
  Leaf leaf = leaf_of(act, event);
  leaf.object_kind = ObjectKind::kLog;
  leaf.object = log.value;
  return leaf;
}

Leaf recovered_leaf(const Act& act, const LogSurvey& survey) {
  Leaf leaf = about_log(act, AuditEvent::kLogRecovered, survey.log);
  leaf.ext = RecoveredLog{survey.database_size(), survey.signed_size()};
  leaf.result_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      survey.signed_size() - survey.database_size(), std::numeric_limits<std::uint32_t>::max()));
  return leaf;
}

}  // namespace

Result<LogSurvey> LogRecovery::survey(TenantId log, const RecoveryProgress& progress) {
  auto published = read_published(config_.published, log);
  if (!published.ok() && published.error().code == ErrorCode::kUnavailable) {
    return published.error();
  }
  LogSurvey survey{log};
  if (!published.ok()) {
    survey.refuse(published.error());
    return survey;
  }
  survey.published = published->value_or(Published{});
  ReplayCheck check;
  auto looked = in_tx(db_, log, [&](Tx& tx) -> Status {
    tx.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    look(tx, survey);
    if (survey.condition != LogCondition::kBehind) return Unit{};
    return check.begin(tx, log, survey.head.size);
  });
  if (!looked.ok()) return looked.error();
  if (survey.condition != LogCondition::kBehind) return survey;
  PublishedTree files(published_log(config_.published, log), survey.signed_size());
  check.run(survey, files, steps(survey), progress);
  return survey;
}

// What the database tells beside what was signed.
void LogRecovery::look(Tx& tx, LogSurvey& survey) const {
  LogStore store(tx, survey.log);
  survey.head = store.head();
  const auto& published = survey.published.checkpoint;
  const auto& last_signed = survey.published.last_signed;
  if (!published && !last_signed) {
    if (!store.newest_checkpoint()) return;
    return survey.refuse({ErrorCode::kNotFound,
                          "nothing of the log is published: bring the published directory back"});
  }
  if (last_signed && published && !is_later(*last_signed, *published)) {
    return survey.refuse({ErrorCode::kCorrupt,
                          "what the signer signed last contradicts what it published: is its state "
                          "the newest?"});
  }
  survey.newest = last_signed ? *last_signed : *published;
  if (auto problem = check_origin(tx, survey, config_.installation_origin)) {
    return survey.refuse(*problem);
  }
  if (auto problem = check_database_log(tx, survey.log, survey.origin, survey.published.keys)) {
    survey.entry = problem->entry;
    return survey.refuse(problem->error);
  }
  survey.condition = survey.head.size < survey.signed_size() ? LogCondition::kBehind
                                                             : condition_of_whole(store, survey);
  if (survey.condition == LogCondition::kOtherHistory) survey.why = other_history();
  if (last_signed || survey.condition == LogCondition::kSound) return;
  if (survey.condition == LogCondition::kBehind && survey.head.size >= survey.signed_size()) return;
  survey.refuse({ErrorCode::kConflict,
                 "start assent-signer first: on the restored database it signs nothing, and tells "
                 "what it signed last"});
}

// Where the steps of a replay end.
std::vector<std::uint64_t> LogRecovery::steps(const LogSurvey& survey) const {
  std::vector<std::uint64_t> ends;
  const std::uint64_t size = survey.signed_size();
  for (std::uint64_t first = survey.head.size; first < size; first = ends.back()) {
    const std::uint64_t next = (first / config_.entries_at_once + 1) * config_.entries_at_once;
    ends.push_back(std::min(size, next));
  }
  return ends;
}

Status LogRecovery::replay(const LogSurvey& survey, Journal& journal, const Act& act,
                           const RecoveryProgress& progress) {
  const auto ends = steps(survey);
  if (survey.condition != LogCondition::kBehind || ends.size() != survey.roots.size()) {
    return refusal(ErrorCode::kInvalid, "this log cannot be replayed");
  }
  PublishedTree files(published_log(config_.published, survey.log), survey.signed_size());
  const auto finish = [&](Tx& tx) -> Status {
    std::optional<std::string> origin = survey.newest.origin;
    if (origin == first_origin(tx, survey.log, config_.installation_origin)) origin.reset();
    if (const auto& published = survey.published.checkpoint) {
      tx.exec(kBringCheckpoint, {survey.log, static_cast<std::int64_t>(published->size),
                                 survey.published.note, tx.now()});
    }
    std::optional<std::int64_t> lost_from;
    if (survey.signed_size() > survey.database_size()) {
      lost_from = static_cast<std::int64_t>(survey.database_size());
    }
    tx.exec(kFinish, {survey.log, origin, lost_from});
    if (!ends.empty()) journal.append(tx, recovered_leaf(act, survey));
    return Unit{};
  };
  if (ends.empty()) return in_tx(db_, survey.log, finish);
  std::uint64_t first = survey.head.size;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto leaves = files.leaves(first, ends[i]);
    if (!leaves.ok()) return leaves.error();
    auto done = in_tx(db_, survey.log, [&](Tx& tx) -> Status {
      auto put = put_back(tx, survey, *leaves, first, survey.roots[i]);
      return put.ok() && i + 1 == ends.size() ? finish(tx) : put;
    });
    if (!done.ok()) return done;
    first = ends[i];
    progress(first - survey.head.size, survey.signed_size() - survey.head.size);
  }
  return Unit{};
}

std::optional<std::string> LogRecovery::origin_after(const LogSurvey& survey) {
  return next_origin(survey.newest.origin);
}

Result<std::string> LogRecovery::fork(const LogSurvey& survey, Journal& journal, const Act& act) {
  const auto origin = origin_after(survey);
  const bool must = survey.condition == LogCondition::kFilesBad ||
                    survey.condition == LogCondition::kOtherHistory;
  if (!must || !origin) return refusal(ErrorCode::kInvalid, "this log is not to be forked");
  return in_tx(db_, survey.log, [&](Tx& tx) -> Result<std::string> {
    LogGrowth growth(tx, survey.log);
    if (auto loaded = growth.load_at(survey.head.size); !loaded.ok()) return loaded.error();
    tx.exec(kDropCheckpoints, {survey.log, static_cast<std::int64_t>(survey.head.size)});
    tx.exec(kFork,
            {survey.log, empty_root(), *origin, static_cast<std::int64_t>(survey.head.size)});
    Leaf leaf = about_log(act, AuditEvent::kFork, survey.log);
    leaf.ext = ForkedLog{survey.head.size, survey.signed_size(), survey.newest.root};
    journal.append(tx, leaf);
    return *origin;
  });
}

}  // namespace assent
