// Finding files; their bytes are in spool_reading.cpp, what happens after the
// commit in spool_completion.cpp.
#include "actors/core/file/spool_directory.hpp"

#include "actors/core/file/resume_from.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <tuple>
#include <utility>

namespace sluice {

namespace {

/// A directory's mtime moves in ticks; a listing younger than this may miss
/// what came in the same tick.
constexpr auto mtime_tick = std::chrono::milliseconds{20};
constexpr auto retry_delay_max = std::chrono::milliseconds{30'000};
/// From one look to the next at least.
constexpr auto spool_pace = std::chrono::milliseconds{10};

} // namespace

spool_directory::spool_directory(spool_options options)
  : options_(std::move(options)),
    watch_(options_.source, options_.noticing) {
  while (options_.path.size() > 1 && options_.path.back() == '/')
    options_.path.pop_back();
}

std::string spool_directory::path_of(std::string_view name) const {
  return options_.path + "/" + std::string{name};
}

result<void> spool_directory::open() {
  auto fd = open_directory(options_.path);
  if (!fd)
    return fd.error();
  directory_ = std::move(*fd);
  watch_.add(options_.path);
  listed_ = false;
  return {};
}

result<void> spool_directory::resume(const resume_points& routes) {
  held_ = smallest_held(routes);
  committed_ = smallest_committed(routes);
  files_.clear();
  queue_.clear();
  postponed_.clear();
  unmarked_.clear();
  if (auto ok = open(); !ok)
    return ok;
  if (auto ok = scan(); !ok)
    return ok;
  settle_absent();
  return {};
}

bool spool_directory::wanted(std::string_view name) const {
  if (name.starts_with('.'))
    return false;
  // Our own marks: <name><suffix>, and <name><suffix>.<n> when that was taken.
  auto stem = name;
  const auto dot = stem.rfind('.');
  if (dot != std::string_view::npos && dot + 1 < stem.size()
      && stem.substr(dot + 1).find_first_not_of("0123456789")
           == std::string_view::npos
      && (stem.substr(0, dot).ends_with(options_.suffix)
          || stem.substr(0, dot).ends_with(".binary")))
    stem = stem.substr(0, dot);
  if ((!options_.suffix.empty() && stem.ends_with(options_.suffix))
      || (options_.quarantine_binary && stem.ends_with(".binary")))
    return false;
  if (options_.ignore && options_.ignore(name))
    return false;
  return !options_.include || options_.include(name);
}

void spool_directory::refuse(const std::string& name, const char* why) {
  if (!refused_.insert(name).second)
    return;
  ++figures_.files_refused;
  news_.write(log::level::warning, options_.source,
              "left alone: " + path_of(name) + " is " + why);
}

void spool_directory::postpone(const std::string& name, const char* what,
                               int error_number) {
  auto& entry = postponed_[name];
  entry.at = options_.clock->now() + entry.delay;
  entry.delay = std::min(entry.delay * 2, retry_delay_max);
  auto& limit = complained_.insert(name).second ? news_ : complaints_;
  limit.write(log::level::warning, options_.source,
              std::string{"cannot "} + what + " " + path_of(name)
                + " now: " + std::strerror(error_number) + "; trying again");
}

void spool_directory::meet(const std::string& name, entry_kind kind) {
  if (!wanted(name))
    return;
  if (kind == entry_kind::other) {
    refuse(name, "not a regular file");
    return;
  }
  struct stat s {};
  if (::fstatat(directory_.get(), name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0)
    return;
  if (!S_ISREG(s.st_mode)) {
    refuse(name, "not a regular file");
    return;
  }
  const auto id = origin_at(directory_.get(), name);
  if (!id)
    return;
  auto& f = files_[*id];
  // Under another name it may get its mark.
  if (f.name != name && unmarked_.contains(f.name))
    f.read_out = false;
  f.name = name;
  f.mtime_ns = s.st_mtim.tv_sec * 1'000'000'000LL + s.st_mtim.tv_nsec;
  if (f.point.from == origin{}) {
    f.point.from = *id;
    if (const auto p = held_.find(*id); p != held_.end())
      f.point.sent = p->second;
    if (const auto p = committed_.find(*id); p != committed_.end())
      f.committed = p->second.at;
    if (f.point.sent.proof.lineage.empty())
      f.point.sent.proof.lineage = options_.source + ":" + path_of(name);
  }
  f.point.sent.proof.path = path_of(name);
  f.size = static_cast<std::uint64_t>(s.st_size);
  const bool more = !f.read_out || f.size != f.point.sent.at.offset;
  if (f.queued || !more)
    return;
  if (const auto waiting = postponed_.find(name);
      waiting != postponed_.end() && options_.clock->now() < waiting->second.at)
    return;
  f.queued = true;
  f.read_out = false;
  queue_.push_back(*id);
}

result<void> spool_directory::scan() {
  struct stat s {};
  if (::fstat(directory_.get(), &s) == 0)
    listed_mtime_ = s.st_mtim.tv_sec * 1'000'000'000LL + s.st_mtim.tv_nsec;
  listed_at_ = options_.clock->now();
  listed_ = true;
  look_again_ = true;
  std::set<std::string> seen_waiting;
  std::set<std::string> seen_refused;
  std::set<std::string> seen_complained;
  std::set<std::string> seen_unmarked;
  auto listed = list_directory(directory_.get(),
                               [&](std::string_view name, entry_kind kind) {
                                 std::string own{name};
                                 meet(own, kind);
                                 if (postponed_.contains(own))
                                   seen_waiting.insert(own);
                                 if (unmarked_.contains(own))
                                   seen_unmarked.insert(own);
                                 if (complained_.contains(own))
                                   seen_complained.insert(own);
                                 if (refused_.contains(own))
                                   seen_refused.insert(std::move(own));
                               });
  if (!listed)
    return listed;
  // A name that went away and comes back is news again.
  std::erase_if(postponed_,
                [&](const auto& p) { return !seen_waiting.contains(p.first); });
  refused_ = std::move(seen_refused);
  complained_ = std::move(seen_complained);
  unmarked_ = std::move(seen_unmarked);
  const bool oldest = options_.consume == spool_options::order::oldest;
  std::sort(queue_.begin(), queue_.end(), [&](const auto& a, const auto& b) {
    const auto& x = files_.at(a);
    const auto& y = files_.at(b);
    // One that is being read stays in front.
    if (static_cast<bool>(x.fd) != static_cast<bool>(y.fd))
      return static_cast<bool>(x.fd);
    if (x.mtime_ns != y.mtime_ns)
      return oldest ? x.mtime_ns < y.mtime_ns : x.mtime_ns > y.mtime_ns;
    return x.name < y.name;
  });
  return {};
}

bool spool_directory::scan_is_due() {
  const auto now = options_.clock->now();
  for (const auto& [name, entry] : postponed_)
    if (entry.at <= now)
      return true;
  if (!listed_)
    return true;
  auto news = watch_.take();
  if (!watch_.polling() && (news.listing || news.everything))
    return true;
  if (now - listed_at_ < (look_again_ ? mtime_tick : options_.poll_interval))
    return false;
  struct stat s {};
  if (::fstat(directory_.get(), &s) != 0)
    return true;
  const auto mtime = s.st_mtim.tv_sec * 1'000'000'000LL + s.st_mtim.tv_nsec;
  if (look_again_ || mtime != listed_mtime_) {
    look_again_ = false;
    const bool changed = mtime != listed_mtime_;
    listed_at_ = now;
    return changed;
  }
  listed_at_ = now;
  return !still_there(directory_.get(), options_.path);
}

bool spool_directory::open_file(spooled& f) {
  if (f.fd)
    return true;
  auto got = open_beneath(directory_.get(), f.name);
  switch (got.why) {
  case refusal::none:
    break;
  case refusal::gone:
    drop(f.point.from);
    return false;
  case refusal::not_a_file:
    refuse(f.name, "not a regular file");
    drop(f.point.from);
    return false;
  case refusal::unreadable:
    postpone(f.name, "read", got.error_number);
    return false;
  }
  const auto id = origin_of(got.fd.get());
  if (!id || *id != f.point.from) {
    // Replaced since the listing: the newcomer is met at the next one.
    listed_ = false;
    drop(f.point.from);
    return false;
  }
  f.fd = std::move(got.fd);
  postponed_.erase(f.name);
  return true;
}

void spool_directory::drop(const origin& o) {
  const auto found = files_.find(o);
  if (found == files_.end())
    return;
  const auto& f = found->second;
  if (f.size > f.point.sent.at.offset) {
    const auto lost = f.size - f.point.sent.at.offset;
    figures_.missed_bytes += lost;
    log::error(options_.source, path_of(f.name) + " went away with "
                                  + std::to_string(lost)
                                  + " bytes that had not been read");
  }
  if (f.point.sent.at != position{} && f.committed >= f.point.sent.at)
    finished_.push_back(o);
  files_.erase(found);
}

bool spool_directory::drained() const {
  return listed_ && queue_.empty() && postponed_.empty();
}

void spool_directory::wait(std::chrono::milliseconds at_most) {
  if (!queue_.empty())
    return;
  // Someone who writes small pieces beside must not wake us for each of them.
  if (watch_.wait(std::min(at_most, options_.poll_interval)))
    std::this_thread::sleep_for(std::min(at_most, spool_pace));
}

reader_figures spool_directory::figures() const {
  auto out = figures_;
  out.files_unreadable = postponed_.size();
  out.files_unmarked = unmarked_.size();
  for (const auto& [o, f] : files_) {
    out.files_open += f.fd ? 1 : 0;
    const auto done = f.committed.generation == f.point.next().generation
                        ? f.committed.offset
                        : 0;
    out.lag_bytes += f.size > done ? f.size - done : 0;
  }
  return out;
}

} // namespace sluice
