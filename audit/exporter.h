#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string_view>

#include "audit/bundle.h"
#include "audit/journal.h"

namespace assent {

struct ExportRequest {
  // Default: the first entry that the log keeps (log_retention.h).
  std::optional<std::uint64_t> first = std::nullopt;
  std::optional<std::uint64_t> end = std::nullopt;  // Not included; default: all that is signed.
  std::optional<std::string_view> since = std::nullopt;  // Text of a checkpoint the auditor holds.
};

struct Exported {
  BundleHeader header;
  EventId leaf;  // Of the export itself.
};

// Writes entries [first, end) of the log as a bundle against the newest checkpoint, with a proof
// that it extends `since`, in constant memory and short transactions. Leaves go out as they are
// stored, beside the hashes that the tiles have for them: judging is the verifier's, and a log that
// was tampered with is exported all the same. Exporting is an act: its leaf commits first.
// `db` is of the app role; `log` is the tenant or nil for the installation's log.
// kNotFound      no checkpoint has been signed yet.
// kInvalid       an empty range, one beyond the checkpoint, or a `since` that is no checkpoint of
//                this log, before or after a fork, or newer than it.
// kGone          the range begins with entries that were pruned, or `since` is so old that the
//                log cannot prove the extension any more.
// kConflict      entries of the range were pruned meanwhile.
// kCorrupt       checkpoint or tiles cannot carry the proofs.
// kUnavailable   the database is away, or `out` did not take everything: what was written has no
//                trailer and proves nothing.
Result<Exported> export_bundle(Database& db, TenantId log, Journal& journal, const Act& act,
                               const ExportRequest& request, std::ostream& out);

}  // namespace assent
