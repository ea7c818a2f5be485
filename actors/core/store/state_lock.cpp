#include "actors/core/store/state_lock.hpp"

#include "actors/core/base/durable_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace sluice {

namespace {

/// Makes `directory` and what is missing above it, all 0700, for good: a power
/// cut that took a new state directory away would leave outputs without their
/// positions.
result<void> make_directories(const std::string& directory) {
  for (auto end = directory.find('/', 1);; end = directory.find('/', end + 1)) {
    const auto part = directory.substr(0, end);
    if (::mkdir(part.c_str(), 0700) == 0) {
      if (auto done = durable::sync_directory_of(part); !done)
        return done;
    } else if (errno != EEXIST) {
      return errno_failure("mkdir " + part, errno);
    }
    if (end == std::string::npos)
      return {};
  }
}

result<void> check_directory(const std::string& directory) {
  struct stat s {};
  if (::stat(directory.c_str(), &s) != 0)
    return errno_failure("stat " + directory, errno);
  if (!S_ISDIR(s.st_mode))
    return failure{errc::config,
                   "state directory " + directory + " is not a directory"};
  if (s.st_uid != ::geteuid())
    return failure{errc::config, "state directory " + directory
                                   + " belongs to user "
                                   + std::to_string(s.st_uid) + ", we are "
                                   + std::to_string(::geteuid())};
  if ((s.st_mode & 0077) != 0)
    return failure{errc::config, "state directory " + directory
                                   + " is open to others; to close it: chmod "
                                     "700 "
                                   + durable::quoted(directory)};
  return {};
}

result<unique_fd> lock_file(const std::string& directory) {
  const auto path = directory + "/lock";
  auto fd = durable::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!fd)
    return fd;
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error != EWOULDBLOCK)
      return errno_failure("flock " + path, error);
    char pid[32] = {};
    const auto n = ::pread(fd->get(), pid, sizeof pid - 1, 0);
    const auto holder = n > 0 ? std::strtoul(pid, nullptr, 10) : 0UL;
    return failure{errc::unavailable, "state directory " + directory
                                        + " is in use by process "
                                        + std::to_string(holder)};
  }
  // For people; the lock itself is the kernel's and dies with us.
  const auto pid = std::to_string(::getpid()) + "\n";
  if (auto done = durable::truncate(fd->get(), 0, path); !done)
    return done.error();
  if (auto done = durable::write_at(fd->get(), pid, 0, path); !done)
    return done.error();
  return fd;
}

std::string node_text(const std::string& node, const std::string& machine) {
  return "1\nnode " + node + "\nmachine " + machine + "\n";
}

/// The value of the line that begins with `key` and a blank.
std::string line_of(const std::string& text, const std::string& key) {
  const auto at = text.find("\n" + key + " ");
  if (at == std::string::npos)
    return {};
  const auto from = at + key.size() + 2;
  return text.substr(from, text.find('\n', from) - from);
}

result<void> check_identity(const state_lock::options& chosen) {
  const auto path = chosen.directory + "/node";
  const auto found = durable::read_whole(path);
  if (!found)
    return found.error();
  auto machine = chosen.machine_id;
  if (*found) {
    const auto& text = **found;
    if (text.rfind("1\nnode ", 0) != 0)
      return failure{errc::state_corrupt,
                     path
                       + " cannot be read; if this state directory is this "
                         "node's own: rm "
                       + durable::quoted(path)};
    if (line_of(text, "node") != chosen.node)
      return failure{errc::identity,
                     "state directory " + chosen.directory + " belongs to node "
                       + line_of(text, "node") + ", this is node " + chosen.node
                       + "; start it with --node "
                       + durable::quoted(line_of(text, "node"))
                       + " or give this node a directory of its own"};
    const auto before = line_of(text, "machine");
    if (!before.empty() && !machine.empty() && before != machine)
      return failure{errc::identity,
                     "state directory " + chosen.directory
                       + " was copied from another machine. A clone begins "
                         "with an empty one; if the node has moved here for "
                         "good: rm "
                       + durable::quoted(path)};
    if (machine.empty())
      machine = before;
    if (text == node_text(chosen.node, machine))
      return {};
  }
  return durable::replace(path, node_text(chosen.node, machine),
                          "store.node.before_switch");
}

} // namespace

state_lock::state_lock(std::string directory, unique_fd fd)
  : directory_(std::move(directory)),
    fd_(std::move(fd)) {
}

result<state_lock> state_lock::take(const options& chosen) {
  SLUICE_CHECK(chosen.node.find('\n') == std::string::npos
                 && chosen.machine_id.find('\n') == std::string::npos,
               "a name of more than one line");
  if (auto done = make_directories(chosen.directory); !done)
    return done.error();
  if (auto done = check_directory(chosen.directory); !done)
    return done.error();
  auto fd = lock_file(chosen.directory);
  if (!fd)
    return fd.error();
  if (auto done = check_identity(chosen); !done)
    return done.error();
  return state_lock{chosen.directory, std::move(*fd)};
}

} // namespace sluice
