// positions_command_line: how `sluice positions` is called, and its manual.
#pragma once

#include "nodes/command_line.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace sluice {

/// Adds `positions` with its subcommands to `to`. Once `to` has parsed, the
/// result says which of them was meant, if any.
[[nodiscard]] std::function<std::optional<command>()>
add_positions_command(CLI::App& to, command_line& line,
                      std::vector<std::string>& definitions);

} // namespace sluice
