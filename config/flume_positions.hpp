// flume_positions: the position file that Flume's TAILDIR source left.
#pragma once

#include "actors/core/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::config {

/// How far Flume had read one file.
struct flume_position {
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::string path;
};

/// The entries of the file `path`, in its order; nothing when there is no such
/// file. Fails with state_corrupt, in one line, when it is not what Flume
/// writes: `[{"inode":N,"pos":N,"file":"/absolute"}, …]`.
[[nodiscard]] result<std::optional<std::vector<flume_position>>>
read_flume_positions(const std::string& path);

} // namespace sluice::config
