// directory: names in one directory, opened without ever following or
// blocking on anything but a regular file.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/base/unique_fd.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice {

/// Opens a directory for listing and as the base of openat2. Fails with io
/// when it is not there (it may come), with config when it is no directory or
/// may not be read.
[[nodiscard]] result<unique_fd> open_directory(const std::string& path);

/// True while `path` still names the directory that `fd` is.
[[nodiscard]] bool still_there(int fd, const std::string& path);

/// What a listing says of a name before it is opened.
enum class entry_kind : std::uint8_t { regular, other, unknown };

/// Calls `visit` for every name but "." and "..". Names are bytes. Fails with
/// io.
[[nodiscard]] result<void>
list_directory(int fd,
               const std::function<void(std::string_view, entry_kind)>& visit);

/// Why a name was not opened.
enum class refusal {
  none,
  gone,       ///< no such name (any more)
  not_a_file, ///< a symbolic link, FIFO, socket, device or directory
  unreadable, ///< permission, or an I/O error; may heal
};

/// A regular file open for reading, or why not.
struct opened {
  unique_fd fd;
  refusal why = refusal::none;
  int error_number = 0;
};

/// Opens `name` (one component) beneath the directory: no symbolic link is
/// followed, nothing blocks, only regular files are taken.
[[nodiscard]] opened open_beneath(int directory, const std::string& name);

} // namespace sluice
