#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "audit/log_problem.h"
#include "audit/stamp.h"
#include "core/log.h"
#include "core/metrics_file.h"
#include "core/pause.h"

namespace assent {

// Asks for a stamp of bytes of this SHA-256 (StampClient::ask).
using AskStamp = std::function<Result<GivenStamp>(const Hash32& imprint)>;

struct StamperConfig {
  std::filesystem::path published;  // Directory, as the signer's.
  std::chrono::hours every{24};
  AskStamp ask;
};

// Has the published checkpoint of every log stamped when it is newer than the last one stamped and
// `every` has passed, and keeps stamp and stamped bytes beside it (stamp_files.h). Works with the
// published files alone, beside the signer, and holds nobody up. What it knows stands in these
// files. One authority serves all logs: one that failed is left alone for a second, then two, up to
// an hour. Not thread-safe.
class Stamper {
 public:
  // `clock`, `steady` (SteadyClock), `log` and `metrics` outlive it.
  Stamper(StamperConfig config, const Clock& clock, const Clock& steady, Log& log,
          MetricsFile& metrics);

  // Refused is each log that should have a stamp and has none, with what the authority said last.
  Result<LogRound> run_once();

 private:
  struct Kept {
    std::uint64_t size = 0;  // Of the tree stamped last; 0: of none.
    Timestamp at = {};       // By the authority.
    Timestamp due = {};      // Steady: not before.
    std::string origin = {};
    bool is_failing = false;
  };
  struct Due;
  Result<std::size_t> attend(TenantId log);
  Result<std::optional<Due>> look(TenantId log) const;
  std::optional<Kept> read_kept(TenantId log, std::uint64_t size) const;
  Result<Kept> load(TenantId log, const std::string& origin) const;
  Status stamp(TenantId log, const Due& due, Kept& kept);
  void compare_clocks(TenantId log, Timestamp stamped_at);
  void write_metrics();

  const StamperConfig config_;
  const Clock& clock_;
  const Clock& steady_;
  Log& log_;
  MetricsFile& metrics_;
  std::map<TenantId, Kept> kept_;
  Pause pause_;
  std::optional<Error> failed_;  // Why there is a pause.
};

}  // namespace assent
