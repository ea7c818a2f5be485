// The atoms of a status cell: counters and gauges that cost a load and a store.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// Only ever grows; one thread adds at a time, any thread reads. Adding is a
/// relaxed load and store: no locked instruction.
class counter {
public:
  void add(std::uint64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n,
                 std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<std::uint64_t> value_{0};
};

/// Only ever grows; any thread adds. For what is rare.
class shared_counter {
public:
  void add(std::uint64_t n) noexcept {
    value_.fetch_add(n, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<std::uint64_t> value_{0};
};

/// The last value that was set.
class gauge {
public:
  void set(std::uint64_t value) noexcept {
    value_.store(value, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<std::uint64_t> value_{0};
};

/// How long something took, in buckets. One thread observes at a time.
class duration_histogram {
public:
  /// Upper limits of the buckets in seconds; one more bucket has no limit.
  static constexpr std::array<double, 14> limits = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  static constexpr std::size_t bucket_count = limits.size() + 1;

  /// What was observed so far; `buckets` are not cumulative.
  struct reading {
    std::array<std::uint64_t, bucket_count> buckets{};
    double sum_seconds = 0;
  };

  void observe(std::chrono::nanoseconds took) noexcept {
    const auto ns = took.count() > 0 ? took.count() : 0;
    const double seconds = static_cast<double>(ns) / 1e9;
    std::size_t i = 0;
    while (i < limits.size() && seconds > limits[i])
      ++i;
    buckets_[i].add(1);
    nanoseconds_.add(static_cast<std::uint64_t>(ns));
  }

  [[nodiscard]] reading read() const noexcept {
    reading out;
    for (std::size_t i = 0; i < bucket_count; ++i)
      out.buckets[i] = buckets_[i].value();
    out.sum_seconds = static_cast<double>(nanoseconds_.value()) / 1e9;
    return out;
  }

private:
  std::array<counter, bucket_count> buckets_;
  counter nanoseconds_;
};

} // namespace sluice
