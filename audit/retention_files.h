#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "audit/checkpoint.h"
#include "audit/log_retention.h"

namespace assent {

// The signer's part of a log's retention: publishes what the log tells of it, as the file
// `retention` beside the checkpoint, and removes the published files of entries that were pruned.
// Believes the entries alone, as part of what it signed itself. All of it may be cut off at any
// point and done again. Not thread-safe.
class RetentionFiles {
 public:
  // `directory` is the published one of the log.
  RetentionFiles(TenantId log, std::filesystem::path directory)
      : log_(log), directory_(std::move(directory)) {}

  // The minimum index that the signed tree tells of, looked up once a process; 0, too, when it was
  // pruned otherwise than announced: signing goes on, and no file goes. kUnavailable.
  Result<std::uint64_t> minimum(Database& db, const Checkpoint& signed_tree);

  // When `published` is out: the file first, then what it says is pruned. Tiles above level 0 stay.
  // Asks the database only for a checkpoint that it has not followed.
  // The errors of read_retention(); kUnavailable the disk refuses.
  Status follow(Database& db, const Checkpoint& published);

 private:
  Result<LogRetention> read(Database& db, const Checkpoint& tree) const;
  Status publish(const std::string& origin, const LogRetention& retention);
  Status remove_before(std::uint64_t minimum);

  TenantId log_;
  std::filesystem::path directory_;
  std::optional<std::uint64_t> minimum_;
  std::optional<std::uint64_t> followed_;  // The size of the tree that was followed,
  std::uint64_t told_before_ = 0;          // and after which entry it told nothing of retention.
  std::optional<std::string> announced_;   // The content of the file, as this process wrote it.
  std::uint64_t removed_ = 0;              // Files of entries before it are gone.
};

// Where the text is published of a log.
std::filesystem::path published_retention_file(const std::filesystem::path& directory,
                                               TenantId log);

}  // namespace assent
