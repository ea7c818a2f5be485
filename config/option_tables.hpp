// The option tables: every type of component, and what it can be told.
//
// One table is the parser, the check and the reference page. A component is
// added here, in the file of its station, and nowhere else in this folder.
#pragma once

#include "config/option.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// Every type that is built, in the order of the stations.
[[nodiscard]] const std::vector<component_spec>& component_specs();

/// The spec of `type` (its name, alias or Flume class, any letter case) at
/// `at`; null if there is none.
[[nodiscard]] const component_spec* find_spec(station at,
                                              std::string_view type);

/// The names of the types at `at`, for hints.
[[nodiscard]] std::vector<std::string> type_names(station at);

/// True if Flume 1.11 has this type and we have not built it.
[[nodiscard]] bool is_known_to_flume(station at, std::string_view type);

/// "source", "interceptor", "selector", "channel" or "sink".
[[nodiscard]] const char* to_string(station at) noexcept;

/// The keys at the top of a native file, but `agents` and `metrics`.
[[nodiscard]] const component_spec& node_spec();

/// The keys below `metrics`.
[[nodiscard]] const component_spec& metrics_spec();

/// The keys of an agent, but its components.
[[nodiscard]] const component_spec& agent_spec();

/// The rows of each station, in their own files.
[[nodiscard]] std::vector<component_spec> source_specs();
[[nodiscard]] std::vector<component_spec> interceptor_specs();
[[nodiscard]] std::vector<component_spec> selector_specs();
[[nodiscard]] std::vector<component_spec> channel_specs();
[[nodiscard]] std::vector<component_spec> sink_specs();

} // namespace sluice::config
