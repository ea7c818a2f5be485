// Costs, measured so that what else the machine does costs nothing.
#pragma once

#include <ctime>

namespace sluice::test {

/// The CPU time of this thread so far.
inline double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec)
         + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// How much more a sanitizer may cost.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr double sanitizer_factor = 50;
#else
constexpr double sanitizer_factor = 1;
#endif

} // namespace sluice::test
