#include <gtest/gtest.h>

#include "api/problem.h"
#include "core/nlohmann.h"
#include "live_server.h"

namespace assent {
namespace {

class HostileTest : public testing::Test {
 protected:
  HostileTest() {
    live_.post(
        "/echo",
        [this](const Request& request) {
          ++handled_;
          return text_response(200, "text/plain", std::to_string(request.body.reveal().size()));
        },
        kBodyMax);
    live_.start();
  }

  // The answer to `bytes`, which must be the only one, problem+json, and the end of the connection.
  int refused_with(std::string_view bytes) {
    const std::string answer = exchange(live_.port(), bytes);
    const auto body = answer.find("\r\n\r\n");
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << bytes;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << bytes;
    EXPECT_TRUE(body != std::string::npos && nlohmann::json::accept(answer.substr(body + 4)))
        << bytes;
    EXPECT_EQ(answer.find("Date: ", answer.find("Date: ") + 1), std::string::npos) << bytes;
    return status_of(answer);
  }

  static constexpr std::uint64_t kBodyMax = 100'000;
  LiveServer live_;
  std::atomic<int> handled_ = 0;
};

TEST_F(HostileTest, AmbiguousFramingIsRefused) {
  const std::string post = "POST /echo HTTP/1.1\r\nHost: h\r\n";
  const std::string next = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";  // The smuggled request.
  const std::string cases[] = {
      "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
      "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
      "Content-Length: 4\r\nContent-Length: 0\r\n\r\nabcd",
      "Content-Length: 4, 4\r\n\r\nabcd",
      "Content-Length: +4\r\n\r\nabcd",
      "Content-Length: -4\r\n\r\nabcd",
      "Content-Length: 0x4\r\n\r\nabcd",
      "Content-Length: 4 4\r\n\r\nabcd",
      "Content-Length:\r\n\r\nabcd",
      "Content-Length: 99999999999999999999\r\n\r\nabcd",
      "Content-Length : 4\r\n\r\nabcd",
      " Content-Length: 4\r\n\r\nabcd",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: identity\r\n\r\n",
      "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding:\x0b"
      "chunked\r\n\r\n0\r\n\r\n",
  };
  for (const std::string& fields : cases) {
    EXPECT_EQ(refused_with(post + fields + next), 400) << fields;
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(HostileTest, BrokenChunksAreRefused) {
  const std::string post = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto* chunks :
       {"4\r\nabcdX\r\n0\r\n\r\n", "x\r\n\r\n", "-4\r\nabcd\r\n0\r\n\r\n",
        "0x4\r\nabcd\r\n0\r\n\r\n", "4 4\r\nabcd\r\n0\r\n\r\n", "\r\n4\r\nabcd\r\n0\r\n\r\n",
        "4\nabcd\r\n0\r\n\r\n", "4\r\nabcd\n0\r\n\r\n", "0\r\nbad trailer\r\n\r\n"}) {
    EXPECT_EQ(refused_with(post + chunks), 400) << chunks;
  }
  EXPECT_EQ(refused_with(post + "fffffffffffffffff\r\nabcd\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HostileTest, AMissingRepeatedOrBrokenHostIsRefused) {
  EXPECT_EQ(refused_with("GET /hello HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET /hello HTTP/1.1\r\nHost:\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
}

TEST_F(HostileTest, BadCharactersInTheHeadAreRefused) {
  using namespace std::string_literals;
  for (const std::string& request : {
           "GET /hello HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"s,
           "GET /hello HTTP/1.1\r\nHost: h\r\nX\0: a\r\n\r\n"s,
           "GET /he\0llo HTTP/1.1\r\nHost: h\r\n\r\n"s,
           "GET /hello HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"s,
           "GET /hello HTTP/1.1\r\nHost: h\r\nX: \x01\r\n\r\n"s,
           "GET /hello HTTP/1.1\r\nHost: h\r\nX y: a\r\n\r\n"s,
           "GET /hello HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n"s,
           "GET /hello HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n"s,
           "GET  /hello HTTP/1.1\r\nHost: h\r\n\r\n"s,
           "GET /hello  HTTP/1.1\r\nHost: h\r\n\r\n"s,
           "GET /hello\r\nHost: h\r\n\r\n"s,
           "\r\nGET /hello HTTP/1.1\r\nHost: h\r\n\r\n"s,
           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s,
       }) {
    EXPECT_EQ(refused_with(request), 400) << request;
  }
}

TEST_F(HostileTest, OnlyOriginFormTargetsAreTaken) {
  for (const auto* target : {"*", "http://h/hello", "h:80", "hello", "/a/../hello", "/%2e%2e/hello",
                             "/hello%00", "/hello%zz", "/hello?a=1&a=2", "/hello#x"}) {
    EXPECT_EQ(refused_with("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n"), 400)
        << target;
  }
}

TEST_F(HostileTest, OtherVersionsMethodsAndExpectationsAreNamed) {
  EXPECT_EQ(refused_with("GET /hello HTTP/1.0\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(refused_with("GET /hello HTTP/2.0\r\nHost: h\r\n\r\n"), 400);
  EXPECT_EQ(refused_with("BREW /hello HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
  EXPECT_EQ(refused_with("CONNECT /hello HTTP/1.1\r\nHost: h\r\n\r\n"), 501);
  EXPECT_EQ(refused_with("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n"
                         "Content-Length: 1\r\n\r\nx"),
            417);
}

TEST_F(HostileTest, ABodyOverTheLimitIsTooLargeAndAtTheLimitTaken) {
  const auto post = [](std::size_t size) {
    return "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) +
           "\r\nConnection: close\r\n\r\n" + std::string(size, 'x');
  };
  EXPECT_EQ(status_of(exchange(live_.port(), post(kBodyMax))), 200);
  EXPECT_EQ(refused_with(post(kBodyMax + 1)), 413);
  EXPECT_EQ(handled_, 1);
}

// Who has no business with the route is told so before the memory is filled.
TEST(LargeBodyTest, ARouteIsAskedBeforeALargeBodyIsRead) {
  std::atomic<int> handled = 0;
  LiveServer live;
  live.add(
      {Method::kPost, "/large", "test.large",
       [&handled](const Request&) {
         ++handled;
         return no_content();
       },
       8 << 20,
       [](const Request& request) -> std::optional<Response> {
         if (request.headers.find("Authorization")) return std::nullopt;
         return render(Error{ErrorCode::kUnauthenticated, "a valid token is needed"}, request.id);
       }});
  live.start();
  const std::string head = "POST /large HTTP/1.1\r\nHost: h\r\n";
  for (const auto* framing :
       {"Content-Length: 4000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"}) {
    RawClient stranger(live.port());
    stranger.send(head + framing);
    EXPECT_EQ(status_of(stranger.receive_all()), 401) << framing;
  }
  const std::string small = "Content-Length: 3\r\nConnection: close\r\n\r\nabc";
  EXPECT_EQ(status_of(exchange(live.port(), head + small)), 204);
  EXPECT_EQ(handled, 1);
}

TEST(LargeBodyTest, TogetherTheyFitIntoTheirMemory) {
  ServerConfig config;
  config.large_bodies_bytes_max = 10 << 20;
  LiveServer live(config);
  live.post(
      "/large", [](const Request&) { return no_content(); }, 8 << 20);
  live.start();
  const std::string head =
      "POST /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 8000000\r\n";
  RawClient first(live.port());
  first.send(head + "Expect: 100-continue\r\n\r\n");
  ASSERT_EQ(status_of(first.receive_until("\r\n\r\n")), 100);  // It has its share.
  first.send(std::string(4'000'000, 'x'));
  RawClient second(live.port());
  second.send(head + "\r\n");
  const std::string refused = second.receive_all();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_NE(refused.find("Retry-After"), std::string::npos);
  first.send(std::string(4'000'000, 'x'));
  EXPECT_EQ(status_of(first.receive_all()), 204);
  EXPECT_EQ(status_of(exchange(live.port(), head + "\r\n" + std::string(8'000'000, 'x'))), 204);
}

TEST_F(HostileTest, AnEndlessChunkedBodyIsCutAtTheLimit) {
  RawClient client(live_.port());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "2710\r\n" + std::string(10'000, 'x') + "\r\n";
  std::size_t sent = 0;
  while (sent < 200'000'000 && client.send(chunk)) sent += chunk.size();
  EXPECT_LT(sent, 50'000'000U);  // What fits into socket buffers and the lingering close.
  EXPECT_EQ(handled_, 0);
  RawClient patient(live_.port());
  patient.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11; ++i) patient.send(chunk);
  EXPECT_EQ(status_of(patient.receive_all()), 413);
}

TEST_F(HostileTest, AnEndlessHeadIsCutAtTheLimit) {
  const std::string field = "X-Flood: " + std::string(1'000, 'x') + "\r\n";
  std::string head = "GET /hello HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 20; ++i) head += field;
  EXPECT_EQ(refused_with(head), 431);
  EXPECT_EQ(refused_with("GET /" + std::string(20'000, 'x')), 431);
}

TEST_F(HostileTest, AnEndlessChunkExtensionOrTrailerIsCut) {
  const std::string post = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(refused_with(post + "1;" + std::string(100'000, 'x')), 431);
  EXPECT_EQ(refused_with(post + "0\r\nX: " + std::string(100'000, 'x')), 431);
}

TEST_F(HostileTest, AClientThatLeavesHalfwayHarmsNobody) {
  for (int i = 0; i < 200; ++i) {
    RawClient client(live_.port());
    client.send(i % 2 == 0 ? "GET /hel"
                           : "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx");
  }
  EXPECT_EQ(status_of(exchange(live_.port(),
                               "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")),
            200);
  EXPECT_EQ(handled_, 0);
}

}  // namespace
}  // namespace assent
