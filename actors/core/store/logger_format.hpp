// logger_format: events as lines that a person can read and a program undo.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Appends `body` and a newline to `out`: a backslash as `\\`, control bytes
/// (below 0x20, and 0x7f) as `\xNN` with two lower-case digits, every other
/// byte as it is. So one event is one line, and no event can forge a line or
/// drive a terminal. Only the first `bytes_max` bytes of `body` are shown; 0
/// means all.
void append_logger_line(std::string& out, std::string_view body,
                        std::size_t bytes_max = 0);

/// The body that a line (without its newline) was made of, or nothing when it
/// was not made by `append_logger_line`.
[[nodiscard]] std::optional<std::string> logger_body(std::string_view line);

} // namespace sluice
