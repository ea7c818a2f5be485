// pattern: a regular expression over bytes, with bounded cost.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/text/anchored_prefix.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// A compiled PCRE2 expression, as near to Java's as PCRE2 comes: `.` and `$`
/// know \n, \r and \r\n as line ends, \d \w \s are ASCII. Bodies are bytes and
/// need not be UTF-8; an expression that has non-ASCII characters itself is
/// matched as UTF-8, invalid bytes of a body then match nothing.
///
/// One object for each thread: a search writes into the object's own scratch
/// memory.
class pattern {
public:
  struct options {
    /// How often PCRE2 may try before it gives up on a body (`limit`).
    std::uint32_t match_limit = 1'000'000;
    /// What it may use beyond the stack, in KiB.
    std::uint32_t heap_limit = 8 * 1024;
    /// On: `.` takes line ends, too. For file names, where they are bytes as
    /// others.
    bool dot_all = false;
    /// Off: everything goes through PCRE2 (the tests' yardstick).
    bool shortcut = true;
    /// Off: PCRE2's interpreter (the tests' yardstick).
    bool jit = true;
  };

  enum class outcome {
    match,
    no_match,
    limit, ///< undecided: the expression costs too much on this body
  };

  /// `errc::config` with the offset and PCRE2's words when `regex` is wrong.
  [[nodiscard]] static result<pattern> compile(std::string_view regex,
                                               options chosen);
  [[nodiscard]] static result<pattern> compile(std::string_view regex);

  /// Whether it matches anywhere in `subject` (Java's `find`).
  [[nodiscard]] outcome search(std::string_view subject) const;

  /// Whether it matches all of `subject` (Java's `matches`), for file names.
  /// False also when the limit was reached.
  [[nodiscard]] bool matches_all(std::string_view subject) const;

  [[nodiscard]] const std::string& text() const noexcept {
    return text_;
  }

  /// False when PCRE2 could not compile to machine code here: slower, not
  /// different. Say so once.
  [[nodiscard]] bool is_jit() const noexcept;

  /// True when `search` never needs PCRE2.
  [[nodiscard]] bool is_shortcut() const noexcept {
    return prefix_.decides();
  }

private:
  struct compiled;

  /// As it is unknown here.
  struct compiled_deleter {
    void operator()(compiled* c) const noexcept;
  };

  pattern() = default;

  [[nodiscard]] outcome run(std::string_view subject,
                            std::uint32_t flags) const;

  std::string text_;
  anchored_prefix prefix_;
  std::unique_ptr<compiled, compiled_deleter> compiled_;
};

/// PCRE2's version and date, as it was loaded.
[[nodiscard]] std::string pattern_library_version();

} // namespace sluice
