#include "simulator/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace sluice::simulator {

namespace {

result<void> write_all(int fd, std::string_view bytes,
                       const std::string& path) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_failure("write " + path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

} // namespace

result<log_file> log_file::create(const std::string& path) {
  unique_fd fd(
    ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  struct stat st = {};
  if (!fd || ::fstat(fd.get(), &st) != 0)
    return errno_failure("create " + path, errno);
  if (st.st_size > 0)
    return failure{errc::config, path + " is of an earlier run: move it away"};
  return log_file(std::move(fd), path);
}

result<void> log_file::write(std::string_view bytes) {
  auto written = write_all(fd_.get(), bytes, path_);
  if (written)
    size_ += bytes.size();
  return written;
}

result<void> log_file::shift() {
  const auto name = [&](unsigned i) { return path_ + "." + std::to_string(i); };
  unsigned last = 0;
  while (::access(name(last + 1).c_str(), F_OK) == 0)
    ++last;
  for (; last > 0; --last)
    if (::rename(name(last).c_str(), name(last + 1).c_str()) != 0)
      return errno_failure("rename " + name(last), errno);
  return {};
}

result<void> log_file::rotate_by_rename() {
  if (auto shifted = shift(); !shifted)
    return shifted;
  const auto rotated = path_ + ".1";
  if (::rename(path_.c_str(), rotated.c_str()) != 0)
    return errno_failure("rename " + path_, errno);
  auto fresh = create(path_);
  if (!fresh)
    return fresh.error();
  *this = std::move(*fresh);
  return {};
}

result<void> log_file::rotate_by_copy() {
  if (auto shifted = shift(); !shifted)
    return shifted;
  const auto rotated = path_ + ".1";
  const unique_fd from(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from)
    return errno_failure("open " + path_, errno);
  const unique_fd to(
    ::open(rotated.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!to)
    return errno_failure("create " + rotated, errno);
  std::string block(1 << 18, '\0');
  for (;;) {
    const auto n = ::read(from.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_failure("read " + path_, errno);
    if (n == 0)
      break;
    const auto part
      = std::string_view(block).substr(0, static_cast<std::size_t>(n));
    if (auto copied = write_all(to.get(), part, rotated); !copied)
      return copied;
  }
  if (::ftruncate(fd_.get(), 0) != 0)
    return errno_failure("truncate " + path_, errno);
  size_ = 0;
  return {};
}

} // namespace sluice::simulator
