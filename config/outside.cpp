// The real environment, file system and network stack.
#include "config/outside.hpp"

#include "actors/core/base/unique_fd.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <system_error>

namespace sluice::config {

namespace {

constexpr long tmpfs_magic = 0x01021994;
constexpr long nfs_magic = 0x6969;
/// proc, sysfs, cgroup, cgroup2, debugfs, tracefs.
constexpr long kernel_views[]
  = {0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163};
constexpr std::size_t secret_bytes_max = std::size_t{64} * 1024;

std::optional<std::string> variable(const std::string& name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr)
    return std::nullopt;
  return value;
}

std::optional<std::string> small_file(const std::string& path) {
  const unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat facts {};
  if (!fd || ::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 || text.size() > secret_bytes_max)
      return std::nullopt;
    if (got == 0)
      break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (text.ends_with('\n'))
    text.pop_back();
  if (text.ends_with('\r'))
    text.pop_back();
  return text;
}

} // namespace

substitution_sources
process_sources(std::map<std::string, std::string> properties) {
  return {variable, small_file, std::move(properties)};
}

path_facts facts_of(const std::string& path) {
  path_facts out;
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    // There, but behind a directory that we may not search.
    out.exists = errno == EACCES;
    return out;
  }
  out.exists = true;
  out.is_directory = S_ISDIR(facts.st_mode);
  out.is_regular = S_ISREG(facts.st_mode);
  out.device = facts.st_dev;
  out.inode = facts.st_ino;
  const int search = out.is_directory ? X_OK : 0;
  const auto may = [&](int mode) {
    return ::faccessat(AT_FDCWD, path.c_str(), mode | search, AT_EACCESS) == 0;
  };
  out.readable = may(R_OK);
  out.writable = may(W_OK);
  struct statvfs room {};
  if (::statvfs(path.c_str(), &room) == 0) {
    // Without a size there is no full: some file systems in user space.
    out.free_bytes
      = room.f_blocks == 0
          ? std::numeric_limits<std::uint64_t>::max()
          : static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
    out.read_only = (room.f_flag & ST_RDONLY) != 0;
  }
  struct statfs system {};
  if (::statfs(path.c_str(), &system) == 0) {
    if (static_cast<long>(system.f_type) == tmpfs_magic)
      out.volatile_system = "tmpfs";
    else if (static_cast<long>(system.f_type) == nfs_magic)
      out.volatile_system = "nfs";
    for (const long magic : kernel_views)
      if (static_cast<long>(system.f_type) == magic)
        out.keeps_files = false;
  }
  return out;
}

std::optional<std::string> port_problem(const std::string& address,
                                        std::uint16_t port) {
  sockaddr_storage place{};
  socklen_t size = 0;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&place);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&place);
  if (::inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    size = sizeof *v6;
  } else {
    return "the address is neither IPv4 nor IPv6";
  }
  const unique_fd fd{::socket(place.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  if (!fd
      || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
      || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&place), size) != 0
      || ::listen(fd.get(), 1) != 0)
    return std::generic_category().message(errno);
  return std::nullopt;
}

outside_checks process_checks() {
  outside_checks out;
  out.path = facts_of;
  out.port = port_problem;
  return out;
}

} // namespace sluice::config
