#include "nodes/drain.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace sluice {

drain_watch::drain_watch(std::vector<pulse_ptr> sources, const metrics& counted,
                         bool wanted)
  : sources_(std::move(sources)),
    counted_(counted),
    wanted_(wanted),
    terminal_(::isatty(STDERR_FILENO) == 1) {
}

bool drain_watch::complete() {
  if (!wanted_ || done_)
    return done_;
  if (terminal_)
    draw();
  const bool now = std::all_of(sources_.begin(), sources_.end(),
                               [](const auto& s) { return s->drained.load(); });
  looks_ = now ? looks_ + 1 : 0;
  done_ = looks_ >= 2;
  if (done_ && terminal_)
    std::fputc('\n', stderr);
  return done_;
}

std::string drain_watch::verdict() const {
  if (!wanted_)
    return {};
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::uint64_t filtered = 0;
  std::uint64_t buried = 0;
  std::uint64_t missed = 0;
  for (const auto& c : counted_.components()) {
    if (c.labels.kind == component_kind::sink) {
      events += c.numbers.sent_events;
      bytes += c.numbers.sent_event_bytes;
    }
    filtered += std::accumulate(c.numbers.filtered.begin(),
                                c.numbers.filtered.end(), std::uint64_t{0});
    buried += std::accumulate(c.numbers.dead_letters.begin(),
                              c.numbers.dead_letters.end(), std::uint64_t{0});
    missed += c.numbers.missed_bytes;
  }
  return fmt::format("{}: delivered {} events ({:.1f} MB), filtered {}, dead "
                     "letters {}, missed {} bytes",
                     done_ ? "drained"
                           : "stopped before everything was "
                             "delivered",
                     events, double(bytes) / 1e6, filtered, buried, missed);
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
