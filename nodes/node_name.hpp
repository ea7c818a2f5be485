// node_name: who this node is; part of every route's identity.
#pragma once

#include "actors/core/base/result.hpp"
#include "config/agent_config.hpp"
#include "nodes/command_line.hpp"

#include <string>

namespace sluice {

/// The content of /etc/machine-id, or nothing (containers, a bare root).
[[nodiscard]] std::string machine_id();

/// `given`, or else a name derived from the machine and the state directory,
/// so that one configuration on a thousand hosts never collides. `config` when
/// there is neither.
[[nodiscard]] result<std::string> node_name(const std::string& given,
                                            const std::string& state_dir);

/// The name for this configuration and command line; --node wins.
[[nodiscard]] result<std::string>
chosen_node_name(const config::node_config& config, const command_line& line,
                 const std::string& state_dir);

} // namespace sluice
