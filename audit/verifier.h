#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/bundle.h"
#include "audit/leaf.h"
#include "audit/log_policy.h"
#include "audit/retention_rules.h"
#include "audit/stamp.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/static_text.h"

// Judges what left the log, with nothing but public keys: no database, no network, no clock. Pure
// functions, thread-safe. Rules: data-protection 9.5 to 9.8; docs/audit-format.md.
namespace assent {

// The numbers are the exit codes of assent-verify.
enum class LogVerdict {
  kVerified = 0,
  kTampered = 1,    // The evidence contradicts itself, its signature, or an older checkpoint.
  kCannotTell = 2,  // A key, a witness or a part is missing, or the input cannot be read.
};

struct Finding {
  LogVerdict verdict;
  StaticText what;
  std::optional<std::uint64_t> entry = std::nullopt;  // Its number in the log.
  std::string expected = {};                          // Hashes and numbers only.
  std::string found = {};
};

// What was learnt of the log's head. Only with `signature` kValid is any of it the log's word.
struct LogFacts {
  Checkpoint checkpoint;
  PolicyCheck policy;
};

struct Report {
  // kTampered if any finding is, else kCannotTell if any is, else kVerified.
  LogVerdict verdict = LogVerdict::kCannotTell;
  std::vector<Finding> findings;  // The first bad entry comes first.
  std::uint64_t further = 0;      // Bad entries after the first.
  std::optional<LogFacts> log;
};

// A time stamp (stamp.h) of a checkpoint that the caller holds.
struct StampEvidence {
  std::string_view answer;         // The authority's, DER.
  const TsaCertificates* trusted;  // Null: none was given, and no stamp is proved.
};
struct StampFacts {
  Timestamp not_later_than;
  std::string policy;      // The authority's, an OID.
  bool fits = false;       // It is of exactly these bytes.
  bool is_proved = false;  // By somebody whom the given certificates prove.
};
// Entries that tell of a database that had lost entries of the log.
struct ToldRecovery {
  std::uint64_t entry = 0;
  RecoveredLog what;
};
struct ToldFork {
  std::uint64_t entry = 0;
  ForkedLog what;
};

enum class Extends { kNotAsked, kYes, kNo, kCannotTell };

struct BundleReport {
  Report report;
  std::optional<BundleHeader> header;
  std::uint64_t entries = 0;
  std::uint64_t writers = 0;
  std::uint64_t gaps = 0;       // Breaks in the numbers of writers.
  std::uint64_t backwards = 0;  // Entries more than 5 s older than an earlier one of their writer.
  bool all_hashes_match = false;
  Timestamp newest;  // Of all entries.
  // The newest that the entries declare. Entries before its minimum may rightly be missing.
  std::optional<DeclaredPrune> pruned;
  Extends extends = Extends::kNotAsked;
  std::uint64_t since_size = 0;
  std::optional<StampFacts> stamp;  // Of the older checkpoint.
  // The first of each, as they stand in the bundle; worth what the verdict says.
  static constexpr std::size_t kToldMax = 100;
  std::vector<ToldRecovery> recoveries;
  std::vector<ToldFork> forks;
};

// Reads `bundle` once, in memory that does not grow with it but for 64 bytes per writer and 8 for
// 256 entries. A prune (LOG_PRUNED) that breaks what the log had announced is tampering. Without a
// policy the best verdict is kCannotTell: internal consistency only. `since` is the text of an
// older checkpoint that the caller holds, perhaps of an origin that the log had before a fork,
// `stamp` a time stamp of exactly that text: then no entry that it covers may be of a later time,
// and the two clocks may differ by kStampToleranceUs.
BundleReport verify_bundle(std::istream& bundle, const LogPolicy* policy,
                           std::optional<std::string_view> since = std::nullopt,
                           const StampEvidence* stamp = nullptr);
inline constexpr std::int64_t kStampToleranceUs = 300 * kSecondUs;

// Does the log behind this tlog-proof hold exactly these bytes?
Report verify_entry(std::string_view proof, ByteView leaf, const LogPolicy* policy);

// Is the checkpoint `newer` an extension of `older`? `proof` is one base64 hash a line, as in
// c2sp.org/tlog-witness; it may be absent when the sizes are equal. The older one may be of an
// origin that the log had before a fork. The facts are the newer's.
Report compare_checkpoints(std::string_view older, std::string_view newer,
                           std::optional<std::string_view> proof, const LogPolicy* policy);

}  // namespace assent
