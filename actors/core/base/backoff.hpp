// Exponential backoff with jitter.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace sluice {

/// Delays first, 2 × first, 4 × first … up to `max`, each drawn from
/// [1 - jitter, 1 + jitter] × the nominal delay. Not thread-safe.
class backoff {
public:
  using duration = std::chrono::milliseconds;

  struct options {
    duration first{100};
    duration max{30'000};
    double jitter = 0.2;
  };

  backoff(options chosen, std::uint64_t seed);

  /// The delay before the next attempt.
  [[nodiscard]] duration next();

  /// As above, but with another upper limit for this and later delays.
  [[nodiscard]] duration next(duration max);

  /// The next delay is the first one again.
  void reset() noexcept;

private:
  options options_;
  duration nominal_;
  std::mt19937_64 random_;
};

} // namespace sluice
