// line_splitter: bytes to lines, as a pure function.
#pragma once

#include "actors/core/event/event.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

/// The default maximum of a line: below Kafka's and the hop's limits.
constexpr std::uint32_t line_length_max = 960 * 1024;

/// How lines are framed.
struct split_options {
  /// A longer line becomes several events, cut at line start + k × this.
  std::uint32_t line_max = line_length_max;
  /// A CR directly before LF is not part of the body. A lone CR is.
  bool strip_cr = true;
};

/// Whether bytes may follow those that the splitter sees.
enum class file_end {
  open,     ///< more may come: what lacks its newline waits
  finished, ///< these are the last bytes: the last line is complete
};

/// Appends a place for every complete line in base[from, to) to `events`, at
/// most until it has `events_max`, and returns where the first byte that is in
/// no event stands (delimiters belong to their event). What is left waits for
/// its newline. A line is cut only when the two bytes after the cut are known,
/// so splitting from any returned place gives the same events however the
/// bytes arrive. With strip_cr off, a line one byte over the maximum whose last
/// byte is CR stays whole: batch::end_of could not tell its CR from CRLF.
[[nodiscard]] std::size_t split_lines(const char* base, std::size_t from,
                                      std::size_t to, file_end end,
                                      const split_options& options,
                                      std::size_t events_max,
                                      std::vector<event_ref>& events);

} // namespace sluice
