#include "api/server.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <stdexcept>

#include "core/nlohmann.h"
#include "live_server.h"

namespace assent {
namespace {

TEST(ServerTest, ARequestIsAnswered) {
  LiveServer live;
  httplib::Client client("127.0.0.1", live.start());
  const auto answer = client.Get("/hello");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, R"({"hello":"world"})");
  EXPECT_EQ(answer->get_header_value("Content-Type"), "application/json");
  EXPECT_TRUE(RequestId::parse(answer->get_header_value("X-Request-Id")));
  EXPECT_TRUE(answer->has_header("Date"));
}

TEST(ServerTest, AHandlerSeesTheWholeRequest) {
  LiveServer live;
  live.post("/v1/{kind}/x", [](const Request& request) {
    const std::string seen =
        request.param("kind") + "|" + std::string(request.query.get("q").value_or("")) + "|" +
        std::string(request.headers.find("x-own").value_or("")) + "|" +
        std::string(request.body.reveal()) + "|" + std::string(request.remote_address.reveal());
    return text_response(201, "text/plain", seen);
  });
  httplib::Client client("127.0.0.1", live.start());
  const auto answer = client.Post("/v1/a%20b/x?q=%D0%B6", {{"X-Own", "1"}}, "body", "text/plain");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "a b|ж|1|body|127.0.0.1");
}

TEST(ServerTest, EveryRequestHasItsOwnId) {
  LiveServer live;
  httplib::Client client("127.0.0.1", live.start());
  EXPECT_NE(client.Get("/hello", {{"X-Request-Id", "mine"}})->get_header_value("X-Request-Id"),
            client.Get("/hello", {{"X-Request-Id", "mine"}})->get_header_value("X-Request-Id"));
}

TEST(ServerTest, OneConnectionServesManyRequests) {
  LiveServer live;
  RawClient client(live.start());
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_EQ(status_of(client.receive_until("world\"}")), 200);
  }
}

TEST(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  LiveServer live;
  live.get("/n/{n}", [](const Request& request) {
    return text_response(200, "text/plain", "<" + request.param("n") + ">");
  });
  live.start();
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += "GET /n/" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n";
    requests += i == 49 ? "Connection: close\r\n\r\n" : "\r\n";
  }
  const std::string answers = exchange(live.port(), requests);
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = answers.find("<" + std::to_string(i) + ">", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(ServerTest, ARequestMayArriveByteByByte) {
  LiveServer live;
  live.post("/echo", [](const Request& request) {
    return text_response(200, "text/plain", std::string(request.body.reveal()));
  });
  RawClient client(live.start());
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    for (const char c : request) client.send(std::string_view(&c, 1));
    EXPECT_TRUE(client.receive_until("\r\n\r\nabc").ends_with("\r\n\r\nabc"));
  }
}

TEST(ServerTest, AClientThatAsksForItGetsItsConnectionClosed) {
  LiveServer live;
  const std::string answer =
      exchange(live.start(), "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
}

TEST(ServerTest, HeadHasTheHeadOfGetAndNoBody) {
  LiveServer live;
  const std::string answer =
      exchange(live.start(), "HEAD /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Content-Length: 17\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(ServerTest, AnUnknownPathIs404AndAnUnknownMethod405WithAllow) {
  LiveServer live;
  httplib::Client client("127.0.0.1", live.start());
  const auto missing = client.Get("/nothing");
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(nlohmann::json::parse(missing->body)["code"], "not_found");
  const auto wrong = client.Delete("/hello");
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->get_header_value("Allow"), "GET, HEAD, OPTIONS");
  const auto options = client.Options("/hello");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->status, 204);
  EXPECT_EQ(options->get_header_value("Allow"), "GET, HEAD, OPTIONS");
}

