#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/db.h"
#include "core/result.h"

namespace assent {

// Applies the numbered files of one directory (NNNN_noun_phrase.sql) in order, each in its own
// transaction, under an advisory lock: two programs that start together do it once. Forward only;
// a file's checksum is kept and a changed, missing or unknown file stops the start.
struct MigrationReport {
  std::vector<std::string> applied;  // File names, in order.
};

// Connect as the owner. A refusal names the file in its field. kCorrupt when an applied file has
// changed or is missing, or when one was left unfinished; kUnavailable when the database is away.
Result<MigrationReport> migrate(Database& owner, const std::filesystem::path& directory);

// What a start checks: every file applied and finished, none changed. kConflict when some are still
// to be applied ("run assent migrate"), kCorrupt as above.
Status check_migrated(Database& db, const std::filesystem::path& directory);

}  // namespace assent
