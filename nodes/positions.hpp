// positions: `sluice positions`, each subcommand in a file of its own.
//
// All of them work while the node is down, under the lock of its state
// directory, on every place where positions are: the slots of the sinks
// without a store of their own, the positions topics of the Kafka sinks, `seen`
// and the start files. A change that was cut short is finished by the same
// command again.
#pragma once

#include "nodes/offline_node.hpp"

#include <string>

namespace sluice {

/// Runs the subcommand of `line`; prints what it did to standard output, what
/// went wrong to standard error. The exit code: 0; 1 when nothing is known of
/// the route; 65 for state that cannot be read; 69 when Kafka does not answer;
/// 73 when the state directory cannot be had; 78 when the request cannot work.
[[nodiscard]] int run_positions(const config::node_config& config,
                                const command_line& line);

/// What was found or done, and why that is not all.
struct positions_answer {
  std::string text;
  std::optional<failure> trouble;
};

// The subcommands.

[[nodiscard]] positions_answer show_positions(const offline_node& node,
                                              bool json);
[[nodiscard]] positions_answer rename_positions(const offline_node& node,
                                                const route_id& from,
                                                const route_id& to);
/// Without `only`, everything of the route.
[[nodiscard]] positions_answer
forget_positions(const offline_node& node, const route_id& route,
                 const std::optional<origin>& only);
/// A route that no start file knows begins where its sources' first start did.
[[nodiscard]] positions_answer add_route(const offline_node& node,
                                         const route_id& route);

/// "1 position", "2 positions".
[[nodiscard]] std::string counted_positions(std::size_t count);

} // namespace sluice
