// rotation: which names are rotated siblings, and which files are copies.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/file/identity.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// The default pattern for rotated names: a name, then [.-], then digits, dots
/// and dashes with at least one digit ("app.log.1", "app.log-20261124"). The
/// name it was rotated from, or empty when `name` has no such ending.
[[nodiscard]] std::string_view rotated_from(std::string_view name);

/// True when `name` is `stem` with such an ending.
[[nodiscard]] bool rotated_of(std::string_view name, std::string_view stem);

/// True when `later` was copied from `original` (which is as it was then, or
/// grew): it was born later, is no longer, and has the same bytes as far as
/// its first and its last 256 show. An empty file is no copy. Where the file
/// system tells no birth times, content decides. Fails with io.
[[nodiscard]] result<bool> is_copy(int later, int original);

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
