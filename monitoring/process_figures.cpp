#include "monitoring/process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace sluice {

namespace {

/// The boot time in seconds since 1970, or 0.
double boot_time() {
  std::ifstream in{"/proc/stat"};
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with("btime "))
      return std::strtod(line.c_str() + 6, nullptr);
  return 0;
}

std::uint64_t open_descriptors() {
  std::error_code why;
  std::uint64_t count = 0;
  std::filesystem::directory_iterator at{"/proc/self/fd", why};
  for (; !why && at != std::filesystem::directory_iterator{}; at.increment(why))
    ++count;
  // One of them is this directory's own.
  return count > 0 ? count - 1 : 0;
}

} // namespace

std::optional<process_figures> read_process_figures() {
  std::ifstream in{"/proc/self/stat"};
  std::string line;
  if (!std::getline(in, line))
    return std::nullopt;
  // Field 2, the name, may hold anything: count from behind its parenthesis.
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return std::nullopt;
  std::istringstream rest{line.substr(name_end + 1)};
  std::string skipped;
  std::uint64_t user = 0;
  std::uint64_t kernel = 0;
  std::uint64_t started = 0;
  std::uint64_t pages = 0;
  process_figures out;
  for (int field = 3; field <= 24; ++field) {
    if (field == 14)
      rest >> user;
    else if (field == 15)
      rest >> kernel;
    else if (field == 20)
      rest >> out.threads;
    else if (field == 22)
      rest >> started;
    else if (field == 23)
      rest >> out.virtual_bytes;
    else if (field == 24)
      rest >> pages;
    else
      rest >> skipped;
  }
  if (!rest)
    return std::nullopt;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  out.cpu_seconds = static_cast<double>(user + kernel) / ticks;
  out.start_time_seconds = boot_time() + static_cast<double>(started) / ticks;
  out.resident_bytes
    = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  out.open_fds = open_descriptors();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    out.max_fds = limit.rlim_cur;
  return out;
}

} // namespace sluice
