#include "actors/core/net/thread_pool.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

thread_pool::thread_pool(std::size_t threads)
  : waiting_max_(std::max<std::size_t>(threads, 1)) {
  for (std::size_t i = 0; i < waiting_max_; ++i)
    threads_.emplace_back([this] { work(); });
}

void thread_pool::enqueue(std::function<void()> job) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return jobs_.size() < waiting_max_; });
  jobs_.push_back(std::move(job));
  lock.unlock();
  changed_.notify_all();
}

void thread_pool::shutdown() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& t : threads_)
    t.join();
}

void thread_pool::work() {
  for (;;) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty())
      return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    changed_.notify_all();
    job();
  }
}

} // namespace sluice
