// tail_start: where in a file the first start begins.
#pragma once

#include "actors/core/base/result.hpp"

#include <cstdint>

namespace sluice {

/// The start position that a user chose, as tail's -n and -c have it.
struct tail_start {
  enum class from {
    beginning,
    end,
    last_lines, ///< -n N: the last N; one without newline at the end counts
    line,       ///< -n +N: from line N, the first is 1
    last_bytes, ///< -c N
    byte,       ///< -c +N: from byte N, the first is 1
  };
  from kind = from::beginning;
  std::uint64_t amount = 0;
};

/// The offset for a file that is `size` bytes long. Fails with io.
[[nodiscard]] result<std::uint64_t> start_offset(int fd, std::uint64_t size,
                                                 const tail_start& where);

} // namespace sluice
