#include "simulator/production.hpp"

#include "simulator/progress.hpp"
#include "simulator/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::simulator {

namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

// Between two looks at the clock and the signals.
constexpr std::uint64_t stride = 1000;

std::string status_of(std::uint64_t records, std::uint64_t bytes,
                      double seconds) {
  const auto b = static_cast<double>(bytes);
  return fmt::format("{} records, {}, {}/s", records, human_bytes(b),
                     human_bytes(seconds > 0 ? b / seconds : 0));
}

double share_done(const workload& w, std::uint64_t records, double seconds) {
  double done = -1;
  if (const auto total = records_total(w); total > 0)
    done = static_cast<double>(records) / static_cast<double>(total);
  if (w.run_for.count() > 0)
    done = std::max(done, seconds / duration<double>(w.run_for).count());
  return done;
}

} // namespace

result<void> check_workload(const workload& w) {
  const auto wrong = [](const char* text) {
    return failure{errc::config, text};
  };
  if (w.who.count == 0 || w.who.count > 1'000'000)
    return wrong("the fleet has from 1 to 1000000 members");
  if (w.who.period == 0 || w.who.period > 3600)
    return wrong("the period is from 1 to 3600 s");
  if (w.who.line_max < 160 || w.who.line_max >= 4096)
    return wrong("the longest line is from 160 to 4095 bytes");
  if (w.who.garbage_ppm > 1'000'000)
    return wrong("garbage is from 0 to 100 percent");
  if (w.days < 0 || w.days > 100'000)
    return wrong("days are from 0 to 100000");
  if (w.speed == 0 && w.run_for.count() == 0 && records_total(w) == 0)
    return wrong("--speed max needs an end: --for, --days or --records");
  return {};
}

std::uint64_t records_total(const workload& w) {
  std::uint64_t total = w.records_each * w.who.count;
  if (w.days > 0) {
    const auto of_days = static_cast<std::uint64_t>(
      std::ceil(w.days * static_cast<double>(records_per_day(w.who))));
    total = total == 0 ? of_days : std::min(total, of_days);
  }
  return total;
}

std::uint64_t records_due(const workload& w, std::chrono::nanoseconds elapsed) {
  const auto total = records_total(w);
  const auto end
    = total == 0 ? std::numeric_limits<std::uint64_t>::max() : total;
  if (w.speed == 0)
    return end;
  const bool late = w.run_for.count() > 0 && elapsed >= w.run_for;
  if (late)
    elapsed = w.run_for;
  // The members of a fleet take turns within the period, evenly.
  const auto due = duration<double>(elapsed).count() * w.speed
                   * static_cast<double>(w.who.count) / w.who.period;
  return std::min(end, static_cast<std::uint64_t>(due) + (late ? 0 : 1));
}

result<void> produce(const workload& w, record_output& out) {
  const auto start = steady_clock::now();
  const auto total = records_total(w);
  progress line(name_of(w.who.kind));
  std::uint64_t index = 0;
  for (;;) {
    const auto elapsed = steady_clock::now() - start;
    const auto late = w.run_for.count() > 0 && elapsed >= w.run_for;
    // What is due at the end is still written, unless that takes too long.
    const auto too_late = late && elapsed >= w.run_for * 11 / 10;
    const auto due = records_due(w, elapsed);
    // At full speed the time ends the run, not the records that are due.
    const bool over = stop_requested() || too_late
                      || (late && (w.speed == 0 || index >= due))
                      || (total > 0 && index >= total);
    if (over)
      break;
    const auto until = std::min(due, index + stride);
    const bool idle = index >= until;
    for (; index < until; ++index)
      if (auto added = out.add(index); !added)
        return added;
    if (idle || index == due) {
      if (auto paused = out.pause(); !paused)
        return paused;
      rest(std::chrono::milliseconds{5});
    }
    const double seconds = duration<double>(elapsed).count();
    if (line.due())
      line.show(share_done(w, index, seconds),
                status_of(index, out.bytes(), seconds));
  }
  if (auto finished = out.finish(); !finished)
    return finished;
  const double seconds = duration<double>(steady_clock::now() - start).count();
  line.finish(share_done(w, index, seconds),
              status_of(index, out.bytes(), seconds));
  return {};
}

} // namespace sluice::simulator
