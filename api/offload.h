#pragma once

// clang-format off
#include <utility>  // Before asio: Boost 1.74's awaitable.hpp needs std::exchange.
// clang-format on

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>

#include "worker_pool.h"

// Private to the room: how a coroutine of an io thread waits for a worker.
namespace assent {

using IoExecutor = boost::asio::io_context::executor_type;
template <class T>
using Awaitable = boost::asio::awaitable<T, IoExecutor>;
using Token = boost::asio::use_awaitable_t<IoExecutor>;

// Runs `work` on the pool and comes back with what it returned; null when the pool refused it.
template <class T>
Awaitable<std::unique_ptr<T>> offload(WorkerPool& pool, WorkerPool::Entry entry,
                                      std::function<T()> work) {
  auto start = [&pool, entry, work = std::move(work)](auto handler) {
    const auto executor = handler.get_executor();
    const auto kept = std::make_shared<decltype(handler)>(std::move(handler));
    const bool taken = pool.submit(
        [kept, executor, work] {
          boost::asio::post(executor, [kept, result = std::make_unique<T>(work())]() mutable {
            (*kept)(std::move(result));
          });
        },
        entry);
    if (!taken) boost::asio::post(executor, [kept] { (*kept)(std::unique_ptr<T>()); });
  };
  Token token;
  co_return co_await boost::asio::async_initiate<Token, void(std::unique_ptr<T>)>(std::move(start),
                                                                                  token);
}

}  // namespace assent
