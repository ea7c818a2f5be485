// What the program says on standard error while this lives.
#pragma once

#include "actors/core/base/unique_fd.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

namespace sluice::test {

/// Takes file descriptor 2 to memory until it is destroyed.
class captured_log {
public:
  captured_log()
    : before_(::dup(STDERR_FILENO)),
      taken_(::memfd_create("log", MFD_CLOEXEC)) {
    std::fflush(stderr);
    ::dup2(taken_.get(), STDERR_FILENO);
  }

  captured_log(const captured_log&) = delete;
  captured_log& operator=(const captured_log&) = delete;

  ~captured_log() {
    std::fflush(stderr);
    ::dup2(before_.get(), STDERR_FILENO);
  }

  [[nodiscard]] std::string text() const {
    std::fflush(stderr);
    std::string all;
    std::array<char, 4096> part{};
    for (;;) {
      const auto n = ::pread(taken_.get(), part.data(), part.size(),
                             static_cast<off_t>(all.size()));
      if (n <= 0)
        return all;
      all.append(part.data(), static_cast<std::size_t>(n));
    }
  }

  /// How often `what` was said.
  [[nodiscard]] int count(const std::string& what) const {
    const auto all = text();
    int n = 0;
    for (auto at = all.find(what); at != std::string::npos;
         at = all.find(what, at + 1))
      ++n;
    return n;
  }

private:
  unique_fd before_;
  unique_fd taken_;
};

} // namespace sluice::test
