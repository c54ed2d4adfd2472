#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/merkle.h"
#include "core/result.h"

// Proofs of c2sp.org/tlog-proof@v1: one entry, its path and the checkpoint, as the receipt that a
// caller keeps. Pure functions, thread-safe.
namespace assent {

struct TlogProof {
  std::optional<Bytes> extra;  // Not authenticated by anything; we write none.
  std::uint64_t index = 0;
  HashPath path;
  std::string checkpoint;  // The signed note, verbatim.
};

std::string format_tlog_proof(const TlogProof& proof);

// kTooLarge  over 64 KiB, or more than 63 hashes.
// kInvalid   not in the format; the checkpoint is not looked into.
Result<TlogProof> parse_tlog_proof(std::string_view text);

}  // namespace assent
