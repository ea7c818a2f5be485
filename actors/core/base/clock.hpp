// The two clocks, as a part that tests and the simulation replace.
#pragma once

#include <chrono>

namespace sluice {

/// Steady time for every timer and age, wall time only for what people read.
/// Outlives everything that was given a reference to it.
class clock_source {
public:
  using steady_time = std::chrono::steady_clock::time_point;
  using wall_time = std::chrono::system_clock::time_point;

  virtual ~clock_source() = default;

  [[nodiscard]] virtual steady_time now() const {
    return std::chrono::steady_clock::now();
  }

  [[nodiscard]] virtual wall_time wall() const {
    return std::chrono::system_clock::now();
  }
};

/// The machine's own clocks.
[[nodiscard]] const clock_source& system_clocks();

} // namespace sluice
