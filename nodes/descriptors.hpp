// descriptors: how many files this process may have open, and who gets them.
#pragma once

#include "config/agent_config.hpp"

#include <cstddef>

namespace sluice {

/// Raises the soft limit of open files to the hard one: the usual soft limit
/// of 1024 is there for programs that use select. Returns the limit now.
std::size_t raise_descriptor_limit();

/// How many files each source that follows files may have open, of `limit`:
/// the rest is for connections, stores and listings. At least 4.
[[nodiscard]] std::size_t files_open_max(std::size_t limit,
                                         const config::node_config& config);

} // namespace sluice
