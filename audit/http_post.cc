#include "http_post.h"

#include <httplib.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace assent {
namespace {

// "https://host:port" and the path there.
struct Target {
  std::string host;
  std::string path;
};

std::optional<Target> parse_url(std::string_view url) {
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || url.find_first_of("@?# \t\r\n") != url.npos) return std::nullopt;
  const std::size_t slash = std::min(url.find('/', scheme), url.size());
  if (slash == scheme) return std::nullopt;
  std::string path(url.substr(slash));
  return Target{std::string(url.substr(0, slash)), path.empty() ? "/" : std::move(path)};
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

}  // namespace

class HttpPost::Client {
 public:
  Client(const Target& target, const std::string& ca_file)
      : client_(target.host), path_(target.path) {
    client_.set_keep_alive(true);
    client_.set_follow_location(false);
    client_.set_decompress(false);
    client_.enable_server_certificate_verification(true);
    if (!ca_file.empty()) client_.set_ca_cert_path(ca_file);
  }
  bool ok() const { return client_.is_valid(); }

  std::optional<Answer> post(std::string body, StaticText content_type,
                             std::chrono::milliseconds patience) {
    client_.set_connection_timeout(patience);
    client_.set_read_timeout(patience);
    client_.set_write_timeout(patience);
    Answer answer;
    httplib::Request request;
    request.method = "POST";
    request.path = path_;
    request.headers = {{"Content-Type", content_type.c_str()}};
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

std::unique_ptr<HttpPost> HttpPost::open(std::string_view url, const std::string& ca_file) {
  const auto target = parse_url(url);
  auto client = target ? std::make_unique<Client>(*target, ca_file) : nullptr;
  if (!client || !client->ok()) return nullptr;
  return std::unique_ptr<HttpPost>(new HttpPost(std::move(client)));
}

HttpPost::HttpPost(std::unique_ptr<Client> client) : client_(std::move(client)) {}

HttpPost::~HttpPost() = default;

std::optional<HttpPost::Answer> HttpPost::send(std::string body, StaticText content_type,
                                               std::chrono::milliseconds patience) {
  return client_->post(std::move(body), content_type, patience);
}

}  // namespace assent
