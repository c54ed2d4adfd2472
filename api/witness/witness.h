#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audit/witness_request.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/log.h"
#include "witness_state.h"

namespace assent {

// What becomes of a request, in the order in which it is asked (c2sp.org/tlog-witness).
enum class WitnessOutcome {
  kMalformed,     // 400, the body is not of the form.
  kUnknownLog,    // 404
  kUnsigned,      // 403, no key of the log signed it, or a line of one is forged.
  kOldBeyond,     // 400, the old size is larger than the checkpoint's.
  kOtherSize,     // 409, the old size is not the one we cosigned last.
  kInconsistent,  // 422, it does not extend what we cosigned last, or its proof is wrong.
  kNotKept,       // 503, our disk did not take the new state, so nothing is cosigned.
  kCosigned       // 200
};
inline constexpr std::size_t kWitnessOutcomes = 8;
StaticText outcome_name(WitnessOutcome outcome);  // As metrics and log lines call it: "other_size".

struct WitnessAnswer {
  WitnessOutcome outcome;
  std::uint64_t known_size = 0;  // Of kOtherSize.
  std::string cosignature = {};  // Of kCosigned: a line.
  StaticText reason = "";        // Of kMalformed and kInconsistent.
};

struct WitnessedLogFacts {
  std::string origin;
  std::uint64_t size = 0;      // 0 also when nothing is cosigned yet.
  std::uint64_t time_s = 0;    // 0 when nothing is cosigned yet.
  std::uint64_t cosigned = 0;  // By this process.
  bool contradicted = false;
};

// Cosigns a checkpoint of a known log when it extends the one cosigned last, and never another.
// The new state is on disk before a cosignature leaves, under one lock per log, so that neither
// concurrent requests nor a death at any point gives cosignatures of two histories. Times of a log
// never run backwards. A log or a key that add_witnessed_log() adds meanwhile is known from the
// next request on. Thread-safe.
class Witness {
 public:
  // Holds the directory until it is destroyed. `own` is the cosigner's key and belongs to `key`.
  // `clock` and `log` outlive the witness.
  // kBusy         another process works with the directory.
  // kNotFound     no log is known there: nothing could ever be cosigned.
  // and the errors of read_witness_state.
  static Result<std::unique_ptr<Witness>> open(std::filesystem::path directory, VerifierKey own,
                                               const SigningKey& key, const Clock& clock, Log& log);

  WitnessAnswer add_checkpoint(std::string_view body);

  // The newest cosigned checkpoint of the log that origin_hash() calls so; nullopt when there is
  // none.
  std::optional<std::string> checkpoint(std::string_view hash) const;

  std::vector<WitnessedLogFacts> logs() const;
  // Requests of this outcome so far.
  std::uint64_t count(WitnessOutcome outcome) const;

 private:
  struct Entry {
    explicit Entry(WitnessedLog of) : state(std::move(of)) {}
    mutable std::mutex mutex;
    WitnessedLog state;
    std::uint64_t cosigned = 0;
    bool contradicted = false;
    bool is_refused = false;  // What is kept is not what we know; said once.
  };
  Witness(std::filesystem::path directory, VerifierKey own, const SigningKey& key,
          const Clock& clock, Log& log, DirectoryLock lock)
      : directory_(std::move(directory)),
        own_(std::move(own)),
        key_(key),
        clock_(clock),
        log_(log),
        lock_(std::move(lock)) {}

  WitnessAnswer judge(std::string_view body);
  Entry* find(const std::string& origin);
  Entry* learn(const std::string& origin);
  void learn_keys(Entry& entry);
  bool is_ours(Entry& entry, const Result<WitnessedLog>& kept);
  WitnessAnswer extend(Entry& entry, const AddCheckpoint& request, std::string log_lines);
  WitnessAnswer cosign(Entry& entry, const SignedCheckpoint& head, const std::string& log_lines);
  void add_entry(WitnessedLog log);
  void note_contradiction(Entry& entry, const SignedCheckpoint& head);

  const std::filesystem::path directory_;
  const VerifierKey own_;
  const SigningKey key_;
  const Clock& clock_;
  Log& log_;
  const DirectoryLock lock_;
  mutable std::shared_mutex logs_mutex_;  // Of the two maps; entries stay where they are.
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> by_origin_;
  std::map<std::string, const Entry*, std::less<>> by_hash_;
  std::atomic<bool> refused_a_file_{false};  // It is said once.
  std::array<std::atomic<std::uint64_t>, kWitnessOutcomes> counts_{};
};

}  // namespace assent
