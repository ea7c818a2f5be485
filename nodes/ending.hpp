// ending: what ends a node, and how long its main thread waits for it.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/base/unique_fd.hpp"

#include <chrono>

namespace sluice {

/// Waits for SIGTERM, SIGINT, and for word from another thread.
class ending {
public:
  /// Blocks the two signals in this thread and all that it starts: call it
  /// before the first thread starts.
  static void block_signals();

  /// From here on the two signals end the process at once, those too that
  /// came in the meantime.
  static void let_signals_end_us();

  [[nodiscard]] static result<ending> make();

  /// Wakes `wait`, now and always. Thread-safe.
  void done() const;

  /// A signal's number; 0 when there was none for so long, or `done` came.
  [[nodiscard]] int wait(std::chrono::milliseconds patience) const;

private:
  unique_fd signals_;
  unique_fd done_;
};

} // namespace sluice
