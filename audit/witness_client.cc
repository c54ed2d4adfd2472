#include "audit/witness_client.h"

#include <algorithm>

#include "audit/witness_request.h"
#include "http_post.h"

namespace assent {
namespace {

Result<WitnessReply> refused(int status) {
  if (status == 403 || status == 404) {
    return Error{ErrorCode::kDenied, "the witness does not know this log or its key"};
  }
  if (status == 422) {
    return Error{ErrorCode::kCorrupt, "the witness holds what this checkpoint does not extend"};
  }
  if (status == 429 || status >= 500) {
    return Error{ErrorCode::kUnavailable, "the witness is too busy or not well"};
  }
  return Error{ErrorCode::kInvalid, "the witness gave an answer that is none"};
}

Result<WitnessReply> known_size(std::string_view body) {
  const bool ended = body.ends_with('\n');
  const auto size = parse_number(body.substr(0, body.size() - (ended ? 1 : 0)));
  if (!ended || !size.ok()) {
    return Error{ErrorCode::kInvalid, "the witness told no size that it knows"};
  }
  return WitnessReply{{}, *size};
}

// The line of `key` in the answer, once it verifies behind the checkpoint.
Result<WitnessReply> cosigned(const std::string& signed_checkpoint, const std::string& body,
                              const VerifierKey& key) {
  const auto note = parse_note(signed_checkpoint + body);
  if (note.ok() && check_signature(*note, key).state == SignatureState::kValid) {
    const auto line = std::ranges::find_if(note->signatures, [&](const NoteSignature& s) {
      return s.name == key.name && s.id == key.id;
    });
    return WitnessReply{signature_line(*line), std::nullopt};
  }
  return Error{ErrorCode::kInvalid, "the witness gave no cosignature that verifies"};
}

}  // namespace

Result<std::unique_ptr<WitnessClient>> WitnessClient::open(PolicyWitness witness,
                                                           const std::string& ca_file) {
  if (witness.key.type != kCosignatureType) {
    return Error{ErrorCode::kInvalid, "cosignatures of this witness cannot be verified"};
  }
  std::string_view prefix = witness.url;
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  auto http = HttpPost::open(std::string(prefix) + std::string(kAddCheckpointPath.view()), ca_file);
  if (!http) {
    return Error{ErrorCode::kInvalid, "the witness has no URL that can be asked"};
  }
  return std::unique_ptr<WitnessClient>(new WitnessClient(std::move(witness), std::move(http)));
}

WitnessClient::WitnessClient(PolicyWitness witness, std::unique_ptr<HttpPost> http)
    : witness_(std::move(witness)), http_(std::move(http)) {}

WitnessClient::~WitnessClient() = default;

Result<WitnessReply> WitnessClient::ask(std::uint64_t old_size, const HashPath& proof,
                                        const std::string& signed_checkpoint,
                                        std::chrono::milliseconds patience) {
  const auto answer = http_->send(format_add_checkpoint(old_size, proof, signed_checkpoint),
                                  "text/plain; charset=utf-8", patience);
  if (!answer) return Error{ErrorCode::kUnavailable, "the witness did not answer in time"};
  if (answer->status == 200) return cosigned(signed_checkpoint, answer->body, witness_.key);
  if (answer->status == 409) return known_size(answer->body);
  return refused(answer->status);
}

}  // namespace assent
