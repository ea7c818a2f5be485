// The Flume shape: located properties to what is written.
#pragma once

#include "config/outside.hpp"
#include "config/properties.hpp"
#include "config/read_options.hpp"
#include "config/written.hpp"

#include <string>
#include <vector>

namespace sluice::config {

/// Takes the properties of `agent` apart into its components, with `${…}`
/// substituted. Keys of other agents are left alone, with a word of info.
/// Reports lists and definitions that do not fit each other.
[[nodiscard]] written_node
written_in_flume(const std::vector<property>& properties,
                 const std::string& file, const std::string& agent,
                 const substitution_sources& sources,
                 const read_context& context);

/// The agents that a Flume file defines, in alphabetical order; none when the
/// text is something else.
[[nodiscard]] string_list flume_agents(const std::string& file,
                                       const std::string& text,
                                       const read_context& context);

} // namespace sluice::config
