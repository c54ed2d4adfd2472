#include "audit/tlog_proof.h"

#include "audit/checkpoint.h"
#include "take_line.h"

namespace assent {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kProofBytesMax = std::size_t{64} * 1024;

Error invalid(StaticText reason) {
  return Error{ErrorCode::kInvalid, reason};
}

}  // namespace

std::string format_tlog_proof(const TlogProof& proof) {
  std::string text(kFirstLine);
  text += '\n';
  if (proof.extra) text += std::string(kExtra) + to_base64(*proof.extra) + "\n";
  text += std::string(kIndex) + std::to_string(proof.index) + "\n";
  for (const Hash32& hash : proof.path) text += to_base64(hash) + "\n";
  return text + "\n" + proof.checkpoint;
}

Result<TlogProof> parse_tlog_proof(std::string_view text) {
  if (text.size() > kProofBytesMax) return Error{ErrorCode::kTooLarge, "proof is over 64 KiB"};
  if (take_line(text) != kFirstLine) return invalid("not a tlog-proof of version 1");
  TlogProof proof;
  auto line = take_line(text);
  if (line && line->starts_with(kExtra)) {
    proof.extra = from_base64(line->substr(kExtra.size()));
    if (!proof.extra) return invalid("extra data of the proof is not base64");
    line = take_line(text);
  }
  if (!line || !line->starts_with(kIndex)) return invalid("proof has no index line");
  const auto index = parse_number(line->substr(kIndex.size()));
  if (!index.ok()) return invalid("index of the proof is not a number");
  proof.index = *index;
  while ((line = take_line(text)) && !line->empty()) {
    if (proof.path.size() == kProofHashesMax) {
      return Error{ErrorCode::kTooLarge, "proof has more than 63 hashes"};
    }
    const auto hash = parse_hash(*line);
    if (!hash.ok()) return invalid("proof has a line that is not a hash");
    proof.path.push_back(*hash);
  }
  if (!line) return invalid("proof has no checkpoint");
  proof.checkpoint = text;
  return proof;
}

}  // namespace assent
