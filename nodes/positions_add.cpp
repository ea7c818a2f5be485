// `sluice positions add ROUTE`: a new route begins where its sources' first
// start did.
#include "actors/core/base/clock.hpp"
#include "nodes/positions.hpp"

#include <algorithm>

namespace sluice {

namespace {

/// A file that is missing although its source ran before: committed positions
/// hold, everything else is read from its beginning.
start_points adopted(const offline_source& source) {
  start_points out;
  out.source = source.name;
  out.listed_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                    system_clocks().wall().time_since_epoch())
                    .count();
  for (const auto& route : source.routes)
    out.routes.push_back(route.value());
  return out;
}

result<void> add_to(const offline_source& source, const route_id& route,
                    std::string& text) {
  auto found = read_start_file(source.start_file);
  if (!found)
    return found.error();
  // A source that was refused has looked, but no route has confirmed it: that
  // is no first start.
  const bool stands = *found && !(**found).routes.empty();
  auto points = stands ? std::move(**found) : adopted(source);
  const auto known
    = std::find(points.routes.begin(), points.routes.end(), route.value())
      != points.routes.end();
  text += source.start_file;
  if (stands && known) {
    text += " has it already\n";
    return {};
  }
  text += stands ? "\n" : " made anew\n";
  if (!known)
    points.routes.push_back(route.value());
  return write_start_file(source.start_file, points);
}

} // namespace

positions_answer add_route(const offline_node& node, const route_id& route) {
  positions_answer out;
  if (!node.has_sink(route)) {
    out.trouble = failure{
      errc::config, "the configuration has no sink of route " + route.value()};
    return out;
  }
  for (const auto& source : node.sources()) {
    if (std::find(source.routes.begin(), source.routes.end(), route)
        == source.routes.end())
      continue;
    if (auto done = add_to(source, route, out.text); !done) {
      out.trouble = done.error();
      return out;
    }
  }
  if (out.text.empty())
    out.text = "no source of " + route.value()
               + " fixes its start in a file: nothing to do\n";
  return out;
}

} // namespace sluice
