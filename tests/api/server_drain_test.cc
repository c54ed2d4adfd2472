#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

#include "live_server.h"

namespace assent {
namespace {

TEST(ServerDrainTest, WhatIsInFlightIsFinishedAndNothingNewIsTaken) {
  LiveServer live;
  Gate gate;
  std::binary_semaphore entered(0);
  live.get("/gate", [&](const Request&) {
    entered.release();
    gate.wait();
    return text_response(200, "text/plain", "finished");
  });
  const auto port = live.start();
  RawClient working(port);
  working.send("GET /gate HTTP/1.1\r\nHost: h\r\n\r\n");
  entered.acquire();
  RawClient idle(port);
  idle.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.receive_until("world\"}");
  std::thread draining([&] { live.server().drain(std::chrono::seconds(20)); });
  EXPECT_TRUE(idle.closed());  // Idle connections go at once.
  EXPECT_FALSE(RawClient(port).connected());
  gate.open();
  const std::string answer = working.receive_all();
  working.close();
  draining.join();
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("finished"));
  EXPECT_NE(live.log_text().find(R"("event":"server.drained","cut":0)"), std::string::npos);
}

TEST(ServerDrainTest, WhatIsNotFinishedWithinTheGraceIsCut) {
  LiveServer live;
  live.get("/endless", [](const Request&) {
    return stream_response("text/csv", []() -> Result<std::optional<std::string>> {
      return std::optional(std::string(1'000, 'x'));
    });
  });
  const auto port = live.start();
  RawClient slow_head(port);
  slow_head.send("GET /hel");
  RawClient stream(port);
  stream.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(stream.receive()), 200);
  live.server().drain(std::chrono::milliseconds(100));
  EXPECT_TRUE(slow_head.closed());
  EXPECT_FALSE(stream.receive_all().ends_with("0\r\n\r\n"));
  // The stream surely; the half head if it had been read by then, else it was an idle connection.
  const std::string log = live.log_text();
  EXPECT_TRUE(log.find(R"("event":"server.drained","cut":2)") != std::string::npos ||
              log.find(R"("event":"server.drained","cut":1)") != std::string::npos)
      << log;
}

TEST(ServerDrainTest, RequestsInTheQueueAreAnsweredNotForgotten) {
  LiveServer live({.workers = 1});
  Gate gate;
  std::atomic<int> handled = 0;
  std::counting_semaphore<16> entered(0);
  live.get("/gate", [&](const Request&) {
    entered.release();
    gate.wait();
    ++handled;
    return no_content();
  });
  const auto port = live.start();
  std::vector<RawClient> clients;
  clients.reserve(5);
  for (int i = 0; i < 5; ++i) {
    clients.emplace_back(port).send("GET /gate HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  entered.acquire();
  std::thread draining([&] { live.server().drain(std::chrono::seconds(20)); });
  while (RawClient(port).connected()) std::this_thread::yield();
  gate.open();
  int answered = 0;
  for (RawClient& client : clients) {
    answered += status_of(client.receive_all()) == 204 ? 1 : 0;
    client.close();
  }
  draining.join();
  EXPECT_EQ(answered, handled);  // Whatever was begun was answered,
  EXPECT_GE(handled, 1);         // and what had not been read yet was closed unread.
}

TEST(ServerDrainTest, DrainingTwiceOrWithoutAStartIsHarmless) {
  LiveServer live;
  live.start();
  live.server().drain(std::chrono::seconds(1));
  live.server().drain(std::chrono::seconds(1));
}

}  // namespace
}  // namespace assent
