#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "audit/log_store.h"
#include "audit/signer_state.h"
#include "audit/tile_files.h"

// What becomes of a log whose database is older than what the signer published: its entries are put
// back from the published files, or it goes on openly under a new origin. data-protection.md 9.6,
// 9.7; docs/decisions/0025.
namespace assent {

enum class LogCondition {
  kSound,         // Nothing is missing.
  kBehind,        // Entries are missing, and the published files prove what they are: replay().
  kFilesBad,      // They are missing, and a published file is, too, or is not what was signed.
  kOtherHistory,  // The database never was what was signed.
  kRefused,       // Nothing may be done: the database, or who signed, cannot be believed.
};

// What was found of one log.
struct LogSurvey {
  TenantId log;
  LogCondition condition = LogCondition::kSound;
  std::optional<Error> why = {};            // Of the last three.
  std::optional<TileFile> file = {};        // The published file to blame.
  std::optional<std::uint64_t> entry = {};  // The entry of the database to blame.
  std::string origin = {};                  // Of the database's log.
  LogHead head = {};                        // The database's.
  Published published = {};
  Checkpoint newest = {};  // What was signed last, published or not; not of kRefused.
  // Of kBehind: the root after each step of replay(), and when the newest missing act was done.
  std::vector<Hash32> roots = {};
  Timestamp newest_act = {};

  void refuse(Error error) {
    condition = LogCondition::kRefused;
    why = std::move(error);
  }
  std::uint64_t signed_size() const { return newest.size; }
  // How many entries the database had when the recovery began.
  std::uint64_t database_size() const { return head.recovering_from.value_or(head.size); }
};

// `done` of `all` entries.
using RecoveryProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

struct RecoveryConfig {
  std::string installation_origin;  // The first one of the nil tenant's log.
  std::filesystem::path published;
  std::uint64_t entries_at_once = 16 * kTileWidth;  // A multiple of a tile's width.
};

// By the role of the owner, while neither server nor command runs on the database. Not thread-safe.
class LogRecovery {
 public:
  // `owner_role` connects as assent_owner and must outlive this.
  LogRecovery(Database& owner_role, RecoveryConfig config)
      : db_(owner_role), config_(std::move(config)) {}

  // Reads all that a replay needs, and changes nothing. kBehind only if the signer tells what it
  // signed last, that is signed by the log's keys and not less than what is published, the keys
  // signed the database's newest checkpoint too, the database's tree is sound, and its leaves with
  // the published ones lead to the signed root.
  // kUnavailable the database or the directory is away.
  Result<LogSurvey> survey(TenantId log, const RecoveryProgress& progress);

  // Puts the entries back, step by step, each in a transaction that ends with the root that the
  // survey computed: leaves, tiles, head, writers; what they hold leaves the outbox. With the last
  // step the published checkpoint comes back and LOG_RECOVERED is appended, and the head says from
  // which entry on the rows are lost (LogHead::rows_lost_from). It may die at any
  // point: the next survey finds the rest. `survey` is kBehind. kConflict      the database has
  // changed since the survey: something else works on it. kBusy          a sequencer works on the
  // log. kCorrupt       a file has changed since the survey.
  Status replay(const LogSurvey& survey, Journal& journal, const Act& act,
                const RecoveryProgress& progress);

  // Lets the log go on as it is, under the origin that it answers, and appends FORK, which names
  // what was signed before. Nothing is signed until the signer's operator accepts it
  // (fork_acceptance.h). `survey` is kFilesBad or kOtherHistory, else kInvalid. kConflict, kBusy as
  // above.
  Result<std::string> fork(const LogSurvey& survey, Journal& journal, const Act& act);
  // nullopt: this log can have no next origin.
  static std::optional<std::string> origin_after(const LogSurvey& survey);

 private:
  void look(Tx& tx, LogSurvey& survey) const;
  std::vector<std::uint64_t> steps(const LogSurvey& survey) const;

  Database& db_;
  RecoveryConfig config_;
};

}  // namespace assent
