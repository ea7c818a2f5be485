// Words without regard to letter case.
#pragma once

#include <string>
#include <string_view>

namespace sluice::config {

/// `text` with ASCII letters in lower case.
[[nodiscard]] std::string lower(std::string_view text);

/// True if the two differ at most in the case of ASCII letters.
[[nodiscard]] bool same_word(std::string_view a, std::string_view b);

} // namespace sluice::config
