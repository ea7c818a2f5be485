// What a spool directory does when files are committed: rename or remove them,
// make that durable, and only then call their origins finished.
#include "actors/core/base/failpoint.hpp"
#include "actors/core/file/spool_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

namespace sluice {

namespace {

constexpr unsigned name_attempts_max = 100'000;

/// Renames within a directory without ever replacing. Returns 0 or errno.
int rename_aside(int directory, const std::string& from,
                 const std::string& to) {
  if (::renameat2(directory, from.c_str(), directory, to.c_str(),
                  RENAME_NOREPLACE)
      == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  // A file system without RENAME_NOREPLACE: a second link cannot replace.
  if (::linkat(directory, from.c_str(), directory, to.c_str(), 0) != 0)
    return errno;
  return ::unlinkat(directory, from.c_str(), 0) == 0 ? 0 : errno;
}

/// The first free of NAME, NAME.1, NAME.2 …; empty with errno set when the
/// rename failed for another reason than a taken name.
std::string rename_free(int directory, const std::string& from,
                        const std::string& to) {
  auto target = to;
  for (unsigned n = 1; n < name_attempts_max; ++n) {
    const int error = rename_aside(directory, from, target);
    if (error == 0)
      return target;
    if (error != EEXIST) {
      errno = error;
      return {};
    }
    target = to + "." + std::to_string(n);
  }
  errno = EEXIST;
  return {};
}

/// True for the first bytes of compressed files and programs.
bool is_binary(std::string_view head) {
  using namespace std::string_view_literals;
  for (const auto magic : {"\x1f\x8b"sv,
                           "\x7f"
                           "ELF"sv,
                           "\x28\xb5\x2f\xfd"sv,
                           "\xfd"
                           "7zXZ\0"sv,
                           "PK\x03\x04"sv})
    if (head.starts_with(magic))
      return true;
  return false;
}

} // namespace

bool spool_directory::quarantine(spooled& f) {
  if (!options_.quarantine_binary || f.point.next() != position{})
    return true;
  std::array<char, 8> head{};
  const auto got = read_at(f.fd.get(), head.data(), head.size(), 0);
  if (!got || !is_binary({head.data(), *got}))
    return true;
  const auto aside = rename_free(directory_.get(), f.name, f.name + ".binary");
  if (aside.empty()) {
    if (errno == ENAMETOOLONG)
      refuse(f.name, "compressed or a program, and its name is too long to "
                     "get .binary");
    else
      postpone(f.name, "rename", errno);
    f.fd.reset();
    return false;
  }
  ++figures_.files_refused;
  log::warning(options_.source, path_of(f.name)
                                  + " is compressed or a program, not text; "
                                    "renamed to "
                                  + aside + " and not read");
  files_.erase(f.point.from);
  return false;
}

bool spool_directory::publish(spooled& f) {
  static_cast<void>(SLUICE_FAILPOINT("spool.done.before_rename"));
  if (options_.on_complete == spool_options::completion::remove) {
    if (::unlinkat(directory_.get(), f.name.c_str(), 0) != 0
        && errno != ENOENT) {
      postpone(f.name, "remove", errno);
      return false;
    }
  } else {
    const auto name
      = rename_free(directory_.get(), f.name, f.name + options_.suffix);
    if (name.empty() && errno == ENAMETOOLONG) {
      leave_unmarked(f);
      return false;
    }
    if (name.empty()) {
      postpone(f.name, "rename", errno);
      return false;
    }
    f.name = name;
  }
  f.renamed = true;
  unsynced_ = true;
  static_cast<void>(SLUICE_FAILPOINT("spool.done.renamed_before_dirsync"));
  return true;
}

/// No waiting makes a name shorter: what is left to do is a person's.
void spool_directory::leave_unmarked(const spooled& f) {
  if (!unmarked_.insert(f.name).second)
    return;
  news_.write(log::level::warning, options_.source,
              "delivered, but left under its name, which is too long to get "
                + options_.suffix + ": " + path_of(f.name));
}

bool spool_directory::complete(spooled& f) {
  // Everything of it is committed. True when it is over for good.
  const auto id = f.point.from;
  if (!f.renamed && !open_file(f)) {
    // Unreadable now: the next listing tries again. Opening forgets a file
    // that is gone.
    if (const auto still = files_.find(id); still != files_.end())
      still->second.read_out = false;
    return false;
  }
  const auto grown = [&] {
    const auto facts = facts_of(f.fd.get());
    if (!facts)
      return false;
    f.size = facts->size;
    if (facts->size == f.point.sent.at.offset) {
      const auto same = matches(f.fd.get(), f.point.sent);
      if (!same || *same)
        return false;
    }
    f.read_out = false;
    if (!std::exchange(f.queued, true))
      queue_.push_front(id);
    return true;
  };
  if (!f.renamed && (grown() || !publish(f))) {
    if (!f.queued) {
      f.fd.reset();
      f.read_out = unmarked_.contains(f.name);
    }
    return false;
  }
  // Again: a writer may have added to it before the rename. What it adds
  // later, to a file that says it is complete, is its own.
  if (grown())
    return false;
  f.fd.reset();
  ++figures_.files_completed;
  if (f.point.sent.at != position{})
    finished_.push_back(f.point.from);
  return true;
}

result<std::vector<origin>>
spool_directory::committed(const position_map& by_all) {
  for (const auto& [o, p] : by_all) {
    const auto found = files_.find(o);
    if (found == files_.end())
      continue;
    auto& f = found->second;
    f.committed = std::max(f.committed, p.at);
    if (!f.read_out || f.point.new_generation || f.committed < f.point.sent.at
        || unmarked_.contains(f.name))
      continue;
    const auto name = f.name;
    if (complete(f))
      files_.erase(o);
  }
  if (unsynced_) {
    if (::fsync(directory_.get()) != 0)
      return errno_failure("fsync " + options_.path, errno);
    unsynced_ = false;
  }
  return std::exchange(finished_, {});
}

void spool_directory::settle_absent() {
  // Positions of files that are not in the listing: renamed just before we
  // died, or gone.
  for (const auto& [o, p] : held_) {
    if (files_.contains(o) || find_completed(o, p))
      continue;
    const auto seen = std::max(p.proof.size, p.at.offset);
    if (seen > p.at.offset) {
      figures_.missed_bytes += seen - p.at.offset;
      log::error(options_.source, p.proof.path + " is gone with "
                                    + std::to_string(seen - p.at.offset)
                                    + " bytes that had not been read");
    }
    const auto c = committed_.find(o);
    if (c != committed_.end() && c->second.at >= p.at)
      finished_.push_back(o);
  }
}

bool spool_directory::find_completed(const origin& o,
                                     const stored_position& p) {
  const auto slash = p.proof.path.rfind('/');
  if (options_.on_complete == spool_options::completion::remove
      || slash == std::string::npos)
    return false;
  auto stem = p.proof.path.substr(slash + 1);
  const auto marked
    = stem.ends_with(options_.suffix) ? stem : stem + options_.suffix;
  for (unsigned n = 0; n < name_attempts_max; ++n) {
    auto name = n == 0 ? marked : marked + "." + std::to_string(n);
    auto got = open_beneath(directory_.get(), name);
    if (got.why == refusal::gone)
      return false;
    if (got.why != refusal::none)
      continue;
    const auto id = origin_of(got.fd.get());
    const auto facts = facts_of(got.fd.get());
    if (!id || !facts || *id != o)
      continue;
    adopt_completed(o, p, std::move(name), std::move(got.fd), facts->size);
    return true;
  }
  return false;
}

void spool_directory::adopt_completed(const origin& o, const stored_position& p,
                                      std::string name, unique_fd fd,
                                      std::uint64_t size) {
  // The rename may not have reached the disk before the process died.
  unsynced_ = true;
  auto& f = files_[o];
  f.name = std::move(name);
  f.point = {o, p, false};
  if (const auto c = committed_.find(o); c != committed_.end())
    f.committed = c->second.at;
  f.size = size;
  f.fd = std::move(fd);
  f.renamed = true;
  f.queued = true;
  queue_.push_back(o);
}

} // namespace sluice
