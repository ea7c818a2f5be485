#include "actors/core/base/failpoint.hpp"

#if defined(SLUICE_FAILPOINTS)

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace sluice::fault {

namespace {

struct point {
  std::string action;
  long argument = 0;
  long first_hit = 1;
  long times_left = -1;
  double chance = 1;
  bool armed = false;
  long hits = 0;
  long fired = 0;
};

/// All that is armed and planted.
struct switchboard {
  std::mutex guard;
  std::map<std::string, point> points;
  std::set<std::string, std::less<>> bugs;
};

switchboard& board() {
  // Never destroyed: the report is written while the process ends, perhaps by a
  // thread that still runs.
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
  static auto* const all = new switchboard;
  return *all;
}

std::atomic<bool> any_bug{false};

const char* setting(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  return std::getenv(name);
}

void report() {
  const char* path = setting("FAILPOINTS_REPORT");
  if (path == nullptr)
    return;
  std::ofstream out{path, std::ios::app};
  const std::lock_guard lock{board().guard};
  for (const auto& [name, p] : board().points)
    out << name << ' ' << p.hits << ' ' << p.fired << '\n';
}

/// A rule that does nothing would make a test that cannot fail.
[[noreturn]] void bad_rule(std::string_view rule) {
  std::cerr << "failpoint: cannot read \"" << rule << "\"\n";
  std::abort();
}

template <class T>
T number(std::string_view text) {
  T value{};
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end)
    bad_rule(text);
  return value;
}

/// Takes what stands before `mark` off the front of `text`.
bool take_before(std::string& text, char mark, std::string& head) {
  const auto at = text.find(mark);
  if (at == std::string::npos)
    return false;
  head = text.substr(0, at);
  text.erase(0, at + 1);
  return true;
}

void arm_one(const std::string& name, std::string rule) {
  constexpr std::string_view actions[]
    = {"kill", "throw", "err", "delay", "abort", "exit", "count"};
  auto& p = board().points[name];
  p = point{};
  std::string head;
  if (take_before(rule, '%', head))
    p.chance = number<double>(head) / 100;
  if (take_before(rule, '@', head))
    p.first_hit = number<long>(head);
  if (take_before(rule, '*', head))
    p.times_left = number<long>(head);
  if (take_before(rule, '(', head)) {
    if (!rule.ends_with(')'))
      bad_rule(rule);
    rule.pop_back();
    p.argument = number<long>(rule);
    rule = head;
  }
  if (std::find(std::begin(actions), std::end(actions), rule)
      == std::end(actions))
    bad_rule(rule);
  p.action = rule;
  p.armed = true;
}

void arm_locked(std::string_view rules) {
  board().points.clear();
  std::string rest{rules};
  while (!rest.empty()) {
    std::string one;
    if (!take_before(rest, ';', one)) {
      one = rest;
      rest.clear();
    }
    std::string name;
    if (take_before(one, '=', name))
      arm_one(name, one);
    else if (!one.empty())
      bad_rule(one);
  }
}

void plant_locked(std::string_view names) {
  board().bugs.clear();
  std::string rest{names};
  while (!rest.empty()) {
    std::string one;
    if (!take_before(rest, ',', one)) {
      one = rest;
      rest.clear();
    }
    if (!one.empty())
      board().bugs.insert(one);
  }
  any_bug = !board().bugs.empty();
}

bool started() {
  static const bool done = [] {
    const std::lock_guard lock{board().guard};
    if (const char* rules = setting("FAILPOINTS"))
      arm_locked(rules);
    if (const char* names = setting("SLUICE_MUTANT"))
      plant_locked(names);
    std::atexit(report);
    return true;
  }();
  return done;
}

bool drawn(double chance) {
  static std::mt19937_64 random{[] {
    const char* seed = setting("FAILPOINTS_SEED");
    return seed != nullptr ? number<std::uint64_t>(seed) : 1;
  }()};
  return chance >= 1 || std::uniform_real_distribution<>{0, 1}(random) < chance;
}

int act(const std::string& name, const std::string& action, long argument) {
  if (action == "kill") {
    report();
    ::kill(::getpid(), SIGKILL);
    ::pause();
  } else if (action == "abort") {
    std::abort();
  } else if (action == "exit") {
    report();
    ::_exit(static_cast<int>(argument));
  } else if (action == "throw") {
    throw std::runtime_error{"failpoint " + name};
  } else if (action == "err") {
    return argument != 0 ? static_cast<int>(argument) : 5;
  } else if (action == "delay") {
    std::this_thread::sleep_for(std::chrono::milliseconds{argument});
  }
  return 0;
}

} // namespace

int hit(const char* name) {
  started();
  std::string action;
  long argument = 0;
  {
    const std::lock_guard lock{board().guard};
    auto& p = board().points[name];
    ++p.hits;
    if (!p.armed || p.hits < p.first_hit || p.times_left == 0
        || !drawn(p.chance))
      return 0;
    if (p.times_left > 0)
      --p.times_left;
    ++p.fired;
    action = p.action;
    argument = p.argument;
  }
  return act(name, action, argument);
}

bool planted(std::string_view name) {
  started();
  if (!any_bug.load(std::memory_order_relaxed))
    return false;
  const std::lock_guard lock{board().guard};
  return board().bugs.count(name) != 0;
}

void arm(std::string_view rules) {
  started();
  const std::lock_guard lock{board().guard};
  arm_locked(rules);
}

void plant(std::string_view names) {
  started();
  const std::lock_guard lock{board().guard};
  plant_locked(names);
}

} // namespace sluice::fault

#endif
