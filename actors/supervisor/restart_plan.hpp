// restart_plan: what a supervisor knows and decides, without an actor.
#pragma once

#include "actors/core/base/backoff.hpp"
#include "actors/core/base/clock.hpp"
#include "actors/core/base/result.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Erlang/OTP's limits, in their words.
struct restart_limits {
  /// So many deaths in `period` without progress between them are too many.
  std::size_t intensity = 5;
  std::chrono::seconds period{30};
  backoff::options delay{};
  /// Past the intensity, for reasons that may heal.
  std::chrono::milliseconds delay_max_when_down{300'000};
  /// A child that gives no `down` so long after its kill is stuck.
  std::chrono::seconds stuck_after{30};
};

enum class child_state : std::uint8_t {
  stopped, ///< not running; starts when everything it depends on runs
  running,
  stopping, ///< killed; its `down` has not come
  stuck,    ///< killed long ago; its successor still waits for the `down`
  failed,   ///< stays down until a person has acted
};

/// The children of one agent, in start order, and what to do next. A death
/// restarts the child and its transitive dependents: they are killed, never
/// drained, and start in order, each after the `down` of its predecessor. Only
/// the first death of a cascade counts.
class restart_plan {
public:
  using time_point = clock_source::steady_time;

  restart_plan(restart_limits limits, std::uint64_t seed);

  /// Adds a child behind those it depends on; returns its index.
  std::size_t add(std::string id, std::vector<std::size_t> depends_on);

  /// The child's `down` came. `progress` is its count of things that went
  /// forward: when it has moved since the last start, the child's earlier
  /// deaths are forgotten. What was not asked for counts as a death.
  void on_down(std::size_t child, const failure& why, std::uint64_t progress,
               time_point now);

  /// The children to kill now, last first.
  [[nodiscard]] std::vector<std::size_t> to_kill(time_point now);

  /// The next child to start now, if any. Marks it running.
  [[nodiscard]] std::optional<std::size_t> to_start(time_point now);

  /// When to look again although nothing happened; nothing when only a
  /// message can change anything.
  [[nodiscard]] std::optional<time_point> next_look() const;

  /// Nothing is started any more.
  void stop() noexcept {
    starting_ = false;
  }

  [[nodiscard]] child_state state(std::size_t child) const {
    return children_.at(child).state;
  }

  [[nodiscard]] const std::string& id(std::size_t child) const {
    return children_.at(child).id;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return children_.size();
  }

  /// Why the child last died by itself.
  [[nodiscard]] const failure& last_failure(std::size_t child) const {
    return children_.at(child).last;
  }

  /// True when no child runs or is on its way out.
  [[nodiscard]] bool all_down() const;

  /// True while some child is failed, stuck, or past its intensity.
  [[nodiscard]] bool is_down() const;

private:
  struct entry {
    std::string id;
    std::vector<std::size_t> depends_on;
    child_state state = child_state::stopped;
    /// Killed by the plan: its `down` is no death of its own.
    bool killed = false;
    time_point not_before{};
    time_point killed_at{};
    std::deque<time_point> deaths;
    std::uint64_t progress_at_start = 0;
    backoff delay;
    bool past_intensity = false;
    failure last{errc::retry, ""};
    std::string last_gap;
  };

  [[nodiscard]] bool runs(std::size_t i) const {
    return children_[i].state == child_state::running;
  }

  void count_death(entry& c, const failure& why, time_point now);

  restart_limits limits_;
  std::uint64_t seed_;
  std::vector<entry> children_;
  bool starting_ = true;
};

} // namespace sluice
