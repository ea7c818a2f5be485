// What is wrong with a configuration, where, and what would be right.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// A place in a file. Line and column count from 1, the column in bytes;
/// 0 means the file as a whole.
struct location {
  std::string file = {};
  std::size_t line = 0;
  std::size_t column = 0;

  bool operator==(const location&) const = default;
};

enum class severity { info, warning, error };

/// One finding. Secrets are never in it, nor what `${…}` brought in, except
/// for paths.
struct diagnostic {
  severity level = severity::error;
  location at = {};
  /// The key, written out: `agents.a.sources.s1.path`.
  std::string where = {};
  /// What is wrong.
  std::string what = {};
  /// What was expected; empty if `what` says it.
  std::string expected = {};
  /// The name that was probably meant.
  std::string did_you_mean = {};
};

/// `file:line:col: [warning: ]where: what, expected …, did you mean …?` in one
/// line, with control characters escaped.
[[nodiscard]] std::string to_string(const diagnostic& found);

/// Everything found in one pass, each finding once.
class diagnostics {
public:
  /// Keeps the finding unless it is there already.
  void add(diagnostic found);

  [[nodiscard]] bool has_errors() const noexcept {
    return errors_ != 0;
  }

  [[nodiscard]] std::size_t error_count() const noexcept {
    return errors_;
  }

  /// In the order of the file.
  [[nodiscard]] std::vector<diagnostic> all() const;

private:
  std::vector<diagnostic> found_;
  /// What is there already, by place, key and text.
  std::set<std::string> known_;
  std::size_t errors_ = 0;
};

/// The name nearest to `name` among `names`, if it is near enough to have been
/// meant; else empty. Letter case, `-` and `_` hardly count.
[[nodiscard]] std::string nearest(std::string_view name,
                                  const std::vector<std::string>& names);

/// `text` for a message: in quotes, escaped, cut when it is long.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// The names in one string, with commas.
[[nodiscard]] std::string joined(const std::vector<std::string>& names);

} // namespace sluice::config
