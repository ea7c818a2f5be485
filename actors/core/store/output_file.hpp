// output_file: a file that gets every byte exactly once.
//
// A position slot says how many bytes of the file are covered by positions.
// A commit makes the bytes durable first, then the slot. Whatever stands
// behind the recorded length after a crash was never confirmed: it is copied
// to PATH.cut and cut off, and comes again from the source.
#pragma once

#include "actors/core/store/position_store.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// Driven by one thread. Holds a flock on the file. After a failure it refuses
/// to go on: destroy it and open another.
class output_file {
public:
  struct options {
    std::string path;
    /// Slot files are `slots` + ".a" and ".b".
    std::string slots;
    /// What a person types when the sink was renamed; empty: nothing to type.
    std::string rename_command = {};
    /// Written to the file (without a sync) when this much has gathered.
    std::size_t buffer_bytes = std::size_t{256} * 1024;
    std::size_t delta_bytes_max = 1 << 20;
  };

  /// Opens or creates the file and brings it to what was last confirmed.
  ///
  /// A missing file, or another one than the slot's, is a new output: it is
  /// written from its present end, positions hold, and the log says so.
  /// Terminal `state_lost`, with the command to recover: the file has bytes
  /// but there are no slots; it is the slot's file but shorter.
  /// `unavailable`: another process writes it.
  [[nodiscard]] static result<output_file> open(options chosen);

  /// What is confirmed.
  [[nodiscard]] const position_map& positions() const noexcept {
    return slots_.content().positions;
  }

  /// Confirmed and unconfirmed bytes.
  [[nodiscard]] std::uint64_t length() const noexcept {
    return written_ + buffer_.size();
  }

  /// Gathers `bytes` behind the end.
  [[nodiscard]] result<void> append(std::string_view bytes);

  /// For writers that format in place: append to this, then `spill`.
  [[nodiscard]] std::string& buffer() noexcept {
    return buffer_;
  }

  /// Writes the buffer if it is full.
  [[nodiscard]] result<void> spill();

  /// Everything appended so far is in the file for good, with these positions
  /// and without the finished origins. If the process dies inside, the next
  /// `open` finds all of it or nothing of it.
  [[nodiscard]] result<void> commit(const position_map& changed,
                                    const std::vector<origin>& finished);

private:
  output_file(options chosen, position_store slots);

  [[nodiscard]] result<void> open_and_lock();
  [[nodiscard]] result<void> recover();
  [[nodiscard]] result<void> cut_tail(std::uint64_t size);
  [[nodiscard]] result<void> write_out();
  /// The file is still somewhere and as long as we made it.
  [[nodiscard]] result<void> check_untouched();
  [[nodiscard]] result<void> check_in_place();

  options options_;
  position_store slots_;
  unique_fd fd_;
  std::string identity_;
  std::string buffer_;
  std::uint64_t written_ = 0; ///< bytes in the file
  bool unsynced_ = false;
  bool broken_ = false;
  bool moved_ = false; ///< the path names something else by now
};

} // namespace sluice
