// ${env:NAME}, ${sys:NAME}, ${file:PATH}: values from outside the file.
#pragma once

#include "config/outside.hpp"
#include "config/read_options.hpp"
#include "config/written.hpp"

#include <functional>
#include <optional>
#include <string>

namespace sluice::config {

/// Looks up a plain `${NAME}`: another property of the same Flume file.
using property_lookup
  = std::function<std::optional<std::string>(const std::string&)>;

/// Replaces every `${…}` in the value's content, with `:-` defaults, from the
/// inside out; `$${` stands for `${`. What cannot be resolved is reported once
/// and leaves the value `broken`. `shown` keeps the text of the file.
void substitute(written_value& value, const std::string& where,
                const substitution_sources& sources,
                const property_lookup& properties, const read_context& context);

} // namespace sluice::config
