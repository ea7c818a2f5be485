// config_file: reads whichever format a file has, with every check there is.
#pragma once

#include "config/read_config.hpp"
#include "nodes/command_line.hpp"

namespace sluice {

/// The file's configuration and all findings. Creates nothing.
[[nodiscard]] config::reading read_config_file(const command_line& line);

/// Prints the findings to standard error; the exit code is 78 if there are
/// errors, else 0.
int report_findings(const config::reading& read);

} // namespace sluice
