#include "actors/core/store/output_file.hpp"

#include "actors/core/base/durable_file.hpp"
#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace sluice {

namespace {

struct seen {
  std::string identity;
  std::uint64_t size = 0;
  bool regular = false;
  bool linked = true;
};

/// What is behind a descriptor, or behind `path` when `fd` is AT_FDCWD. The
/// birth time tells a file from an earlier one with the same inode number.
result<seen> look_at(int fd, const std::string& path) {
  struct statx s {};
  const bool by_path = fd == AT_FDCWD;
  if (::statx(fd, by_path ? path.c_str() : "", by_path ? 0 : AT_EMPTY_PATH,
              STATX_BASIC_STATS | STATX_BTIME, &s)
      != 0)
    return errno_failure("stat " + path, errno);
  seen out;
  out.identity = std::to_string(s.stx_ino);
  if ((s.stx_mask & STATX_BTIME) != 0)
    out.identity += ":" + std::to_string(s.stx_btime.tv_sec) + "."
                    + std::to_string(s.stx_btime.tv_nsec);
  out.size = s.stx_size;
  out.regular = S_ISREG(s.stx_mode);
  out.linked = s.stx_nlink > 0;
  return out;
}

failure lost(const output_file::options& options, const std::string& what,
             const std::string& then, const std::string& suffix) {
  return {errc::state_lost, "output " + options.path + " " + what + "; " + then
                              + ": mv " + durable::quoted(options.path) + " "
                              + durable::quoted(options.path + suffix)};
}

} // namespace

output_file::output_file(options chosen, position_store slots)
  : options_(std::move(chosen)),
    slots_(std::move(slots)) {
}

result<output_file> output_file::open(options chosen) {
  auto slots
    = position_store::open({.base = chosen.slots,
                            .output_path = chosen.path,
                            .delta_bytes_max = chosen.delta_bytes_max});
  if (!slots)
    return slots.error();
  output_file out{std::move(chosen), std::move(*slots)};
  if (auto done = out.open_and_lock(); !done)
    return done.error();
  if (auto done = out.recover(); !done)
    return done.error();
  return out;
}

result<void> output_file::open_and_lock() {
  // Not blocking: somebody may have put a FIFO there.
  auto fd
    = durable::open_file(options_.path, O_RDWR | O_CREAT | O_NONBLOCK, 0640);
  if (!fd)
    return fd.error();
  const auto now = look_at(fd->get(), options_.path);
  if (!now)
    return now.error();
  if (!now->regular)
    return failure{errc::config,
                   "output " + options_.path + " is not a regular file"};
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error != EWOULDBLOCK)
      return errno_failure("flock " + options_.path, error);
    return failure{errc::unavailable, "output " + options_.path
                                        + " is written by another process"};
  }
  fd_ = std::move(*fd);
  return durable::sync_directory_of(options_.path);
}

result<void> output_file::recover() {
  const auto now = look_at(fd_.get(), options_.path);
  if (!now)
    return now.error();
  const auto& known = slots_.content();
  identity_ = now->identity;
  written_ = now->size;
  if (slots_.is_new()) {
    if (now->size > 0)
      return lost(
        options_, "has bytes but no positions (" + options_.slots + ".{a,b})",
        (options_.rename_command.empty()
           ? ""
           : "if the sink was renamed: " + options_.rename_command + "; ")
          + std::string{"to deliver everything again into a new "
                        "file"},
        ".before");
  } else if (known.output != identity_) {
    log::warning("output", options_.path
                             + " is a new file: writing goes on in it, behind "
                             + std::to_string(now->size) + " bytes");
  } else if (now->size < known.length) {
    return lost(options_,
                "has only " + std::to_string(now->size) + " of "
                  + std::to_string(known.length) + " delivered bytes",
                "to go on from there in a new file", ".short");
  } else if (now->size > known.length) {
    if (auto done = cut_tail(now->size); !done)
      return done;
  }
  return slots_.start(identity_, written_);
}

result<void> output_file::cut_tail(std::uint64_t size) {
  const auto keep = slots_.content().length;
  log::info("output", options_.path + ": " + std::to_string(size - keep)
                        + " unconfirmed bytes go to " + options_.path
                        + ".cut and come again");
  // Copied first: if the process dies between the two it is done again.
  if (auto done = durable::copy_tail(fd_.get(), keep, options_.path,
                                     options_.path + ".cut");
      !done)
    return done;
  if (auto done = durable::truncate(fd_.get(), keep, options_.path); !done)
    return done;
  written_ = keep;
  return durable::sync(fd_.get(), options_.path);
}

result<void> output_file::append(std::string_view bytes) {
  buffer_ += bytes;
  return spill();
}

result<void> output_file::spill() {
  return buffer_.size() < options_.buffer_bytes ? result<void>{} : write_out();
}

result<void> output_file::write_out() {
  if (broken_)
    return failure{errc::retry, "output " + options_.path
                                  + " must be opened again after a failure"};
  if (buffer_.empty())
    return {};
  if (moved_)
    return failure{errc::retry, "output " + options_.path
                                  + " was moved away: opening a new one"};
  broken_ = true;
  // Before, since writing behind the end of a file that somebody has made
  // shorter would hide that behind a hole.
  if (auto done = check_untouched(); !done)
    return done;
  if (auto done
      = durable::write_at(fd_.get(), buffer_, written_, options_.path);
      !done)
    return done;
  broken_ = false;
  written_ += buffer_.size();
  buffer_.clear();
  unsynced_ = true;
  return {};
}

result<void> output_file::check_untouched() {
  const auto ours = look_at(fd_.get(), options_.path);
  if (!ours)
    return ours.error();
  if (!ours->linked || ours->size != written_)
    return failure{
      errc::retry,
      "output " + options_.path
        + (ours->linked ? " was changed by somebody else" : " was deleted")
        + ": starting over from the last commit"};
  return {};
}

result<void> output_file::check_in_place() {
  if (auto done = check_untouched(); !done)
    return done;
  // Moved away (as log rotation does): what is in it is confirmed there, what
  // comes next goes into a new file.
  const auto named = look_at(AT_FDCWD, options_.path);
  moved_ = !named || named->identity != identity_;
  return {};
}

result<void> output_file::commit(const position_map& changed,
                                 const std::vector<origin>& finished) {
  if (auto done = write_out(); !done)
    return done;
  broken_ = true;
  if (const int error = SLUICE_FAILPOINT("store.before_flush"))
    return errno_failure("commit " + options_.path, error);
  if (unsynced_) {
    if (auto done = durable::sync(fd_.get(), options_.path); !done)
      return done;
    if (auto done = check_in_place(); !done)
      return done;
  }
  if (const int error = SLUICE_FAILPOINT("store.before_slot"))
    return errno_failure("commit " + options_.path, error);
  if (auto done = slots_.commit({written_, changed, finished}); !done)
    return done;
  if (const int error = SLUICE_FAILPOINT("store.after_slot"))
    return errno_failure("commit " + options_.path, error);
  unsynced_ = false;
  broken_ = false;
  return {};
}

} // namespace sluice
