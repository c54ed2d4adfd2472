#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assent {

struct TlsReceiver {
  std::string host;
  std::uint16_t port = 0;
};
// tls://HOST:PORT; an IPv6 address in brackets. kInvalid otherwise.
Result<TlsReceiver> parse_receiver(std::string_view url);

// One connection on which we only send: TLS 1.2 or newer, the receiver's certificate must lead to
// the given authorities and name its host. Every step has kStepTimeout. Not thread-safe.
class TlsSender {
 public:
  static constexpr std::chrono::seconds kStepTimeout{20};

  // kInvalid       the file of authorities cannot be read.
  // kDenied        the receiver is not who its certificate must name.
  // kUnavailable   it cannot be reached.
  static Result<std::unique_ptr<TlsSender>> connect(const TlsReceiver& receiver,
                                                    const std::filesystem::path& authorities);
  ~TlsSender();

  // Hands everything to the connection. kUnavailable: it broke; what was sent before may be lost.
  Status send(std::string_view bytes);
  // Ends our side and waits for the receiver to end its own: then it has read all that was sent.
  // kUnavailable otherwise.
  Status finish();

 private:
  struct Connection;
  explicit TlsSender(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace assent
