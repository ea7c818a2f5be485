// JSON with comments to a located tree.
#pragma once

#include "config/read_options.hpp"
#include "config/written.hpp"

#include <optional>
#include <string>

namespace sluice::config {

/// Parses `text` of the file `file`. Reports what is not JSON, keys that stand
/// twice, and nesting beyond file_depth_max; none if there is no tree.
[[nodiscard]] std::optional<written_value>
parse_json(const std::string& file, const std::string& text,
           const read_context& context);

} // namespace sluice::config
