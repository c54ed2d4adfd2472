#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "audit/checkpoint.h"
#include "audit/merkle.h"
#include "core/result.h"

// The body of add-checkpoint as c2sp.org/tlog-witness writes it: "old N", the lines of a
// consistency proof, an empty line, the signed checkpoint. Pure functions, thread-safe.
namespace assent {

struct AddCheckpoint {
  std::uint64_t old_size = 0;
  HashPath proof;  // From old_size to the checkpoint's size; says nothing until it is verified.
  SignedCheckpoint head;
};

// Who has a log proves that it extends `old_size`, from 1 to the checkpoint's size: PROOF of RFC
// 6962 2.1.2.
using ProofFrom = std::function<Result<HashPath>(std::uint64_t old_size)>;

// The path of the request below the witness's submission prefix.
inline constexpr StaticText kAddCheckpointPath = "/add-checkpoint";
// Of the body of a 409: the size the witness knows, in decimal, and a newline.
inline constexpr StaticText kSizeContentType = "text/x.tlog.size";

// A body is read only whole, so it is never over kNoteBytesMax, the note and its proof together.
// kTooLarge  over that, over kProofHashesMax lines of proof, or over a limit of parse_note.
// kInvalid   not such a body; what numbers and hashes mean is not looked at.
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

// The body that asks for a cosignature on `signed_checkpoint`, the text of a note.
std::string format_add_checkpoint(std::uint64_t old_size, const HashPath& proof,
                                  std::string_view signed_checkpoint);

}  // namespace assent
