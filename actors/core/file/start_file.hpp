// start_file: where each file stood when its source first ran; the only place
// of the start positions (docs/formats.md, "start").
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/position.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Where another program stopped reading a file.
struct imported_position {
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::string path;
};

/// What the first start fixed, before anything was sent.
struct start_points {
  std::string source;
  std::vector<std::string> routes;
  /// Wall time of the first listing, ns since 1970.
  std::int64_t listed_ns = 0;
  /// Files of the first listing, each with the offset to begin at and the
  /// proof of it.
  std::map<origin, stored_position> origins;

  bool operator==(const start_points&) const = default;
};

/// Writes a new file, syncs it, renames it over `path`, syncs the directory.
/// If the process dies here, the old file or none is there. Fails with io or
/// disk_full.
[[nodiscard]] result<void> write_start_file(const std::string& path,
                                            const start_points& points);

/// The file's content; nothing when there is no file. Fails with state_corrupt
/// (the text names the command to recover), with unsupported for a newer
/// version, or with io.
[[nodiscard]] result<std::optional<start_points>>
read_start_file(const std::string& path);

} // namespace sluice
