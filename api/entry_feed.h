#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "audit/log_view.h"

namespace assent {

// Numbered entries of a log, in the order of their numbers, each at least once: for a SIEM. The
// place is kept in a file and moves only when the receiver has all before it; after a crash or a
// broken connection what was under way is sent again. Not thread-safe; one feed a file.
class EntryFeed {
 public:
  static constexpr std::uint64_t kStep = 1000;  // Entries at once.
  using Send = std::function<Status(const ViewedEntry&)>;
  using Flush = std::function<Status()>;

  // `log` is the tenant. `db` must outlive the feed.
  EntryFeed(Database& db, TenantId log, std::filesystem::path place)
      : db_(db), log_(log), place_(std::move(place)) {}

  // Reads the place; 0 when there is no file yet, and never before the first entry that the log
  // keeps: what was pruned is not sent. The number of entries that wait.
  // kInvalid    the file holds something else.
  // kConflict   the log is shorter than the place.
  Result<std::uint64_t> open();
  // Sends at most kStep entries. The number sent; 0 when nothing waits. An entry that cannot be
  // decoded is passed over: the bundle shows it.
  Result<std::uint64_t> step(const Send& send, const Flush& flush);
  // The number of the next entry.
  std::uint64_t place() const { return next_; }
  // From where the next feed of this file goes on.
  Status keep(std::uint64_t place) const;

 private:
  Result<std::uint64_t> size();
  Result<std::uint64_t> first_kept();
  Database& db_;
  TenantId log_;
  std::filesystem::path place_;
  std::uint64_t next_ = 0;
};

}  // namespace assent
