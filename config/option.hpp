// What a component can be told: the rows of the option tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::config {

/// How an option's value is written and checked.
enum class option_kind {
  text,     ///< any string that is not empty
  boolean,  ///< true or false
  integer,  ///< a whole number
  number,   ///< a number
  size,     ///< bytes with a unit: "16MiB"
  duration, ///< a time with a unit: "200ms"
  pattern,  ///< a regular expression
  path,     ///< a file or directory
  choice,   ///< one of a few words
  list,     ///< strings: an array, or one string split at blanks
  table,    ///< names with values; nested names are joined by a dot
  secret,   ///< a string that is never printed
};

/// One key by which a Flume file sets an option.
struct flume_key {
  /// The key; with `.*` at its end it takes every key with that prefix, and
  /// the option is a table.
  std::string key;
  /// The unit of a number without one: bytes for sizes ("B", "KiB"), "ms" or
  /// "s" for durations. Empty: the unit must be written.
  std::string unit = {};
  /// Flume's words and ours. Empty: the value is taken as it is.
  std::vector<std::pair<std::string, std::string>> words = {};
};

/// One row: what the parser takes, the check demands and the reference shows.
struct option {
  std::string key;
  option_kind kind = option_kind::text;
  /// The value when none is written, spelled as a user would. None: unset.
  std::optional<std::string> fallback = {};
  bool required = false;
  std::string help = {};
  std::vector<flume_key> flume = {};
  /// Bounds of the number, in bytes or milliseconds where it has a unit.
  std::optional<std::int64_t> minimum = {};
  std::optional<std::int64_t> maximum = {};
  std::vector<std::string> choices = {};
  /// Takes the place of `fallback` and `required` in a Flume file, because
  /// Flume has a default of its own that users rely on. Says so in a warning.
  std::optional<std::string> flume_fallback = {};
  /// What is said, as a warning, about any value: what holds instead.
  std::string no_effect = {};
  /// Exists only to check what a Flume file says; no key in native files.
  bool flume_only = false;
};

/// A Flume option that no option of ours stands for.
struct foreign_key {
  /// As flume_key::key.
  std::string key;
  /// The values (any letter case) that change nothing; no word about them.
  std::vector<std::string> harmless = {};
  /// What is said about any other value.
  enum class verdict { warning, error } says = verdict::warning;
  /// What holds instead, or why it cannot work.
  std::string text = {};
};

/// Where in the house a component stands.
enum class station { source, interceptor, selector, channel, sink };

/// One type of component: its names and its table.
struct component_spec {
  station at = station::source;
  /// The name that configurations, metrics and folders use.
  std::string type;
  /// Flume's names and classes for it. Compared without regard to case.
  std::vector<std::string> aliases = {};
  std::vector<option> options = {};
  std::string summary = {};
  std::vector<foreign_key> foreign = {};

  /// The row with this native key; null if there is none.
  [[nodiscard]] const option* find(const std::string& key) const {
    for (const auto& row : options)
      if (row.key == key)
        return &row;
    return nullptr;
  }
};

} // namespace sluice::config
