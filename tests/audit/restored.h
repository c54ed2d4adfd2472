#pragma once

#include <cstdint>
#include <vector>

#include "audit/log_recovery.h"
#include "tests/audit/log_world.h"

namespace assent {

// The database's log at one moment, to be brought back later as a restore would: everything that
// PostgreSQL keeps of it, and nothing of what lies beside.
class LogBackup {
 public:
  explicit LogBackup(LogWorld& world);
  void restore(LogWorld& world) const;
  const LogHead head;

 private:
  struct Waiting {
    Bytes leaf;
  };
  std::vector<std::int32_t> writers_;
  std::vector<std::int64_t> last_numbers_;
  std::vector<Bytes> waiting_;
  std::int64_t next_writer_ = 0;
};

// Recovers our log as the command does; each step has `at_once` entries.
class Recoverer {
 public:
  explicit Recoverer(LogWorld& world, std::uint64_t at_once = 16 * kTileWidth);
  LogSurvey survey();
  // kSound at once, else by a replay; numbers what waits.
  void run();

  LogWorld& world;
  LogRecovery recovery;
};

// Acts of a process of its own: its session has not written before.
void act_anew(LogWorld& world, int count);

std::filesystem::path published_of(const LogWorld& world);
// Changes one byte of a published file.
void flip_byte(const std::filesystem::path& file, std::size_t at);

}  // namespace assent
