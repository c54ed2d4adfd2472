#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <fstream>
#include <future>
#include <stdexcept>

#include "live_server.h"

namespace assent {
namespace {

constexpr std::string_view kAsk = "GET /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * 4096;
}

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kGrowthMax = 150U << 20;  // It keeps freed memory for a while.
#else
constexpr std::size_t kGrowthMax = 40U << 20;
#endif

// `count` pieces of `size` bytes, then what `last` returns.
BodyProducer pieces(int count, std::size_t size,
                    std::function<Result<std::optional<std::string>>()> last) {
  auto left = std::make_shared<int>(count);
  return [left, size, last = std::move(last)]() -> Result<std::optional<std::string>> {
    if ((*left)-- > 0) return std::optional(std::string(size, 'x'));
    return last();
  };
}

Result<std::optional<std::string>> finished() {
  return std::optional<std::string>();
}

TEST(ServerStreamTest, PiecesArriveWholeAndInOrder) {
  LiveServer live;
  live.get("/stream", [](const Request&) {
    auto at = std::make_shared<int>(0);
    return stream_response("text/csv", [at]() -> Result<std::optional<std::string>> {
      if (*at == 100) return std::optional<std::string>();
      // Every tenth piece is empty, which must not end the body.
      return std::optional(++*at % 10 == 0 ? "" : std::to_string(*at) + "\n");
    });
  });
  httplib::Client client("127.0.0.1", live.start());
  const auto answer = client.Get("/stream");
  ASSERT_TRUE(answer);
  std::string expected;
  for (int i = 1; i <= 100; ++i) expected += i % 10 == 0 ? "" : std::to_string(i) + "\n";
  EXPECT_EQ(answer->body, expected);
  EXPECT_EQ(answer->get_header_value("Transfer-Encoding"), "chunked");
  EXPECT_EQ(client.Get("/stream")->body, expected);
}

TEST(ServerStreamTest, TwoHundredMegabytesNeedNoMemory) {
  LiveServer live;
  live.get("/stream", [](const Request&) {
    return stream_response("text/csv", pieces(3'200, 65'536, finished));
  });
  httplib::Client client("127.0.0.1", live.start());
  client.Get("/hello");
  const std::size_t before = resident_bytes();
  std::size_t most = before;
  std::size_t received = 0;
  const auto answer = client.Get("/stream", [&](const char*, std::size_t size) {
    received += size;
    most = std::max(most, resident_bytes());
    return true;
  });
  ASSERT_TRUE(answer);
  EXPECT_EQ(received, 3'200U * 65'536U);
  EXPECT_LT(most - before, kGrowthMax);
}

TEST(ServerStreamTest, TheProducerWaitsForAClientThatDoesNotRead) {
  LiveServer live({.write_max = std::chrono::milliseconds(500)});
  std::atomic<int> pulled = 0;
  std::promise<void> released;
  live.get("/stream", [&](const Request&) {
    auto alive = std::shared_ptr<void>(nullptr, [&](void*) { released.set_value(); });
    return stream_response("text/csv", [&, alive]() -> Result<std::optional<std::string>> {
      ++pulled;
      return std::optional(std::string(65'536, 'x'));
    });
  });
  RawClient client(live.start(), 8'192);
  client.send(kAsk);
  released.get_future().wait();  // Until the write deadline has cut it.
  EXPECT_LT(pulled, 500);        // The socket buffers' worth, not 500 ms of free running.
}

TEST(ServerStreamTest, AClientThatLeavesEndsTheProducer) {
  LiveServer live;
  std::promise<void> released;
  live.get("/stream", [&](const Request&) {
    auto alive = std::shared_ptr<void>(nullptr, [&](void*) { released.set_value(); });
    return stream_response("text/csv", [alive]() -> Result<std::optional<std::string>> {
      return std::optional(std::string(65'536, 'x'));
    });
  });
  {
    RawClient client(live.start());
    client.send(kAsk);
    EXPECT_EQ(status_of(client.receive()), 200);
  }
  EXPECT_EQ(released.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST(ServerStreamTest, AProducerThatFailsLeavesABodyThatIsVisiblyIncomplete) {
  LiveServer live;
  live.get("/stream", [](const Request& request) {
    const bool throws = request.query.get("throws").has_value();
    return stream_response("text/csv",
                           pieces(3, 10, [throws]() -> Result<std::optional<std::string>> {
                             if (throws) throw std::runtime_error("anna@example.org");
                             return Error{ErrorCode::kUnavailable, "the database is away"};
                           }));
  });
  httplib::Client client("127.0.0.1", live.start());
  for (const auto* path : {"/stream", "/stream?throws"}) {
    std::string received;
    const auto answer = client.Get(path, [&](const char* data, std::size_t size) {
      received.append(data, size);
      return true;
    });
    EXPECT_FALSE(answer) << path;
    EXPECT_EQ(received, std::string(30, 'x')) << path;
  }
  const std::string raw = exchange(live.port(), kAsk);
  EXPECT_EQ(status_of(raw), 200);
  EXPECT_FALSE(raw.ends_with("0\r\n\r\n"));
  EXPECT_EQ(client.Get("/hello")->status, 200);
  live.server().drain(std::chrono::seconds(5));
  EXPECT_EQ(live.log_text().find("anna"), std::string::npos);
}

TEST(ServerStreamTest, HeadOfAStreamPullsNothing) {
  LiveServer live;
  std::atomic<int> pulled = 0;
  live.get("/stream", [&](const Request&) {
    return stream_response("text/csv", [&]() -> Result<std::optional<std::string>> {
      ++pulled;
      return std::optional<std::string>();
    });
  });
  const std::string answer =
      exchange(live.start(), "HEAD /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_EQ(pulled, 0);
}

}  // namespace
}  // namespace assent
