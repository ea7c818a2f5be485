// node: one running process and the agents it runs.
#pragma once

#include "config/agent_config.hpp"
#include "nodes/command_line.hpp"

namespace sluice {

/// Runs the configuration until a signal, or with --drain until everything is
/// delivered. SIGTERM and SIGINT stop in order; a second one stops at once.
/// Returns the exit code: 0, 73 when the state directory cannot be had, 78
/// when the configuration cannot work. Ends the process with 70 when
/// supervision itself failed or the orderly stop did not end in time, with
/// 128 + the signal at the second one.
[[nodiscard]] int run_node(const config::node_config& config,
                           const command_line& line);

} // namespace sluice
