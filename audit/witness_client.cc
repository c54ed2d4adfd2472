#include "audit/witness_client.h"

#include <httplib.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "audit/witness_request.h"

namespace assent {
namespace {

constexpr std::size_t kAnswerBytesMax = kNoteBytesMax;

// "https://host:port" and the path of add-checkpoint below the prefix.
struct Target {
  std::string host;
  std::string path;
};

std::optional<Target> parse_url(std::string_view url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || url.find_first_of("@?# \t") != url.npos) return std::nullopt;
  const std::size_t slash = std::min(url.find('/', scheme), url.size());
  if (slash == scheme) return std::nullopt;
  std::string_view prefix = url.substr(slash);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  return Target{std::string(url.substr(0, slash)),
                std::string(prefix) + std::string(kAddCheckpointPath.view())};
}

// Ends whatever the client does when the patience is over: its own timeouts begin anew with each
// byte that arrives.
class Watchdog {
 public:
  Watchdog(httplib::Client& client, std::chrono::milliseconds patience)
      : thread_([this, &client, until = std::chrono::steady_clock::now() + patience] {
          std::unique_lock hold(mutex_);
          while (!woken_.wait_until(hold, until, [this] { return done_; })) {
            client.stop();
            // Had it not begun to read yet, it would not have noticed: look again soon.
            if (woken_.wait_for(hold, kAgain, [this] { return done_; })) return;
          }
        }) {}
  ~Watchdog() {
    {
      const std::lock_guard hold(mutex_);
      done_ = true;
    }
    woken_.notify_one();
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  static constexpr std::chrono::milliseconds kAgain{50};
  std::mutex mutex_;
  std::condition_variable woken_;
  bool done_ = false;
  std::thread thread_;
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

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

class WitnessClient::Http {
 public:
  Http(const Target& target, const std::string& ca_file)
      : client_(target.host), path_(target.path) {
    client_.set_keep_alive(true);
    client_.set_follow_location(false);
    client_.set_decompress(false);
    client_.enable_server_certificate_verification(true);
    if (!ca_file.empty()) client_.set_ca_cert_path(ca_file);
  }
  bool ok() const { return client_.is_valid(); }

  // nullopt when there was no answer in time.
  std::optional<HttpAnswer> post(std::string body, std::chrono::milliseconds patience) {
    client_.set_connection_timeout(patience);
    client_.set_read_timeout(patience);
    client_.set_write_timeout(patience);
    HttpAnswer answer;
    httplib::Request request;
    request.method = "POST";
    request.path = path_;
    request.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    request.body = std::move(body);
    request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t,
                                   std::uint64_t) {
      answer.body.append(data, size);
      return answer.body.size() <= kAnswerBytesMax;
    };
    const Watchdog watchdog(client_, patience);
    const auto result = client_.send(request);
    if (!result) return std::nullopt;
    answer.status = result->status;
    return answer;
  }

 private:
  httplib::Client client_;
  const std::string path_;
};

Result<std::unique_ptr<WitnessClient>> WitnessClient::open(PolicyWitness witness,
                                                           const std::string& ca_file) {
  if (witness.key.type != kCosignatureType) {
    return Error{ErrorCode::kInvalid, "cosignatures of this witness cannot be verified"};
  }
  const auto target = parse_url(witness.url);
  auto http = target ? std::make_unique<Http>(*target, ca_file) : nullptr;
  if (!http || !http->ok()) {
    return Error{ErrorCode::kInvalid, "the witness has no URL that can be asked"};
  }
  return std::unique_ptr<WitnessClient>(new WitnessClient(std::move(witness), std::move(http)));
}

WitnessClient::WitnessClient(PolicyWitness witness, std::unique_ptr<Http> http)
    : witness_(std::move(witness)), http_(std::move(http)) {}

WitnessClient::~WitnessClient() = default;

Result<WitnessReply> WitnessClient::ask(std::uint64_t old_size, const HashPath& proof,
                                        const std::string& signed_checkpoint,
                                        std::chrono::milliseconds patience) {
  const auto answer =
      http_->post(format_add_checkpoint(old_size, proof, signed_checkpoint), patience);
  if (!answer) return Error{ErrorCode::kUnavailable, "the witness did not answer in time"};
  if (answer->status == 200) return cosigned(signed_checkpoint, answer->body, witness_.key);
  if (answer->status == 409) return known_size(answer->body);
  return refused(answer->status);
}

}  // namespace assent
