#include "simulator/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace sluice::simulator {

using std::chrono::steady_clock;

progress::progress(std::string name)
  : name_(std::move(name)),
    terminal_(::isatty(STDERR_FILENO) == 1) {
  if (!terminal_)
    next_ = steady_clock::now() + std::chrono::seconds{5};
}

bool progress::due() const {
  return steady_clock::now() >= next_;
}

void progress::show(double done, const std::string& text) {
  constexpr int width = 24;
  std::string bar;
  if (done >= 0) {
    const auto full
      = static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * width);
    bar = fmt::format("[{}{}] {:3.0f}% ", std::string(full, '#'),
                      std::string(width - full, '.'),
                      std::clamp(done, 0.0, 1.0) * 100);
  }
  // On a terminal: back to the first column, and the rest of the line erased.
  const auto whole = fmt::format("{} {}{}", name_, bar, text);
  if (terminal_)
    fmt::print(stderr, "\r{}\x1b[K", whole);
  else
    fmt::print(stderr, "{}\n", whole);
  std::fflush(stderr);
  next_ = steady_clock::now()
          + (terminal_ ? std::chrono::milliseconds{100}
                       : std::chrono::milliseconds{5000});
}

void progress::finish(double done, const std::string& text) {
  show(done, text);
  if (terminal_)
    fmt::print(stderr, "\n");
}

std::string human_bytes(double bytes) {
  if (bytes < 1e6)
    return fmt::format("{:.1f} KB", bytes / 1e3);
  if (bytes < 1e9)
    return fmt::format("{:.1f} MB", bytes / 1e6);
  return fmt::format("{:.2f} GB", bytes / 1e9);
}

} // namespace sluice::simulator
