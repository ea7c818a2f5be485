// From what is written to an agent: types, options, links. For both formats.
#pragma once

#include "config/agent_config.hpp"
#include "config/read_options.hpp"
#include "config/written.hpp"

#include <set>
#include <string>

namespace sluice::config {

/// The agent, checked in itself. What it has in common with other agents
/// (directories, files) is check_paths' business.
[[nodiscard]] agent_config check_agent(const written_agent& from,
                                       const read_context& context);

/// Reports a name that metrics, paths and Kafka's ids could not bear. `what`
/// is what the name names.
void check_name(const std::string& name, const std::string& what,
                const location& at, const std::string& where,
                const read_context& context);

/// What the options of one component mean together: exec's command, taildir's
/// groups, kafka's properties (which it also translates from Java's names).
void check_component(component_config& component, delivery_demand demand,
                     const read_context& context);

/// The kafka sink's part of it.
void check_kafka(component_config& sink, delivery_demand demand,
                 const read_context& context);

/// Channels that are not there, not read or not written; several sinks on one
/// channel; events of a batch that no channel takes.
void check_links(const written_agent& from, agent_config& agent,
                 const read_context& context);

/// Directories, files and the state directory, over all agents of the node.
void check_paths(const node_config& node, const read_context& context);

} // namespace sluice::config
