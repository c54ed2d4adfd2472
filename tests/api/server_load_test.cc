#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/resource.h>

#include <atomic>
#include <semaphore>
#include <thread>
#include <vector>

#include "live_server.h"

namespace assent {
namespace {

constexpr std::string_view kHello = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kPost =
    "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n";

void allow_descriptors(rlim_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  ASSERT_GE(limit.rlim_cur, wanted) << "too few file descriptors for this test";
}

// Sends each of them a byte, and after a while another one, until the server has cut them all.
void drip(std::vector<RawClient>& heads, std::vector<RawClient>& bodies) {
  std::size_t open = heads.size() + bodies.size();
  for (std::size_t at = 0; open > 0; ++at) {
    open = 0;
    for (RawClient& client : heads) open += client.send(at == 0 ? "G" : "E") ? 1 : 0;
    for (RawClient& client : bodies) open += client.send("x") ? 1 : 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

TEST(ServerLoadTest, IdleAndSlowClientsDoNotDisturbAWorkingOne) {
  allow_descriptors(4'000);
  LiveServer live({.head_max = std::chrono::seconds(1), .body_max = std::chrono::seconds(1)});
  std::atomic<int> handled = 0;
  live.post("/echo", [&](const Request&) {
    ++handled;
    return no_content();
  });
  live.start();
  std::vector<RawClient> idle;
  std::vector<RawClient> heads;
  std::vector<RawClient> bodies;
  for (int i = 0; i < 1'000; ++i) idle.emplace_back(live.port());
  for (int i = 0; i < 150; ++i) heads.emplace_back(live.port());
  for (int i = 0; i < 150; ++i) bodies.emplace_back(live.port()).send(kPost);
  std::atomic<bool> dripping = true;
  std::thread slow([&] {
    drip(heads, bodies);
    dripping = false;
  });
  httplib::Client working("127.0.0.1", live.port());
  working.set_keep_alive(true);
  int answered = 0;
  do {
    const auto answer = working.Get("/hello");
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->status, 200);
    ++answered;
  } while (dripping);  // The slow ones drip bytes all the time and are cut all the same.
  slow.join();
  EXPECT_GT(answered, 0);
  EXPECT_EQ(handled, 0);
  for (RawClient& client : idle) {
    ASSERT_TRUE(client.send(kHello));
    ASSERT_EQ(status_of(client.receive_until("world\"}")), 200);
  }
}

TEST(ServerLoadTest, AClientThatSaysNothingIsClosedWhenItsTimeIsOver) {
  LiveServer live({.idle_max = std::chrono::milliseconds(200)});
  RawClient client(live.start());
  EXPECT_TRUE(client.closed());
}

TEST(ServerLoadTest, AFullQueueIsSaidAtOnceAndWithWhenToRetry) {
  LiveServer live({.workers = 1, .queue_max = 2});
  Gate gate;
  std::counting_semaphore<8> entered(0);
  live.get("/gate", [&](const Request&) {
    entered.release();
    gate.wait();
    return no_content();
  });
  live.start();
  const std::string ask = "GET /gate HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  RawClient working(live.port());
  working.send(ask);
  entered.acquire();  // The only worker is taken; two may wait, the others are told.
  std::vector<RawClient> others;
  for (int i = 0; i < 5; ++i) others.emplace_back(live.port()).send(ask);
  std::atomic<int> busy = 0;
  std::atomic<int> served = 0;
  std::vector<std::thread> readers;
  for (RawClient& client : others) {
    readers.emplace_back([&] {
      const std::string answer = client.receive_all();
      if (status_of(answer) == 204) ++served;
      if (status_of(answer) == 429 && answer.find("Retry-After: 1\r\n") != std::string::npos) {
        if (++busy == 3) gate.open();
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(busy, 3);
  EXPECT_EQ(served, 2);
  EXPECT_EQ(status_of(working.receive_all()), 204);
}

TEST(ServerLoadTest, WhatIsRefusedForLoadIsCounted) {
  LiveServer live({.connections_max = 1});
  live.start();
  RawClient held(live.port());
  held.send(kHello);
  EXPECT_EQ(status_of(held.receive_until("world\"}")), 200);
  EXPECT_EQ(status_of(exchange(live.port(), kHello)), 503);
  live.server().drain(std::chrono::seconds(1));
  EXPECT_EQ(live.traffic().refused(), 1U);
  EXPECT_EQ(live.traffic().of_class(1), 1U);
  EXPECT_EQ(live.traffic().of_class(4), 1U);
}

TEST(ServerLoadTest, ARequestThatWaitedPastItsDeadlineIsNotStarted) {
  LiveServer live({.workers = 1, .answer_max = std::chrono::milliseconds(50)});
  std::atomic<int> started = 0;
  std::counting_semaphore<8> entered(0);
  live.get("/slow", [&](const Request& request) {
    ++started;
    entered.release();
    std::this_thread::sleep_until(request.deadline + std::chrono::milliseconds(300));
    return no_content();
  });
  live.start();
  const std::string ask = "GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  RawClient first(live.port());
  first.send(ask);
  entered.acquire();
  const std::string answer = exchange(live.port(), ask);
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("Retry-After: 5\r\n"), std::string::npos);
  EXPECT_EQ(status_of(first.receive_all()), 204);
  EXPECT_EQ(started, 1);
}

TEST(ServerLoadTest, BeyondTheCapAConnectionIsTold503AndAPlaceThatFreesIsUsed) {
  LiveServer live({.connections_max = 3});
  live.start();
  std::vector<RawClient> held;
  for (int i = 0; i < 3; ++i) {
    held.emplace_back(live.port()).send(kHello);
    EXPECT_EQ(status_of(held.back().receive_until("world\"}")), 200);
  }
  const std::string refused = exchange(live.port(), kHello);
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_NE(refused.find("Retry-After: 5\r\n"), std::string::npos);
  held.clear();
  int status = 0;
  while (status != 200) {  // The server learns of the closed ones a moment later.
    status = status_of(exchange(live.port(),
                                "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close"
                                "\r\n\r\n"));
    ASSERT_TRUE(status == 200 || status == 503);
  }
}

}  // namespace
}  // namespace assent
