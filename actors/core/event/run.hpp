// run: what became of the bytes [from, to) of one origin.
#pragma once

#include "actors/core/event/event.hpp"
#include "actors/core/event/position.hpp"

#include <cstdint>
#include <vector>

namespace sluice {

/// Why a run has no events although it has bytes.
enum class run_kind : std::uint8_t {
  data,    ///< ordinary: its events are the survivors of its bytes
  skipped, ///< before the start position that the user chose; wanted
  missed,  ///< gone before we could read it; counted as missed
};

/// The events made from the bytes [from, to) of one generation of one origin,
/// and the proof that a commit of `to` stores. Zero events is normal (all
/// filtered): the run still moves the position.
struct run {
  origin from_origin;
  /// The full position this run follows; (generation - 1, end) and from == 0
  /// for a run that opens a generation.
  position after;
  std::uint64_t generation = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  run_kind kind = run_kind::data;
  witness proof;
  header_set_ptr headers;
  /// Its events are [first, first + count) of the batch's events.
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  /// While verbatim, the slab has the origin's bytes [from, to) at slab_offset,
  /// and every event's end can be computed. Otherwise `ends` has one entry an
  /// event: the origin offset after it, minus `from`.
  bool verbatim = true;
  std::uint32_t slab_offset = 0;
  std::vector<std::uint32_t> ends;

  [[nodiscard]] position start() const noexcept {
    return {generation, from};
  }

  [[nodiscard]] position end() const noexcept {
    return {generation, to};
  }
};

/// What a run costs beside its slab and events, charged by channels.
constexpr std::size_t run_cost = 256;

} // namespace sluice
