// log_file: a file that only grows at its end, as a logging program writes it.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/base/unique_fd.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::simulator {

/// A file open for appending.
class log_file {
public:
  /// Opens a new or empty file; `config` when it has bytes already, for they
  /// would be in no ledger.
  [[nodiscard]] static result<log_file> create(const std::string& path);

  /// Writes all of `bytes` at the end; an error may leave a part of them.
  [[nodiscard]] result<void> write(std::string_view bytes);

  /// What has been written since it was made or rotated.
  [[nodiscard]] std::uint64_t size() const noexcept {
    return size_;
  }

  /// logrotate's default: PATH.1 becomes PATH.2 and so on, all are kept, PATH
  /// becomes PATH.1, and a new PATH begins.
  [[nodiscard]] result<void> rotate_by_rename();

  /// logrotate's copytruncate: PATH is copied to PATH.1 and truncated. Nobody
  /// writes between the two, because the only writer is here.
  [[nodiscard]] result<void> rotate_by_copy();

private:
  log_file(unique_fd fd, std::string path)
    : fd_(std::move(fd)),
      path_(std::move(path)) {
  }

  [[nodiscard]] result<void> shift();

  unique_fd fd_;
  std::string path_;
  std::uint64_t size_ = 0;
};

} // namespace sluice::simulator
