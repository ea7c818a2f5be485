#include "actors/core/base/durable_file.hpp"

#include "actors/core/base/failpoint.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

namespace sluice::durable {

namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace

result<unique_fd> open_file(const std::string& path, int flags, unsigned mode) {
  if (const int error = SLUICE_FAILPOINT("store.open"))
    return errno_failure("open " + path, error);
  unique_fd fd{::open(path.c_str(), flags | O_CLOEXEC, mode)};
  if (!fd)
    return errno_failure("open " + path, errno);
  return fd;
}

result<void> write_at(int fd, std::string_view bytes, std::uint64_t offset,
                      const std::string& path) {
  const int pretended = SLUICE_FAILPOINT("store.write");
  if (pretended != 0)
    bytes = bytes.substr(0, bytes.size() / 2);
  while (!bytes.empty()) {
    const auto n
      = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_failure("write " + path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  if (pretended != 0)
    return errno_failure("write " + path, pretended);
  return {};
}

result<void> sync(int fd, const std::string& path) {
  if (const int error = SLUICE_FAILPOINT("store.sync"))
    return errno_failure("fdatasync " + path, error);
  if (::fdatasync(fd) != 0)
    return errno_failure("fdatasync " + path, errno);
  return {};
}

result<void> truncate(int fd, std::uint64_t length, const std::string& path) {
  if (const int error = SLUICE_FAILPOINT("store.truncate"))
    return errno_failure("ftruncate " + path, error);
  if (::ftruncate(fd, static_cast<off_t>(length)) != 0)
    return errno_failure("ftruncate " + path, errno);
  return {};
}

result<void> sync_directory_of(const std::string& path) {
  const auto directory = directory_of(path);
  if (const int error = SLUICE_FAILPOINT("store.sync_directory"))
    return errno_failure("fsync " + directory, error);
  auto fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (!fd)
    return fd.error();
  if (::fsync(fd->get()) != 0)
    return errno_failure("fsync " + directory, errno);
  return {};
}

result<std::optional<std::string>> read_whole(const std::string& path) {
  if (const int error = SLUICE_FAILPOINT("store.read"))
    return errno_failure("read " + path, error);
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd && errno == ENOENT)
    return std::optional<std::string>{};
  if (!fd)
    return errno_failure("open " + path, errno);
  std::string all;
  std::vector<char> block(std::size_t{64} * 1024);
  for (;;) {
    const auto n = ::read(fd.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_failure("read " + path, errno);
    if (n == 0)
      return std::optional{std::move(all)};
    all.append(block.data(), static_cast<std::size_t>(n));
  }
}

result<void> copy_tail(int fd, std::uint64_t from, const std::string& path,
                       const std::string& to) {
  auto out = open_file(to, O_WRONLY | O_CREAT | O_TRUNC);
  if (!out)
    return out.error();
  std::vector<char> block(std::size_t{256} * 1024);
  std::uint64_t copied = 0;
  for (;;) {
    const auto n = ::pread(fd, block.data(), block.size(),
                           static_cast<off_t>(from + copied));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_failure("read " + path, errno);
    if (n == 0)
      break;
    const std::string_view bytes{block.data(), static_cast<std::size_t>(n)};
    if (auto done = write_at(out->get(), bytes, copied, to); !done)
      return done;
    copied += bytes.size();
  }
  if (auto done = sync(out->get(), to); !done)
    return done;
  return sync_directory_of(to);
}

result<void> replace(const std::string& path, std::string_view bytes,
                     [[maybe_unused]] const char* before_switch) {
  const auto beside = path + ".new";
  auto fd = open_file(beside, O_WRONLY | O_CREAT | O_TRUNC);
  if (!fd)
    return fd.error();
  if (auto done = write_at(fd->get(), bytes, 0, beside); !done)
    return done;
  if (auto done = sync(fd->get(), beside); !done)
    return done;
  if (const int error = SLUICE_FAILPOINT(before_switch))
    return errno_failure("rename " + beside, error);
  if (const int error = SLUICE_FAILPOINT("store.rename"))
    return errno_failure("rename " + beside, error);
  if (std::rename(beside.c_str(), path.c_str()) != 0)
    return errno_failure("rename " + beside, errno);
  return sync_directory_of(path);
}

std::string quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word)
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  return out + "'";
}

} // namespace sluice::durable
