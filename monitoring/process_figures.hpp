// What Linux knows about this process, for the process_* metrics.
#pragma once

#include <cstdint>
#include <optional>

namespace sluice {

struct process_figures {
  double cpu_seconds = 0;
  double start_time_seconds = 0; ///< since 1970
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};

/// Reads /proc; empty where that is not mounted.
[[nodiscard]] std::optional<process_figures> read_process_figures();

} // namespace sluice
