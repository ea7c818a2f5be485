#include "actors/core/file/resume_from.hpp"

namespace sluice {

namespace {

position_map reduce(const resume_points& routes,
                    stored_position route_point::*which, bool furthest) {
  position_map out;
  for (const auto& [route, points] : routes)
    for (const auto& [o, p] : points) {
      const auto [entry, fresh] = out.try_emplace(o, p.*which);
      if (!fresh
          && (furthest ? (p.*which).at > entry->second.at
                       : (p.*which).at < entry->second.at))
        entry->second = p.*which;
      // Where nothing is held yet, another of the route's proofs may still
      // know the lineage.
      if (entry->second.proof.lineage.empty()) {
        entry->second.proof.lineage = p.held.proof.lineage;
        entry->second.proof.path = p.held.proof.path;
      }
    }
  if (furthest)
    return out;
  for (auto& [o, smallest] : out)
    for (const auto& [route, points] : routes)
      if (!points.contains(o)) {
        witness start;
        start.lineage = smallest.proof.lineage;
        start.path = smallest.proof.path;
        start.size = smallest.proof.size;
        smallest = {position{}, std::move(start)};
        break;
      }
  return out;
}

} // namespace

position_map smallest_held(const resume_points& routes) {
  return reduce(routes, &route_point::held, false);
}

position_map smallest_committed(const resume_points& routes) {
  return reduce(routes, &route_point::committed, false);
}

position_map furthest_held(const resume_points& routes) {
  return reduce(routes, &route_point::held, true);
}

} // namespace sluice
