#include "actors/supervisor/restart_plan.hpp"

#include "actors/core/base/check.hpp"
#include "actors/core/base/failpoint.hpp"

#include <algorithm>

namespace sluice {

restart_plan::restart_plan(restart_limits limits, std::uint64_t seed)
  : limits_(limits),
    seed_(seed) {
}

std::size_t restart_plan::add(std::string id,
                              std::vector<std::size_t> depends_on) {
  for (const auto d : depends_on)
    SLUICE_CHECK(d < children_.size(), "children are added in start order");
  const auto index = children_.size();
  children_.push_back({std::move(id),
                       std::move(depends_on),
                       child_state::stopped,
                       false,
                       {},
                       {},
                       {},
                       0,
                       backoff{limits_.delay, seed_ + index},
                       false,
                       {errc::retry, ""},
                       {}});
  return index;
}

void restart_plan::on_down(std::size_t index, const failure& why,
                           std::uint64_t progress, time_point now) {
  auto& c = children_.at(index);
  const bool asked_for = c.killed;
  c.killed = false;
  c.state = child_state::stopped;
  if (progress != c.progress_at_start) {
    c.deaths.clear();
    c.delay.reset();
    c.past_intensity = false;
    c.last_gap.clear();
  }
  c.progress_at_start = progress;
  if (!asked_for)
    count_death(c, why, now);
}

void restart_plan::count_death(entry& c, const failure& why, time_point now) {
  c.last = why;
  c.deaths.push_back(now);
  while (!c.deaths.empty() && now - c.deaths.front() > limits_.period)
    c.deaths.pop_front();
  const bool gap = why.kind == errc::retry && why.text.starts_with("gap in ");
  if (gap && c.last_gap == why.text) {
    c.state = child_state::failed;
    c.last = {errc::second_gap, why.text + " (twice at the same position)"};
    return;
  }
  if (gap)
    c.last_gap = why.text;
  if (is_terminal(why.kind)) {
    c.state = child_state::failed;
    return;
  }
  if (c.deaths.size() > limits_.intensity) {
    c.past_intensity = true;
    // A crash that comes back again and again is a bug or a poison record:
    // trying for ever would only hide it.
    if (why.kind == errc::exception) {
      c.state = child_state::failed;
      return;
    }
  }
  c.not_before = now
                 + (c.past_intensity ? c.delay.next(limits_.delay_max_when_down)
                                     : c.delay.next());
}

std::vector<std::size_t> restart_plan::to_kill(time_point now) {
  std::vector<std::size_t> out;
  if (SLUICE_PLANTED("dependents_not_restarted"))
    return out;
  // In start order a child's dependencies are looked at before the child, so
  // one pass finds transitive dependents too.
  for (std::size_t i = 0; i < children_.size(); ++i) {
    auto& c = children_[i];
    if (!runs(i))
      continue;
    const bool orphan = std::any_of(c.depends_on.begin(), c.depends_on.end(),
                                    [this](auto d) { return !runs(d); });
    if (orphan) {
      c.state = child_state::stopping;
      c.killed = true;
      c.killed_at = now;
      out.push_back(i);
    }
  }
  std::reverse(out.begin(), out.end());
  for (auto& c : children_)
    if (c.state == child_state::stopping
        && now - c.killed_at >= limits_.stuck_after)
      c.state = child_state::stuck;
  return out;
}

std::optional<std::size_t> restart_plan::to_start(time_point now) {
  if (!starting_)
    return std::nullopt;
  for (std::size_t i = 0; i < children_.size(); ++i) {
    auto& c = children_[i];
    if (c.state != child_state::stopped || c.not_before > now)
      continue;
    const bool ready = std::all_of(c.depends_on.begin(), c.depends_on.end(),
                                   [this](auto d) { return runs(d); });
    // Its own dependents must be gone first: they hold handles of its
    // predecessor.
    const bool alone = std::none_of(
      children_.begin(), children_.end(), [&](const auto& other) {
        return std::count(other.depends_on.begin(), other.depends_on.end(), i)
                 > 0
               && (other.state == child_state::stopping
                   || other.state == child_state::stuck);
      });
    if (!ready || !alone)
      continue;
    c.state = child_state::running;
    return i;
  }
  return std::nullopt;
}

std::optional<restart_plan::time_point> restart_plan::next_look() const {
  std::optional<time_point> next;
  const auto consider = [&next](time_point t) {
    if (!next || t < *next)
      next = t;
  };
  for (const auto& c : children_) {
    if (starting_ && c.state == child_state::stopped
        && c.not_before != time_point{})
      consider(c.not_before);
    if (c.state == child_state::stopping)
      consider(c.killed_at + limits_.stuck_after);
  }
  return next;
}

bool restart_plan::all_down() const {
  return std::all_of(children_.begin(), children_.end(), [](const auto& c) {
    return c.state == child_state::stopped || c.state == child_state::failed;
  });
}

bool restart_plan::is_down() const {
  return std::any_of(children_.begin(), children_.end(), [](const auto& c) {
    return c.state == child_state::failed || c.state == child_state::stuck
           || (c.past_intensity && c.state != child_state::running);
  });
}

} // namespace sluice
