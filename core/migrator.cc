#include "core/migrator.h"

#include <algorithm>
#include <map>

#include "core/digest.h"
#include "core/file.h"

namespace assent {
namespace {

constexpr std::size_t kMigrationBytesMax = 4 << 20;
constexpr std::int64_t kMigrationLock = 0x41737365'6e740001;  // "Assent", migrations.

struct MigrationFile {
  std::string name;
  std::string script;
  Hash32 checksum{};
};

struct AppliedMigration {
  Hash32 checksum{};
  bool finished = false;
};

bool is_migration_name(const std::string& name) {
  return name.size() > 9 && name.ends_with(".sql") && name[4] == '_' &&
         std::all_of(name.begin(), name.begin() + 4, [](char c) { return c >= '0' && c <= '9'; });
}

Result<std::vector<MigrationFile>> read_files(const std::filesystem::path& directory) {
  std::vector<MigrationFile> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    MigrationFile file;
    file.name = entry.path().filename().string();
    if (!is_migration_name(file.name)) continue;
    auto script = read_file(entry.path(), kMigrationBytesMax);
    if (!script.ok()) return script.error();
    file.script = std::move(*script);
    file.checksum = sha256(as_bytes(file.script));
    files.push_back(std::move(file));
  }
  if (files.empty()) return Error{ErrorCode::kNotFound, "the directory holds no migration"};
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

std::map<std::string, AppliedMigration> read_applied(Tx& tx) {
  std::map<std::string, AppliedMigration> applied;
  const Rows rows =
      tx.query("SELECT name, checksum, finished_at IS NOT NULL FROM schema_migration");
  for (const auto& row : rows) applied[row.text(0)] = {row.hash(1), row.flag(2)};
  return applied;
}

// A refusal that names the file, and so its number.
Error about(const std::string& file, ErrorCode code, StaticText reason) {
  return {.code = code, .reason = reason, .field = CatalogueName::from_policy(file)};
}

// Whether what is applied agrees with the files; the files still to apply, in order.
Result<std::vector<std::string>> compare(const std::vector<MigrationFile>& files,
                                         const std::map<std::string, AppliedMigration>& applied) {
  std::vector<std::string> pending;
  for (const MigrationFile& file : files) {
    const auto found = applied.find(file.name);
    if (found == applied.end()) {
      pending.push_back(file.name);
      continue;
    }
    if (!found->second.finished) {
      return about(file.name, ErrorCode::kCorrupt,
                   "a migration was left unfinished: repair it by hand");
    }
    if (found->second.checksum != file.checksum) {
      return about(file.name, ErrorCode::kCorrupt, "an applied migration's file has changed");
    }
  }
  for (const auto& [name, migration] : applied) {
    if (std::ranges::find(files, name, &MigrationFile::name) == files.end()) {
      return about(name, ErrorCode::kCorrupt,
                   "the database knows a migration that this program lacks");
    }
  }
  return pending;
}

Status prepare_table(Database& owner) {
  return in_tx(owner, TenantId{}, [](Tx& tx) -> Status {
    tx.exec("SELECT pg_advisory_xact_lock($1)", {kMigrationLock});
    tx.run_script(
        "CREATE TABLE IF NOT EXISTS schema_migration ("
        " name text PRIMARY KEY, checksum bytea NOT NULL,"
        " started_at timestamptz NOT NULL, finished_at timestamptz);"
        "GRANT SELECT ON schema_migration TO PUBLIC");
    return Unit{};
  });
}

// Applies `file` unless another program did so meanwhile.
Result<bool> apply(Database& owner, const MigrationFile& file) {
  return in_tx(owner, TenantId{}, [&](Tx& tx) -> Result<bool> {
    tx.exec("SELECT pg_advisory_xact_lock($1)", {kMigrationLock});
    if (!tx.query("SELECT 1 FROM schema_migration WHERE name = $1", {file.name}).empty()) {
      return false;
    }
    tx.run_script("SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = 0");
    tx.run_script(file.script);
    tx.exec(
        "INSERT INTO schema_migration (name, checksum, started_at, finished_at) "
        "VALUES ($1, $2, $3, $3)",
        {file.name, file.checksum, tx.now()});
    return true;
  });
}

}  // namespace

Result<MigrationReport> migrate(Database& owner, const std::filesystem::path& directory) {
  auto files = read_files(directory);
  if (!files.ok()) return files.error();
  if (auto status = prepare_table(owner); !status.ok()) return status.error();
  auto pending =
      in_tx(owner, TenantId{}, [&](Tx& tx) { return compare(*files, read_applied(tx)); });
  if (!pending.ok()) return pending.error();
  MigrationReport report;
  for (const MigrationFile& file : *files) {
    auto applied = apply(owner, file);
    if (!applied.ok()) return about(file.name, applied.error().code, applied.error().reason);
    if (*applied) report.applied.push_back(file.name);
  }
  return report;
}

Status check_migrated(Database& db, const std::filesystem::path& directory) {
  auto files = read_files(directory);
  if (!files.ok()) return files.error();
  return in_tx(db, TenantId{}, [&](Tx& tx) -> Status {
    if (tx.query("SELECT to_regclass('schema_migration')::text")[0].is_null(0)) {
      return Error{ErrorCode::kConflict, "the database is empty: run assent migrate"};
    }
    auto pending = compare(*files, read_applied(tx));
    if (!pending.ok()) return pending.error();
    if (!pending->empty()) {
      return about(pending->front(), ErrorCode::kConflict,
                   "migrations are still to be applied: run assent migrate");
    }
    return Unit{};
  });
}

}  // namespace assent
