// java.util.Properties, read as the JDK reads it: the yardstick for ours.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::fuzz {

/// The properties as Flume sees them: values trimmed, empty ones left out.
/// None when a \u escape is broken (the JDK throws) or names half a character.
[[nodiscard]] std::optional<std::map<std::string, std::string>>
java_properties(std::string_view text);

} // namespace sluice::fuzz
