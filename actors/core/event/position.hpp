// position: how far into an origin something is settled.
#pragma once

#include "actors/core/base/strong.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace sluice {

/// Names a stream of bytes that can be read again: a file's identity (never
/// its name), in a printable form that is stable across restarts and renames.
/// docs/formats.md has the grammar.
using origin = strong<struct origin_tag, std::string>;

/// Names a route source -> channel -> sink: cluster/node/agent/sink.
using route_id = strong<struct route_tag, std::string>;

/// Everything of an origin before this is settled. Ordered by (generation,
/// offset). An origin that nobody has heard of stands at the default, (0, 0).
struct position {
  /// How often the file was truncated; each generation starts at offset 0.
  std::uint64_t generation = 0;
  /// Bytes of this generation.
  std::uint64_t offset = 0;

  auto operator<=>(const position&) const = default;
};

/// What proves that a file still has the content a position was taken in, and
/// what is needed to find it again. Stored beside every committed position.
struct witness {
  /// CRC32C of the `tail_length` bytes before the position.
  std::uint32_t tail_crc = 0;
  /// At most 256; less only when the position is nearer to the start.
  std::uint16_t tail_length = 0;
  /// The file's size when the position was taken; ≥ the offset.
  std::uint64_t size = 0;
  /// The file's modification time then, in ns since 1970.
  std::int64_t mtime_ns = 0;
  /// What must stay in order with this origin: partition, lane and sink are
  /// chosen by it. Survives renames. Never empty for data.
  std::string lineage;
  /// Where the file was last seen. A hint for people and for rotation.
  std::string path;

  bool operator==(const witness&) const = default;
};

/// What a commit stores for an origin.
struct stored_position {
  position at;
  witness proof;

  bool operator==(const stored_position&) const = default;
};

/// Positions of many origins. Absent = (0, 0).
using position_map = std::map<origin, stored_position>;

/// Shared by messages; immutable once sent.
using position_map_ptr = std::shared_ptr<const position_map>;

/// The longest stretch of bytes that a witness covers.
constexpr std::uint16_t witness_length_max = 256;

} // namespace sluice
