// The HTTP server's threads: a fixed number, and a queue that cannot grow.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice {

/// Takes at most as many waiting connections as it has threads; then the
/// accepting thread waits, and further clients wait in the kernel's backlog.
class thread_pool : public httplib::TaskQueue {
public:
  explicit thread_pool(std::size_t threads);

  void enqueue(std::function<void()> job) override;

  /// Ends when all that was taken is done. No enqueue() after it.
  void shutdown() override;

private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::size_t waiting_max_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

} // namespace sluice
