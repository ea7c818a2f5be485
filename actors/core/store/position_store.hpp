// position_store: positions that survive, for sinks without a store of their
// own.
//
// Two slot files, BASE.a and BASE.b. A slot is a snapshot followed by deltas,
// each with a checksum (docs/formats.md, "slots"). A commit appends one delta
// and costs one fdatasync. When the deltas outgrow their bound, a snapshot
// goes into the other slot: written beside it, synced, renamed over it, the
// directory synced; only then do appends go there. So at every moment one slot
// has everything that was ever confirmed, and at most the last append of the
// newer slot can be torn.
#pragma once

#include "actors/core/base/unique_fd.hpp"
#include "actors/core/store/slot_file.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sluice {

/// Driven by one thread, under the lock of the state directory. After a
/// failed call it refuses to go on: it is unknown what is on the disk. Destroy
/// it and open another, which reads what is.
class position_store {
public:
  struct options {
    /// The slot files are `base` + ".a" and ".b"; the directory exists.
    std::string base;
    /// What a person is told to move away too when all starts over.
    std::string output_path;
    /// Deltas beyond this (and beyond the snapshot's size) are compacted.
    std::size_t delta_bytes_max = 1 << 20;
  };

  /// Reads the newest slot that is good. Writes nothing. Terminal
  /// `state_corrupt` with the command to recover when slots are there but none
  /// can be read; `unsupported` when a newer version wrote one.
  [[nodiscard]] static result<position_store> open(options chosen);

  /// True when there was no slot at all.
  [[nodiscard]] bool is_new() const noexcept {
    return sequence_ == 0;
  }

  [[nodiscard]] const slot_content& content() const noexcept {
    return content_;
  }

  /// To be called once before the first commit: from here on the positions
  /// belong to this output of this length ("" and 0 without one). Writes a
  /// snapshot, so that appends never follow a torn one.
  [[nodiscard]] result<void> start(const std::string& output,
                                   std::uint64_t length);

  /// The change is on disk when this succeeds. If the process dies inside,
  /// all of it or nothing of it is found again.
  [[nodiscard]] result<void> commit(const slot_delta& change);

private:
  position_store() = default;

  [[nodiscard]] std::string slot_path(int slot) const;
  [[nodiscard]] result<void> write_snapshot();
  [[nodiscard]] result<void> append(const slot_delta& change);
  [[nodiscard]] result<void> check_usable() const;

  options options_;
  slot_content content_;
  std::uint64_t sequence_ = 0; ///< the highest that any slot has
  int newest_ = 1;             ///< 0 is .a; so the first snapshot goes there
  unique_fd fd_;               ///< of the newest slot, once started
  std::uint32_t ordinal_ = 0;
  std::size_t snapshot_bytes_ = 0;
  std::size_t slot_bytes_ = 0;
  bool broken_ = false;
};

} // namespace sluice
