// identity: which file a descriptor is, whatever its name, and whether its
// content is still what a position was taken in.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/position.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// What statx says about an open file, as far as readers need it.
struct file_facts {
  std::uint64_t size = 0;    ///< bytes
  std::int64_t mtime_ns = 0; ///< ns since 1970
  std::int64_t ctime_ns = 0; ///< of the last change, ns since 1970
  std::uint64_t inode = 0;   ///< a hint only: reused
  std::uint64_t links = 0;   ///< 0: no name is left
  std::int64_t born_ns = 0;  ///< ns since 1970; 0: the file system has none

  bool operator==(const file_facts&) const = default;
};

/// What statx says. Fails with io.
[[nodiscard]] result<file_facts> facts_of(int fd);

/// The origin of an open file: "h" and the file handle (inode and generation)
/// where the file system gives one, else "i" with inode and birth time. Stable
/// across renames, truncations and restarts; another one after delete and
/// create, even when the inode is reused. Fails with io.
[[nodiscard]] result<origin> origin_of(int fd);

/// The same for a name in an open directory, without opening the file (a
/// symbolic link is not followed).
[[nodiscard]] result<origin> origin_at(int directory, const std::string& name);

/// Reads exactly `count` bytes at `offset`, fewer only at the end of the file.
/// EINTR and EAGAIN are retried. Fails with io.
[[nodiscard]] result<std::size_t> read_at(int fd, char* into, std::size_t count,
                                          std::uint64_t offset);

/// The witness for a position whose bytes before it end `before`.
[[nodiscard]] witness witness_for(std::string_view before,
                                  const file_facts& facts);

/// The witness for `offset`, read from the file. Fails with io.
[[nodiscard]] result<witness> witness_at(int fd, std::uint64_t offset);

/// True when the file is at least as long as the position and has the bytes
/// before it that the witness saw. A witness that saw none (offset 0, or an
/// imported position) matches by length alone. Fails with io.
[[nodiscard]] result<bool> matches(int fd, const stored_position& p);

} // namespace sluice
