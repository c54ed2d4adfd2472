#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace assent {

// A fixed number of threads behind a bounded queue. Thread-safe.
class WorkerPool {
 public:
  // Must not throw. Run and destroyed on a worker thread.
  using Task = std::function<void()>;
  // A continued task belongs to a request that was admitted before: it may pass the limit, since
  // there is at most one a connection and refusing it would break an answer half sent.
  enum class Entry { kNew, kContinued };

  WorkerPool(std::size_t threads, std::size_t queue_max);
  ~WorkerPool();  // Stops.
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, and the task destroyed, when the queue is full or the pool has stopped.
  bool submit(Task task, Entry entry);
  // Runs what is queued, then ends the threads. Idempotent.
  void stop();

 private:
  void work();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Task> queue_;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace assent
