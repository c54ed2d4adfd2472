#include "api/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

namespace assent {
namespace {

// A pool of one thread, which is busy until let go.
class WorkerPoolTest : public testing::Test {
 protected:
  WorkerPoolTest() {
    pool_.submit([this] { free_.get_future().wait(); }, WorkerPool::Entry::kContinued);
  }
  bool submit(WorkerPool::Entry entry) {
    return pool_.submit([this] { ++ran_; }, entry);
  }

  std::promise<void> free_;
  std::atomic<int> ran_ = 0;
  WorkerPool pool_{1, 2};
};

TEST_F(WorkerPoolTest, WhatWasAdmittedGoesOnWhileTheQueueIsFull) {
  int admitted = 0;
  for (int i = 0; i < 10; ++i) admitted += submit(WorkerPool::Entry::kNew) ? 1 : 0;
  EXPECT_GE(admitted, 1);  // One less than the queue's length if the first task still waits there.
  EXPECT_LE(admitted, 2);
  EXPECT_FALSE(submit(WorkerPool::Entry::kNew));
  EXPECT_TRUE(submit(WorkerPool::Entry::kContinued));
  free_.set_value();
  pool_.stop();
  EXPECT_EQ(ran_, admitted + 1);
}

TEST_F(WorkerPoolTest, AStoppedPoolTakesNothing) {
  free_.set_value();
  pool_.stop();
  EXPECT_FALSE(submit(WorkerPool::Entry::kNew));
  EXPECT_FALSE(submit(WorkerPool::Entry::kContinued));
  EXPECT_EQ(ran_, 0);
}

TEST_F(WorkerPoolTest, ATaskIsDestroyedOnTheThreadThatRanIt) {
  std::promise<std::thread::id> destroyed_on;
  auto held = std::shared_ptr<void>(
      nullptr, [&](void*) { destroyed_on.set_value(std::this_thread::get_id()); });
  pool_.submit([held = std::move(held)] {}, WorkerPool::Entry::kNew);
  free_.set_value();
  EXPECT_NE(destroyed_on.get_future().get(), std::this_thread::get_id());
}

}  // namespace
}  // namespace assent
