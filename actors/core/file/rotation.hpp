// rotation: which names are rotated siblings, and which files are copies.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/file/identity.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice {

/// The default pattern for rotated names: a name, then [.-], then digits, dots
/// and dashes with at least one digit ("app.log.1", "app.log-20261124"). The
/// name it was rotated from, or empty when `name` has no such ending.
[[nodiscard]] std::string_view rotated_from(std::string_view name);

/// True when `name` is `stem` with such an ending.
[[nodiscard]] bool rotated_of(std::string_view name, std::string_view stem);

/// Which names rotated files have: the default pattern, one of the user's own,
/// or none.
class rotated_names {
public:
  using predicate = std::function<bool(std::string_view)>;

  /// The default pattern.
  rotated_names() = default;

  /// One's own, for the whole name.
  explicit rotated_names(predicate matches);

  /// No name is one of a rotated file.
  [[nodiscard]] static rotated_names none();

  [[nodiscard]] bool any() const noexcept {
    return !none_;
  }

  /// True when `name` may be one of any rotated file: a quick look.
  [[nodiscard]] bool possible(std::string_view name) const;

  /// True when `name` is one of a file that was rotated from `stem`. With a
  /// pattern of one's own it must begin with `stem`, unless that is the `only`
  /// file that is followed.
  [[nodiscard]] bool of(std::string_view name, std::string_view stem,
                        bool only) const;

private:
  bool none_ = false;
  predicate matches_;
};

/// What speaks for a copy beside its content.
enum class copy_evidence {
  none,
  /// The original is at its path.
  live,
  /// The original is known to have begun like this, or this was never rotated
  /// by renaming.
  seen,
};

/// True when `later` was copied from `original` (which is as it was then, or
/// grew): it is no longer and has the same bytes as far as its first and its
/// last 256 show. Without other evidence it must be born later, and fewer than
/// 256 bytes (a header, a blank line: two generations may begin with them) are
/// a copy only of a live file that is unchanged since the copy was born. An
/// empty file is no copy. Where the file system tells no birth times, content
/// decides. Fails with io.
[[nodiscard]] result<bool> is_copy(int later, int original, copy_evidence why);

/// True when the first `common` bytes of both are the same, as far as the
/// first and the last 256 of them show.
[[nodiscard]] bool same_beginning(int a, int b, std::uint64_t common);

/// An unknown file beside a followed one.
struct sibling {
  origin id;
  std::string name;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  /// Of its whole content, once it was taken for a copy.
  witness proof{};
};

/// Older first: by mtime; in one tick ".2" comes before ".1", dates in order.
[[nodiscard]] bool older(const sibling& a, const sibling& b);

} // namespace sluice
