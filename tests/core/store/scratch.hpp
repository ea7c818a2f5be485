// scratch: a directory for one test, and children that die.
#pragma once

#include "actors/core/base/failpoint.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sluice::store_test {

/// A directory that goes with the test.
class scratch {
public:
  scratch() {
    auto name = (root() / "sluice-store-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }

  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  ~scratch() {
    fault::arm("");
    std::filesystem::remove_all(path_);
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return path_ + "/" + name;
  }

private:
  /// In memory where that is possible: these tests sync thousands of times, and
  /// what a killed process wrote is there without any sync.
  static std::filesystem::path root() {
    const std::filesystem::path memory{"/dev/shm"};
    if (std::getenv("TMPDIR") == nullptr
        && std::filesystem::is_directory(memory))
      return memory;
    return std::filesystem::temp_directory_path();
  }

  std::string path_;
};

inline std::string content(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write(const std::string& path, const std::string& text) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
}

/// Runs `work` in a child process. True if it came to its end, false if it was
/// killed on the way.
template <class Work>
bool in_child(Work work) {
  const auto pid = ::fork();
  if (pid == 0) {
    work();
    ::_exit(0);
  }
  BOOST_REQUIRE(pid > 0);
  int status = 0;
  BOOST_REQUIRE(::waitpid(pid, &status, 0) == pid);
  BOOST_REQUIRE((WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL
                                     : WEXITSTATUS(status) == 0));
  return !WIFSIGNALED(status);
}

} // namespace sluice::store_test
