// anchored_prefix: the beginning of a regex that needs no regex engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice {

/// What every match of an anchored expression begins with, as a row of byte
/// sets that are matched without trying twice: `^[0-9]{14},`, `^\d+;on`. When
/// the expression ends there, that is the whole answer; otherwise it is a
/// condition that can spare the call of the regex engine.
///
/// Exact by construction: an element repeated a variable number of times is
/// followed only by one that shares no byte with it, so the greedy way is the
/// only way. What the parser does not know for certain ends the prefix.
class anchored_prefix {
public:
  /// Matches nothing by itself (`empty`).
  anchored_prefix() = default;

  /// `regex` is known to be valid, ASCII, in bytes mode, without flags.
  [[nodiscard]] static anchored_prefix parse(std::string_view regex);

  [[nodiscard]] bool empty() const noexcept {
    return steps_.empty();
  }

  /// True when `begins` is all there is to the expression.
  [[nodiscard]] bool decides() const noexcept {
    return decides_;
  }

  /// Whether `subject` begins with what the prefix demands.
  [[nodiscard]] bool begins(std::string_view subject) const noexcept;

private:
  /// A set of bytes, as a table that answers in one load.
  using byte_set = std::array<bool, 256>;

  struct step {
    byte_set set{};
    std::size_t least = 1;
    std::size_t most = 1;
  };

  friend class prefix_parser;

  std::vector<step> steps_;
  bool decides_ = false;
};

} // namespace sluice
