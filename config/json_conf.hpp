// The native shape: a located tree of JSON to what is written.
#pragma once

#include "config/outside.hpp"
#include "config/read_options.hpp"
#include "config/written.hpp"

namespace sluice::config {

/// Substitutes `${…}` in every string of the tree, then takes it apart into
/// agents and components. Reports what has the wrong shape.
[[nodiscard]] written_node written_in_json(written_value tree,
                                           const substitution_sources& sources,
                                           const read_context& context);

} // namespace sluice::config
