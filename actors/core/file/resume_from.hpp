// resume_from: what the smallest of several routes' points are.
#pragma once

#include "actors/core/event/origin_reader.hpp"

namespace sluice {

/// For each origin that a route knows: the smallest held position of all
/// routes. A route without an entry stands at (0, 0) and takes the origin to
/// the start; its lineage and path stay known.
[[nodiscard]] position_map smallest_held(const resume_points& routes);

/// The same of the committed positions.
[[nodiscard]] position_map smallest_committed(const resume_points& routes);

/// For each origin the furthest that any route holds.
[[nodiscard]] position_map furthest_held(const resume_points& routes);

} // namespace sluice
