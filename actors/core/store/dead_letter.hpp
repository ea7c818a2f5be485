// dead_letter: where records go that can never be delivered.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/base/unique_fd.hpp"
#include "actors/core/event/position.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// One record that can never be delivered, and why. The views need to live
/// only for the call.
struct dead_letter {
  std::string_view from_origin;
  std::uint64_t generation = 0;
  /// The record's bytes of the origin: [from, to).
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::string_view route;
  std::string_view reason;
  std::string_view body;
};

/// The letter as one line of JSON with its newline (docs/formats.md, "dead
/// letters"): the body as text when it is UTF-8, in base64 when it is not.
[[nodiscard]] std::string to_line(const dead_letter& letter);

/// A file that only grows. A letter is written *before* the commit that passes
/// its record, so after a crash a line may stand there twice, never not at
/// all. Driven by one thread. After a failure: destroy it and open another.
class dead_letter_file {
public:
  struct options {
    std::string path;
    /// Once this is reached nothing is taken (`disk_full`): the sink waits
    /// until a person has moved the file away. Nothing is dropped.
    std::uint64_t bytes_max = std::uint64_t{1} << 30;
  };

  /// Opens or creates it (0600); a torn last line is cut off, its record comes
  /// again.
  [[nodiscard]] static result<dead_letter_file> open(options chosen);

  /// All of them are on disk when this succeeds.
  [[nodiscard]] result<void> write(std::span<const dead_letter> letters);

private:
  dead_letter_file(options chosen, unique_fd fd, std::uint64_t size);

  options options_;
  unique_fd fd_;
  std::uint64_t size_ = 0;
  bool broken_ = false;
};

} // namespace sluice
