// UTF-8: is it, and how is a character written in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::config {

/// The index of the first byte that cannot stand there; npos if all is UTF-8.
[[nodiscard]] std::size_t first_not_utf8(std::string_view text) noexcept;

/// Appends the character `code` (below 0x110000, no surrogate).
void append_utf8(std::uint32_t code, std::string& out);

} // namespace sluice::config
