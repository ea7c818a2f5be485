// The program's diagnostics: one line each to standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::log {

enum class level { debug, info, warning, error, off };

/// Parses "debug", "info", "warning", "error" or "off"; false if it is none.
[[nodiscard]] bool parse_level(std::string_view text, level& out);

/// Lines below `minimum` are not written. Safe from any thread.
void set_level(level minimum);

/// Writes one line: time, level, `who`, text. Control characters and escape
/// sequences in `text` are escaped, so that data cannot forge a line.
void write(level at, std::string_view who, std::string_view text);

inline void debug(std::string_view who, std::string_view text) {
  write(level::debug, who, text);
}

inline void info(std::string_view who, std::string_view text) {
  write(level::info, who, text);
}

inline void warning(std::string_view who, std::string_view text) {
  write(level::warning, who, text);
}

inline void error(std::string_view who, std::string_view text) {
  write(level::error, who, text);
}

/// Lets at most `burst` complaints through in each `period`, and the next one
/// says how many were held back since. One object for each thing that can go
/// wrong for long. Not thread-safe.
class limiter {
public:
  explicit limiter(std::chrono::steady_clock::duration period
                   = std::chrono::minutes{1},
                   unsigned burst = 1);

  /// Writes the line, or counts it as held back.
  void write(level at, std::string_view who, std::string_view text);

  /// The next line is written again at once (what was wrong has healed).
  void reset() noexcept;

private:
  std::chrono::steady_clock::duration period_;
  unsigned burst_;
  std::chrono::steady_clock::time_point begun_{};
  unsigned written_ = 0; ///< since `begun_`
  std::uint64_t held_back_ = 0;
};

/// `text` with the bytes of control characters, and those that are no UTF-8, as
/// \xNN, and \ as \\: valid UTF-8 that moves no cursor.
[[nodiscard]] std::string escaped(std::string_view text);

} // namespace sluice::log
