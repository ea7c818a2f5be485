// state_paths: where a node keeps what it knows, by name.
#pragma once

#include "config/agent_config.hpp"
#include "nodes/command_line.hpp"

#include <string>

namespace sluice {

/// `<base>/<agent>` for one agent of a Flume file, `<base>/<node>` else.
[[nodiscard]] std::string state_directory(const config::node_config& config,
                                          const command_line& line);

/// The base name of a sink's position slots.
[[nodiscard]] std::string slots_of(const std::string& state_dir,
                                   const std::string& agent,
                                   const std::string& sink);

/// The dead letters of a sink.
[[nodiscard]] std::string dead_letters_of(const std::string& state_dir,
                                          const std::string& agent,
                                          const std::string& sink);

/// Where a following source's start is fixed.
[[nodiscard]] std::string start_file_of(const std::string& state_dir,
                                        const std::string& agent,
                                        const std::string& source);

/// How to call `sluice positions` for the node that `line` started: a shell's
/// words, without the subcommand. The values of -D may be secret: `…`.
[[nodiscard]] std::string positions_command_of(const command_line& line);

} // namespace sluice
