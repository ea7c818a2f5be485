#include "nodes/drain.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace sluice {

drain_watch::drain_watch(std::vector<pulse_ptr> sources, const metrics& counted,
                         bool wanted)
  : sources_(std::move(sources)),
    counted_(counted),
    wanted_(wanted),
    terminal_(::isatty(STDERR_FILENO) == 1) {
}

bool drain_watch::complete() {
  if (!wanted_)
    return false;
  if (terminal_)
    draw();
  const bool now = std::all_of(sources_.begin(), sources_.end(),
                               [](const auto& s) { return s->drained.load(); });
  looks_ = now ? looks_ + 1 : 0;
  const bool done = looks_ >= 2;
  if (done && terminal_)
    std::fputc('\n', stderr);
  return done;
}

void drain_watch::draw() const {
  constexpr unsigned width = 30;
  std::uint64_t read = 0;
  std::uint64_t left = 0;
  for (const auto& c : counted_.components())
    if (c.labels.kind == component_kind::source) {
      read += c.numbers.received_bytes;
      left += c.numbers.lag_bytes;
    }
  const auto all = std::max<std::uint64_t>(read, left);
  const auto done
    = all == 0 ? width : static_cast<unsigned>((all - left) * width / all);
  std::fprintf(stderr, "\r[%-*.*s] %.1f MB read, %.1f MB left ", int(width),
               int(done), "##############################", double(read) / 1e6,
               double(left) / 1e6);
}

} // namespace sluice
