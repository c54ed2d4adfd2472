#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "audit/log_rehash.h"
#include "core/clock.h"

namespace assent {

class Services;

// When each log was last hashed again as a whole, and what came of it. Thread-safe.
class RehashResults {
 public:
  struct Result {
    Timestamp at;
    std::uint64_t size = 0;  // Entries that were sound; 0 of a log with a problem.
    bool is_damaged = false;
  };
  void note(Timestamp at, const Rehash& done);
  // nullopt until the log's first one has ended.
  std::optional<Result> of(TenantId log) const;

 private:
  mutable std::mutex mutex_;
  std::map<TenantId, Result> results_;
};

// Hashes all logs again when the server has started and every 24 hours after (decisions.md 21), on
// a thread of its own. A problem is an error in the program's log and a metric; nothing stops for
// it, since only people can judge what happened.
class LogRehashing {
 public:
  // Starts. `services` must outlive it.
  explicit LogRehashing(Services& services);
  ~LogRehashing();

 private:
  void run();
  void round();
  bool is_stopping();

  Services& services_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace assent
