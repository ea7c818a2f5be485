// How a follower starts: what it fixes before it hears anything, and when it
// refuses to go on.
#include "actors/core/file/follower.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

result<void> follower::first_look() {
  if (looked_)
    return {};
  auto found = read_start_file(options_.start_path);
  if (!found) {
    auto why = found.error();
    if (why.kind == errc::state_corrupt)
      why.text
        += " && " + options_.positions_command + " add " + options_.route;
    return why;
  }
  if (*found)
    start_ = std::move(**found);
  else if (auto fixed = first_start(); !fixed)
    return fixed;
  looked_ = true;
  return {};
}

result<void> follower::first_start() {
  start_ = {};
  start_.source = options_.source;
  start_.listed_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       options_.clock->wall().time_since_epoch())
                       .count();
  for (std::size_t i = 0; i < directories_.size(); ++i) {
    static_cast<void>(open_if_needed(directories_[i]));
    if (auto begun = begin_in(i); !begun)
      return begun;
  }
  return write_start_file(options_.start_path, start_);
}

result<void> follower::begin_in(std::size_t directory) {
  listing entries;
  if (!list(directory, entries))
    return {};
  for (const auto& e : entries) {
    const auto* group = group_of(directory, e.name);
    if (group == nullptr || is_rotated_name(directory, e.name))
      continue;
    const auto file = open_beneath(directories_[directory].fd.get(), e.name);
    if (file.why != refusal::none)
      continue;
    const auto facts = facts_of(file.fd.get());
    if (!facts)
      return facts.error();
    const auto at = start_offset(file.fd.get(), facts->size, group->start);
    if (!at)
      return at.error();
    auto proof = witness_at(file.fd.get(), *at);
    if (!proof)
      return proof.error();
    proof->path = path_at(directory, e.name);
    proof->lineage = options_.source + ":" + proof->path;
    start_.origins[e.id] = {{0, *at}, std::move(*proof)};
  }
  return {};
}

result<void> follower::heard(const resume_points& routes) {
  const auto listed = [&](const route_id& route) {
    return std::find(start_.routes.begin(), start_.routes.end(), route.value())
           != start_.routes.end();
  };
  if (!start_.routes.empty()) {
    for (const auto& [route, points] : routes)
      if (!listed(route))
        return failure{
          errc::state_lost,
          "source " + options_.source + ": route " + route.value()
            + " is not in " + options_.start_path
            + "; if it is new, to begin where the source's first start did: "
            + options_.positions_command + " add " + route.value()
            + "; if it was renamed: " + options_.positions_command
            + " rename OLD " + route.value()};
    return {};
  }
  // Nobody has ever heard where the routes stand from this start file: at the
  // first start they stand nowhere.
  auto now = start_;
  for (const auto& [route, points] : routes) {
    now.routes.push_back(route.value());
    if (points.empty())
      continue;
    if (!options_.adopt_lost_state)
      return failure{
        errc::state_lost,
        "source " + options_.source + ": " + options_.start_path
          + " is missing although positions are committed (a new or lost "
            "state directory); nothing is read. Restore it, or, so that "
            "committed positions hold and files without one are read from "
            "their beginning: "
          + options_.positions_command + " add " + route.value()};
    now.origins.clear();
  }
  if (auto written = write_start_file(options_.start_path, now); !written)
    return written;
  start_ = std::move(now);
  return {};
}

} // namespace sluice
