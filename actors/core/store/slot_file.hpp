// slot_file: one slot of a position store as bytes (docs/formats.md, "slots").
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/position.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What a position store knows.
struct slot_content {
  /// The identity of the output that the positions belong to, or empty.
  std::string output;
  /// How many bytes of that output are covered by the positions.
  std::uint64_t length = 0;
  position_map positions;

  bool operator==(const slot_content&) const = default;
};

/// What one commit changes.
struct slot_delta {
  std::uint64_t length = 0;
  position_map changed;
  /// Tombstones: origins that nobody will mention again.
  std::vector<origin> finished;
};

void apply(slot_content& to, const slot_delta& d);

/// Frame 0 of a slot: everything.
[[nodiscard]] std::string encode_snapshot(std::uint64_t sequence,
                                          const slot_content& all);

/// Frame `ordinal` ≥ 1 of a slot: what one commit changed.
[[nodiscard]] std::string encode_delta(std::uint64_t sequence,
                                       std::uint32_t ordinal,
                                       const slot_delta& d);

/// What was found in a slot file.
struct slot_view {
  enum class state {
    good,    ///< `content` is complete, but perhaps for a torn last append
    damaged, ///< committed content cannot be read
  };

  state is = state::damaged;
  /// Of the newest frame that could be read; 0 if none could.
  std::uint64_t sequence = 0;
  slot_content content;
  /// Bytes behind the last whole frame: an append that was never confirmed.
  std::size_t torn = 0;
};

/// Reads a slot. Only its last frame may be incomplete; a whole frame behind a
/// broken one means that confirmed content is damaged. `unsupported` when a
/// newer version wrote it.
[[nodiscard]] result<slot_view> decode_slot(std::string_view bytes);

} // namespace sluice
