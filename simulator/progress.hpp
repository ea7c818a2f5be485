// progress: one line on standard error that says how far a run is.
#pragma once

#include <chrono>
#include <string>

namespace sluice::simulator {

/// A line that is redrawn ten times a second on a terminal, and written every
/// five seconds elsewhere.
class progress {
public:
  explicit progress(std::string name);

  /// True when it is time for the next line; ask before composing one.
  [[nodiscard]] bool due() const;

  /// Shows `text`, behind a bar when `done` (0 to 1) is not negative.
  void show(double done, const std::string& text);

  /// Shows a last line and leaves it standing.
  void finish(double done, const std::string& text);

private:
  std::string name_;
  bool terminal_;
  std::chrono::steady_clock::time_point next_{};
};

/// "12.3 MB", in thousands.
[[nodiscard]] std::string human_bytes(double bytes);

} // namespace sluice::simulator