TEST(ServerTest, ChunkedAndCountedBodiesAreTheSame) {
  LiveServer live;
  live.post("/echo", [](const Request& request) {
    return text_response(200, "text/plain", std::string(request.body.reveal()));
  });
  live.start();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
  EXPECT_TRUE(
      exchange(live.port(), head + "Content-Length: 5\r\n\r\nhello").ends_with("\r\n\r\nhello"));
  EXPECT_TRUE(exchange(live.port(), head +
                                        "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo"
                                        "\r\n0\r\nTrailer: ignored\r\n\r\n")
                  .ends_with("\r\n\r\nhello"));
}

TEST(ServerTest, AClientThatWaitsFor100ContinueGetsIt) {
  LiveServer live;
  live.post("/echo", [](const Request&) { return no_content(); });
  RawClient client(live.start());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ab");
  EXPECT_EQ(status_of(client.receive_until("\r\n\r\n")), 204);
}

TEST(ServerTest, ABodyThatWillBeRefusedIsNotAskedFor) {
  LiveServer live;
  live.post(
      "/echo", [](const Request&) { return no_content(); }, 10);
  const std::string answer = exchange(live.start(),
                                      "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                                      "Content-Length: 11\r\n\r\n");
  EXPECT_EQ(status_of(answer), 413);
}

TEST(ServerTest, AnExceptionBecomesAnIncidentWithoutItsText) {
  LiveServer live;
  live.get("/throw", [](const Request&) -> Response {
    throw std::runtime_error("anna@example.org could not be read");
  });
  live.get("/throw-anything", [](const Request&) -> Response { throw 42; });
  httplib::Client client("127.0.0.1", live.start());
  std::string incident;
  for (int i = 0; i < 50; ++i) {  // More than there are workers: none of them is lost.
    const auto answer = client.Get(i % 2 == 0 ? "/throw" : "/throw-anything");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 500);
    EXPECT_EQ(answer->body.find("anna"), std::string::npos);
    incident = nlohmann::json::parse(answer->body)["request_id"];
  }
  EXPECT_EQ(client.Get("/hello")->status, 200);
  live.server().drain(std::chrono::seconds(5));
  EXPECT_NE(live.log_text().find(incident), std::string::npos);
  EXPECT_EQ(live.log_text().find("anna"), std::string::npos);
}

TEST(ServerTest, TheAccessLogNamesTheRouteAndNeverWhatTheClientSent) {
  LiveServer live;
  live.get("/v1/people/{name}", [](const Request&) { return no_content(); });
  httplib::Client client("127.0.0.1", live.start());
  client.Get("/v1/people/anna-secret?phone=79990001122", {{"X-Own", "canary"}});
  client.Get("/unknown-secret");
  live.server().drain(std::chrono::seconds(5));
  const std::string log = live.log_text();
  EXPECT_NE(log.find(R"("method":"GET","route":"/v1/people/{name}","status":204,"duration_us":)"),
            std::string::npos);
  EXPECT_NE(log.find(R"("route":"none","status":404)"), std::string::npos);
  for (const auto* secret : {"secret", "7999", "canary", "127.0.0.1"}) {
    EXPECT_EQ(log.find(secret), std::string::npos) << secret;
  }
}

TEST(ServerTest, AnAddressThatCannotBeUsedIsSaidAtTheStart) {
  crypto_ready();
  const Router router;
  const SystemClock clock;
  SystemRandom random;
  std::ostringstream out;
  Log log(clock, out);
  const auto code = [&](ServerConfig config) {
    Traffic traffic;
    Server server(std::move(config), router, clock, random, log, traffic);
    const Status started = server.start();
    return started.ok() ? std::nullopt : std::optional(started.error().code);
  };
  LiveServer other;
  EXPECT_EQ(code({.address = "localhost!"}), ErrorCode::kInvalid);
  EXPECT_EQ(code({.port = other.start()}), ErrorCode::kUnavailable);
  EXPECT_EQ(code({.tls = TlsFiles{"/nowhere", "/nowhere"}}), ErrorCode::kInvalid);
  EXPECT_EQ(code({}), std::nullopt);
}

}  // namespace
}  // namespace assent
