// UTF-8: is it, how is a character written in it, and how a byte that is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// The length of the character that `text` begins with; 0 when it begins with
/// none (also for surrogates, overlong forms and what lies above U+10FFFF).
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

/// The index of the first byte that cannot stand there; npos if all is UTF-8.
[[nodiscard]] std::size_t first_not_utf8(std::string_view text) noexcept;

/// Appends the character `code` (below 0x110000, no surrogate).
void append_utf8(std::uint32_t code, std::string& out);

/// Appends a byte that must not be shown as it is: \xNN, in lower case.
void append_escaped_byte(char byte, std::string& out);

} // namespace sluice
