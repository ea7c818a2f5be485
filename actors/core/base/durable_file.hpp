// durable_file: the system calls that put bytes on a disk for good.
//
// Each passes a failpoint, so that tests can fail or tear any of them:
// store.open, .read, .write (tears: half is written), .sync, .truncate,
// .rename, .sync_directory.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/base/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::durable {

/// open(2) with O_CLOEXEC; a failure names the path.
[[nodiscard]] result<unique_fd> open_file(const std::string& path, int flags,
                                          unsigned mode = 0600);

/// Writes all of `bytes` at `offset`. After a failure any part of them may be
/// there.
[[nodiscard]] result<void> write_at(int fd, std::string_view bytes,
                                    std::uint64_t offset,
                                    const std::string& path);

/// fdatasync(2): content and size. After a failure nothing is known about what
/// was written since the last success.
[[nodiscard]] result<void> sync(int fd, const std::string& path);

[[nodiscard]] result<void> truncate(int fd, std::uint64_t length,
                                    const std::string& path);

/// Makes the names in the directory of `path` durable.
[[nodiscard]] result<void> sync_directory_of(const std::string& path);

/// Everything in the file, or nothing when there is no such file.
[[nodiscard]] result<std::optional<std::string>>
read_whole(const std::string& path);

/// Copies [from, end) of `fd` to a new file `to` (an old one is replaced) and
/// syncs it.
[[nodiscard]] result<void> copy_tail(int fd, std::uint64_t from,
                                     const std::string& path,
                                     const std::string& to);

/// The file then has `bytes`, or what it had before, at whatever moment the
/// process dies: written beside it, synced, renamed. `before_switch` is the
/// name of a failpoint hit before the rename.
[[nodiscard]] result<void> replace(const std::string& path,
                                   std::string_view bytes,
                                   const char* before_switch);

/// As a word for a shell.
[[nodiscard]] std::string quoted(std::string_view word);

} // namespace sluice::durable
