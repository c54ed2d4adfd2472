#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/services.h"
#include "core/plaintext.h"

// A copy of one cluster as one sealed file, and what it is brought back with. PostgreSQL's own
// pg_dump and pg_restore do the work; nothing lies on a disk unsealed. decisions.md 4,
// data-protection.md 6.2; docs/decisions/0034.
namespace assent {

enum class BackupOf {
  kData,  // Rows, ciphertext and log; policies, configuration, published files: no key.
  kSafe   // Wrapped keys, tombstones, tokens, denials: worth nothing after the next burn.
};

// What a backup says of itself, sealed like the rest.
struct BackupManifest {
  BackupOf of = BackupOf::kData;
  std::string log_host;
  Timestamp taken_at;
  std::uint32_t epoch = 0;  // In use then.
  std::map<TenantId, std::uint64_t> log_sizes;
};

struct TakenBackup {
  EventId leaf;  // BACKUP_TAKEN of the installation's log; its record hash is the file's SHA-256.
  std::uint64_t bytes = 0;
};

using BackupProgress = std::function<void(std::uint64_t bytes)>;

// Writes `file`, whole or not at all, durable when it returns.
// kInvalid     the configuration names no recipient.
// kConflict    the file exists.
// kNotFound    pg_dump is missing.
// kUnavailable a cluster, a file or the disk is away.
Result<TakenBackup> take_backup(Services& services, BackupOf of, const std::filesystem::path& file,
                                const BackupProgress& progress);

// Reads all of it; nothing is believed that was changed. kInvalid no backup of this version;
// kDenied of another backup key; kCorrupt changed or cut off.
struct CheckedBackup {
  BackupManifest manifest;
  Hash32 hash{};  // SHA-256 of the file.
};
Result<CheckedBackup> check_backup(const std::filesystem::path& file, const SecretKey& identity,
                                   const BackupProgress& progress);

// Whether the published log of the installation tells that this very file was taken.
// The errors of reading it.
Result<bool> is_told_by_log(const std::filesystem::path& published, const Hash32& hash);

// Fills the empty database of the cluster, in one transaction.
// kConflict the database holds an installation already; kNotFound pg_restore is missing;
// kUnavailable it could not be loaded, and is empty as before.
Status load_backup(const Config& config, BackupOf of, const std::filesystem::path& file,
                   const SecretKey& identity, const BackupProgress& progress);

// Policies, configuration, published files and what else was taken, below `directory`, which is
// made or empty. Answers how many. kConflict it is not empty.
Result<std::size_t> extract_files(const std::filesystem::path& file, const SecretKey& identity,
                                  const std::filesystem::path& directory);

}  // namespace assent
