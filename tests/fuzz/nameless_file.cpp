#include "tests/fuzz/targets.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace sluice::fuzz {

nameless_file::nameless_file(std::string_view content)
  : fd_(::memfd_create("fuzz", MFD_CLOEXEC)),
    path_("/proc/self/fd/" + std::to_string(fd_)) {
  if (::pwrite(fd_, content.data(), content.size(), 0)
      != static_cast<ssize_t>(content.size()))
    throw std::runtime_error{"no room for a file in memory"};
}

nameless_file::~nameless_file() {
  ::close(fd_);
}

} // namespace sluice::fuzz
