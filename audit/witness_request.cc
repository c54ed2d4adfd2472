#include "audit/witness_request.h"

#include "take_line.h"

namespace assent {
namespace {

constexpr std::string_view kOld = "old ";

}  // namespace

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  if (body.size() > kNoteBytesMax) return Error{ErrorCode::kTooLarge, "request is over 64 KiB"};
  const auto first = take_line(body);
  if (!first || !first->starts_with(kOld)) {
    return Error{ErrorCode::kInvalid, "request does not begin with the old size"};
  }
  const auto old_size = parse_number(first->substr(kOld.size()));
  if (!old_size.ok()) return Error{ErrorCode::kInvalid, "the old size is not a decimal number"};
  AddCheckpoint request;
  request.old_size = *old_size;
  for (auto line = take_line(body); !line || !line->empty(); line = take_line(body)) {
    if (!line) return Error{ErrorCode::kInvalid, "request has no checkpoint"};
    if (request.proof.size() == kProofHashesMax) {
      return Error{ErrorCode::kTooLarge, "request has more than 63 lines of proof"};
    }
    const auto hash = parse_hash(*line);
    if (!hash.ok()) return Error{ErrorCode::kInvalid, "a line of the proof is not a hash"};
    request.proof.push_back(*hash);
  }
  auto head = parse_signed_checkpoint(body);
  if (!head.ok()) return head.error();
  request.head = std::move(*head);
  return request;
}

std::string format_add_checkpoint(std::uint64_t old_size, const HashPath& proof,
                                  std::string_view signed_checkpoint) {
  std::string body = std::string(kOld) + std::to_string(old_size) + "\n";
  for (const Hash32& hash : proof) body += to_base64(hash) + "\n";
  return body + "\n" + std::string(signed_checkpoint);
}

}  // namespace assent
