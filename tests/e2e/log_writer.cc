// log_writer SOCKET PORT TENANT THREADS EVENTS: THREADS sessions append leaves to the tenant's log,
// one an act, until EVENTS are acknowledged. The id of each acknowledged event is a line on
// standard output, written when its commit has answered. A failure of the database is waited out:
// what was not acknowledged is not repeated.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

#include "audit/journal.h"
#include "core/db.h"
#include "core/random.h"

namespace assent {
namespace {

constexpr std::chrono::milliseconds kPause{20};  // After a failure.

class Writers {
 public:
  Writers(DatabaseConfig config, TenantId tenant, long events)
      : db_(std::move(config), clock_), tenant_(tenant), left_(events) {}

  void write() {
    while (left_.fetch_sub(1) > 0) {
      const auto event = act();
      if (event) {
        print(*event);
      } else {
        ++left_;
        std::this_thread::sleep_for(kPause);
      }
    }
  }

 private:
  std::optional<EventId> act() {
    auto done = in_tx(db_, tenant_, [&](Tx& tx) -> Result<EventId> {
      return journal_.append(tx, leaf_of(Act{}, AuditEvent::kLookup));
    });
    return done.ok() ? std::optional(*done) : std::nullopt;
  }

  void print(EventId event) {
    const std::lock_guard lock(printing_);
    std::cout << event.text() << std::endl;  // Flushed: whoever reads must know at once.
  }

  SystemClock clock_;
  SystemRandom random_;
  Journal journal_{random_};
  Database db_;
  const TenantId tenant_;
  std::atomic<long> left_;
  std::mutex printing_;
};

int run(char** arguments) {
  const auto tenant = Uuid::parse(arguments[3]);
  if (!tenant) return 2;
  const auto threads = std::strtoul(arguments[4], nullptr, 10);
  DatabaseConfig config{arguments[1], std::atoi(arguments[2]), "assent", "assent_app"};
  config.sessions = threads;
  Writers writers(config, TenantId{*tenant}, std::atol(arguments[5]));
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < threads; ++i) all.emplace_back([&] { writers.write(); });
  for (std::thread& one : all) one.join();
  return 0;
}

}  // namespace
}  // namespace assent

int main(int count, char** arguments) {
  return count == 6 ? assent::run(arguments) : 2;
}
