#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "api/services.h"
#include "audit/heartbeat.h"

namespace assent {

// What the server does besides answering: finishes erasures, copies denials into the safe, names
// and ends what has outlived its time, names its writers in every log, prunes logs that announced
// it, lets go of epoch keys that were burned. All state is in the clusters, so it may die at any
// point; the next start goes on. What goes wrong is logged and tried again.
class Background {
 public:
  // Starts. `services` must outlive it.
  explicit Background(Services& services);
  ~Background() { stop(); }

  // Returns when the round at hand has ended. Idempotent.
  void stop();

 private:
  void run();
  void round(std::int64_t number);
  void beat();
  void prune(const std::vector<Tenant>& tenants);
  void erase();
  void sweep(TenantId tenant, bool is_due);
  void follow_keyring();
  void look_at_upkeep();

  Services& services_;
  Heartbeat heartbeat_;
  std::optional<ErrorCode> keyring_failure_;   // As it was logged last.
  std::int64_t rounds_without_destroyer_ = 0;  // In which an erasure waited for its keys' end.
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace assent
