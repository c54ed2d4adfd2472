#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <vector>

#include "live_server.h"

// Answers that wait a moment for something, such as the receipt of the act they tell of.
namespace assent {
namespace {

constexpr std::string_view kAsk = "GET /late HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
constexpr std::chrono::minutes kForEver{10};

class ServerLateTest : public ::testing::Test {
 protected:
  void start(ServerConfig config) {
    live_.emplace(config);
    live_->get("/late", [this](const Request&) {
      Response response = json_response(200, R"({"late":null})");
      response.late = [this](Response& answer) {
        looked_.release();
        if (come_) answer = json_response(200, R"({"late":"here"})");
        return come_.load();
      };
      return response;
    });
    live_->start();
  }

  std::optional<LiveServer> live_;
  std::atomic<bool> come_ = false;
  std::counting_semaphore<> looked_{0};
};

TEST_F(ServerLateTest, WhatComesInTimeIsInTheAnswer) {
  start({.late_max = kForEver});
  RawClient client(live_->port());
  client.send(kAsk);
  looked_.acquire();
  looked_.acquire();
  come_ = true;
  EXPECT_NE(client.receive_all().find(R"({"late":"here"})"), std::string::npos);
}

TEST_F(ServerLateTest, WhatDoesNotComeInTimeLeavesTheAnswerAsItIs) {
  start({.late_max = std::chrono::milliseconds(120)});
  const std::string answer = exchange(live_->port(), kAsk);
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find(R"({"late":null})"), std::string::npos);
  EXPECT_TRUE(looked_.try_acquire());
}

TEST_F(ServerLateTest, WhoWaitsHoldsNoWorker) {
  start({.workers = 1, .late_max = kForEver});
  std::vector<RawClient> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.emplace_back(live_->port()).send(kAsk);
    looked_.acquire();  // Somebody waits, and the only worker has gone on.
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(status_of(exchange(live_->port(), kHello)), 200);
  come_ = true;
  for (RawClient& client : waiting) {
    EXPECT_NE(client.receive_all().find(R"({"late":"here"})"), std::string::npos);
  }
}

TEST_F(ServerLateTest, WhoFindsNoPlaceToWaitIsAnsweredAtOnce) {
  start({.late_answers_max = 1, .late_max = kForEver});
  RawClient first(live_->port());
  first.send(kAsk);
  looked_.acquire();
  EXPECT_NE(exchange(live_->port(), kAsk).find(R"({"late":null})"), std::string::npos);
  come_ = true;
  EXPECT_NE(first.receive_all().find(R"({"late":"here"})"), std::string::npos);
  // The place is free again.
  EXPECT_NE(exchange(live_->port(), kAsk).find(R"({"late":"here"})"), std::string::npos);
}

TEST_F(ServerLateTest, ADrainWaitsForNothingMore) {
  start({.late_max = kForEver});
  RawClient client(live_->port());
  client.send(kAsk);
  looked_.acquire();
  live_->server().drain(kForEver);
  EXPECT_NE(client.receive_all().find(R"({"late":null})"), std::string::npos);
}

TEST(ServerLateFaultTest, ALookThatThrowsLeavesTheAnswerAsItIs) {
  LiveServer live({.late_max = kForEver});
  live.get("/late", [](const Request&) {
    Response response = json_response(200, R"({"late":null})");
    response.late = [](Response&) -> bool { throw std::runtime_error("broken"); };
    return response;
  });
  live.start();
  EXPECT_NE(exchange(live.port(), kAsk).find(R"({"late":null})"), std::string::npos);
  live.server().drain(std::chrono::seconds(1));
  EXPECT_NE(live.log_text().find("http.late_exception"), std::string::npos);
}

}  // namespace
}  // namespace assent
