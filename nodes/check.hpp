// check: `sluice check FILE`.
#pragma once

#include "nodes/command_line.hpp"

namespace sluice {

/// Prints the findings, then what each route guarantees. The exit code: 0, or
/// 78 with errors.
[[nodiscard]] int check_config_file(const command_line& line);

} // namespace sluice
