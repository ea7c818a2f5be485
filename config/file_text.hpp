// The bytes of a configuration file, within limits.
#pragma once

#include "config/read_options.hpp"

#include <optional>
#include <string>

namespace sluice::config {

/// The file's content without a byte order mark. Reports, in words, a file
/// that is missing, unreadable, a directory, larger than file_bytes_max, or
/// without anything in it.
[[nodiscard]] std::optional<std::string> read_text(const std::string& file,
                                                   const read_context& context);

} // namespace sluice::config
