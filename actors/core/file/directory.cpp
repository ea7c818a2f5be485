#include "actors/core/file/directory.hpp"

#include "actors/core/base/failpoint.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace sluice {

result<unique_fd> open_directory(const std::string& path) {
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (fd)
    return fd;
  auto why = errno_failure("cannot open directory " + path, errno);
  if (errno == ENOTDIR || errno == EACCES)
    why.kind = errc::config;
  return why;
}

bool still_there(int fd, const std::string& path) {
  struct stat ours {};
  struct stat now {};
  return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &now) == 0
         && ours.st_ino == now.st_ino && ours.st_dev == now.st_dev;
}

result<void>
list_directory(int fd,
               const std::function<void(std::string_view, entry_kind)>& visit) {
  // A descriptor of its own: closedir would close the caller's, and the
  // reading position belongs to this listing.
  unique_fd own{::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!own)
    return errno_failure("cannot list the directory", errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> list{::fdopendir(own.get()),
                                                 ::closedir};
  if (!list)
    return errno_failure("cannot list the directory", errno);
  static_cast<void>(own.release());
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(list.get());
    if (entry == nullptr) {
      if (errno != 0)
        return errno_failure("cannot list the directory", errno);
      return {};
    }
    const std::string_view name{entry->d_name};
    if (name == "." || name == "..")
      continue;
    visit(name, entry->d_type == DT_REG       ? entry_kind::regular
                : entry->d_type == DT_UNKNOWN ? entry_kind::unknown
                                              : entry_kind::other);
  }
}

opened open_beneath(int directory, const std::string& name) {
  // O_NONBLOCK: a FIFO put under the name between listing and opening must
  // not hold us.
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  opened out;
  long fd = -1;
  if (const int pretend = SLUICE_FAILPOINT("file.open"); pretend != 0)
    errno = pretend;
  else
    fd = ::syscall(SYS_openat2, directory, name.c_str(), &how, sizeof how);
  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    // Old kernels and strict seccomp filters. One component and O_NOFOLLOW
    // leave the same names.
    fd = ::openat(directory, name.c_str(), static_cast<int>(how.flags));
  if (fd < 0) {
    out.error_number = errno;
    out.why = errno == ENOENT ? refusal::gone
              : errno == ELOOP || errno == ENXIO || errno == EXDEV
                ? refusal::not_a_file
                : refusal::unreadable;
    return out;
  }
  out.fd.reset(static_cast<int>(fd));
  struct stat s {};
  if (::fstat(out.fd.get(), &s) != 0) {
    out.error_number = errno;
    out.why = refusal::unreadable;
  } else if (!S_ISREG(s.st_mode)) {
    out.why = refusal::not_a_file;
  }
  if (out.why != refusal::none)
    out.fd.reset();
  return out;
}

} // namespace sluice
