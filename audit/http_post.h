#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/static_text.h"

namespace assent {

// POST to one place: what the signer asks witnesses and time stamping authorities with. Follows no
// redirect, believes no length, returns by its deadline whatever the other side does (the resolver
// of names has its own). cpp-httplib is included by http_post.cc alone. Not thread-safe.
class HttpPost {
 public:
  static constexpr std::size_t kAnswerBytesMax = std::size_t{64} * 1024;
  struct Answer {
    int status = 0;
    std::string body;
  };

  // Null unless `url` is "http[s]://HOST[:PORT][/PATH]". `ca_file` holds the certificates that
  // https is trusted by; empty: those of the system.
  static std::unique_ptr<HttpPost> open(std::string_view url, const std::string& ca_file);
  ~HttpPost();
  HttpPost(const HttpPost&) = delete;
  HttpPost& operator=(const HttpPost&) = delete;

  // nullopt when no whole answer of at most kAnswerBytesMax has come within `patience`.
  std::optional<Answer> send(std::string body, StaticText content_type,
                             std::chrono::milliseconds patience);

 private:
  class Client;
  explicit HttpPost(std::unique_ptr<Client> client);

  const std::unique_ptr<Client> client_;
};

}  // namespace assent
