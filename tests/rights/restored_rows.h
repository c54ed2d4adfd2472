#pragma once

#include "rights/restore.h"
#include "tests/rights/rights_world.h"

namespace assent {

// The tenant's rows at one moment, to be brought back later as a backup would, under the safe, the
// log and the keyring of that later day: what a recovery of the log leaves to be restored.
class RowsBackup {
 public:
  explicit RowsBackup(RightsWorld& world);
  ~RowsBackup();
  RowsBackup(const RowsBackup&) = delete;
  RowsBackup& operator=(const RowsBackup&) = delete;
  void bring_back();

 private:
  void run(StaticText script);
  RightsWorld& world_;
  Database superuser_;
  std::uint64_t log_size_;
};

// A restore as the command does it, to its end.
class Restorer {
 public:
  explicit Restorer(RightsWorld& world) : world_(world) {}
  DataRestore restore(FaultPoint at = [](StaticText) {}) {
    return {world_.rights(), world_.follower, world_.owner, std::move(at)};
  }
  bool is_whole();
  RestorePlan plan();
  // Answers how many denials were of lost records.
  std::size_t run(FaultPoint at = [](StaticText) {});

 private:
  RightsWorld& world_;
};

}  // namespace assent
