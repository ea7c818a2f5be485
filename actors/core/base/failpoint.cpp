#include "actors/core/base/failpoint.hpp"

#if defined(SLUICE_FAILPOINTS)

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
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

// Never destroyed: the report is written while the process ends, perhaps by a
// thread that still runs.
std::mutex& guard() {
  static auto* const m = new std::mutex;
  return *m;
}

std::map<std::string, point>& points() {
  static auto* const table = new std::map<std::string, point>;
  return *table;
}

std::set<std::string, std::less<>>& bugs() {
  static auto* const names = new std::set<std::string, std::less<>>;
  return *names;
}

std::atomic<bool> any_bug{false};

void report() {
  const char* path = std::getenv("FAILPOINTS_REPORT");
  if (path == nullptr)
    return;
  if (FILE* out = std::fopen(path, "a")) {
    for (const auto& [name, p] : points())
      std::fprintf(out, "%s %ld %ld\n", name.c_str(), p.hits, p.fired);
    std::fclose(out);
  }
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
  auto& p = points()[name];
  p = point{};
  std::string head;
  if (take_before(rule, '%', head))
    p.chance = std::atof(head.c_str()) / 100;
  if (take_before(rule, '@', head))
    p.first_hit = std::atol(head.c_str());
  if (take_before(rule, '*', head))
    p.times_left = std::atol(head.c_str());
  if (take_before(rule, '(', head)) {
    p.argument = std::atol(rule.c_str());
    rule = head;
  }
  p.action = rule;
  p.armed = true;
}

void arm_locked(std::string_view rules) {
  points().clear();
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
  }
}

void plant_locked(std::string_view names) {
  bugs().clear();
  std::string rest{names};
  while (!rest.empty()) {
    std::string one;
    if (!take_before(rest, ',', one)) {
      one = rest;
      rest.clear();
    }
    if (!one.empty())
      bugs().insert(one);
  }
  any_bug = !bugs().empty();
}

bool started() {
  static const bool done = [] {
    const std::lock_guard lock{guard()};
    if (const char* rules = std::getenv("FAILPOINTS"))
      arm_locked(rules);
    if (const char* names = std::getenv("SLUICE_MUTANT"))
      plant_locked(names);
    std::atexit(report);
    return true;
  }();
  return done;
}

bool drawn(double chance) {
  static std::mt19937_64 random{[] {
    const char* seed = std::getenv("FAILPOINTS_SEED");
    return seed != nullptr ? std::strtoull(seed, nullptr, 10) : 1ULL;
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
    const std::lock_guard lock{guard()};
    auto& p = points()[name];
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
  const std::lock_guard lock{guard()};
  return bugs().count(name) != 0;
}

void arm(std::string_view rules) {
  started();
  const std::lock_guard lock{guard()};
  arm_locked(rules);
}

void plant(std::string_view names) {
  started();
  const std::lock_guard lock{guard()};
  plant_locked(names);
}

} // namespace sluice::fault

#endif
