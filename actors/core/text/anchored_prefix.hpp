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
/// the expression ends there, or with `$`, that is the whole answer; otherwise
/// it is a condition that can spare the call of the regex engine.
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
    /// The set is exactly the bytes from `low` to `low` + `span`: sixteen of
    /// them are compared at once.
    bool is_range = false;
    unsigned char low = 0;
    unsigned char span = 0;
  };

  static void find_range(step& s) noexcept;

  /// How many bytes at `p`, of `left` and at most `wanted`, are in the set.
  static std::size_t count(const step& s, const char* p, std::size_t left,
                           std::size_t wanted) noexcept;

  friend class prefix_parser;

  std::vector<step> steps_;
  bool decides_ = false;
  /// Nothing may follow but a newline, as `$` has it.
  bool to_end_ = false;
};

} // namespace sluice
