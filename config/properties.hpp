// Java's properties files, as Flume reads them, with the place of everything.
#pragma once

#include "config/read_options.hpp"
#include "config/written.hpp"

#include <string>
#include <vector>

namespace sluice::config {

/// One line `key = value`, unescaped; the value is trimmed, as Flume does.
struct property {
  std::string key;
  location key_at;
  written_value value;
};

/// Parses by the rules of java.util.Properties (comments, `=`, `:` or blank as
/// separator, continuation, escapes), but takes UTF-8 as it is. Of a key that
/// stands twice the last counts, with a warning; when its value is empty the
/// key is ignored, with a warning. Reports bytes that are not UTF-8 and broken
/// \u escapes.
[[nodiscard]] std::vector<property>
parse_properties(const std::string& file, const std::string& text,
                 const read_context& context);

} // namespace sluice::config
