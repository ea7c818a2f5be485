// The argv of `tail` that an exec source runs as a tailed file.
#pragma once

#include "actors/core/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::config {

/// `tail -F FILE`, understood: which file, and where its first start begins.
/// Later starts go on from the committed position.
struct tail_command {
  /// What `amount` counts, and from which end of the file.
  enum class origin {
    last_lines, ///< -n N: the last N lines; tail's default is the last 10
    from_line,  ///< -n +N: from line N on; +0 and +1 are the beginning
    last_bytes, ///< -c N
    from_byte,  ///< -c +N: from byte N on, counting from 1
  };

  std::string path;
  origin start = origin::last_lines;
  std::uint64_t amount = 10;
};

/// Understands -F, --follow=name (with or without --retry), -n, -c, --lines,
/// --bytes, -q, -s and --sleep-interval, short ones together too (`-Fn 5`),
/// numbers with GNU's suffixes (b, K, kB, KiB, M …) and one literal path.
/// Everything else is refused with one line that says why.
[[nodiscard]] result<tail_command>
parse_tail(const std::vector<std::string>& words);

} // namespace sluice::config
