#include "actors/core/file/watch.hpp"

#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint32_t listing_events = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM
                                         | IN_DELETE | IN_DELETE_SELF
                                         | IN_MOVE_SELF | IN_ATTRIB;
constexpr std::uint32_t wanted_events
  = listing_events | IN_MODIFY | IN_CLOSE_WRITE;

} // namespace

watch::watch(std::string who, method wanted) : who_(std::move(who)) {
  if (wanted == method::polling)
    return;
  if (const int pretend = SLUICE_FAILPOINT("watch.init"); pretend != 0)
    errno = pretend;
  else
    queue_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!queue_)
    fall_back(std::strerror(errno));
}

void watch::fall_back(const std::string& why) {
  queue_.reset();
  by_watch_.clear();
  if (std::exchange(said_, true))
    return;
  log::warning(who_, "inotify is not available (" + why
                       + "), looking at intervals instead; raise "
                         "fs.inotify.max_user_watches or max_user_instances");
}

void watch::add(const std::string& directory) {
  if (!queue_)
    return;
  int id = -1;
  if (const int pretend = SLUICE_FAILPOINT("watch.add"); pretend != 0)
    errno = pretend;
  else
    id = ::inotify_add_watch(queue_.get(), directory.c_str(),
                             wanted_events | IN_ONLYDIR);
  if (id >= 0)
    by_watch_[id] = directory;
  else if (errno != ENOENT && errno != ENOTDIR)
    fall_back(std::strerror(errno));
}

watch::changes watch::take() {
  changes out;
  if (!queue_) {
    out.everything = true;
    return out;
  }
  alignas(inotify_event) std::array<char, 16'384> room{};
  for (;;) {
    const auto got = ::read(queue_.get(), room.data(), room.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, room.data() + at, sizeof event);
      const char* name = room.data() + at + sizeof event;
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        out.everything = true;
        if (!std::exchange(overflow_said_, true))
          log::warning(who_, "inotify lost events (its queue is full), "
                             "looking at everything");
        continue;
      }
      out.listing = out.listing || (event.mask & listing_events) != 0;
      const auto known = by_watch_.find(event.wd);
      if (known == by_watch_.end())
        continue;
      if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
        out.everything = true;
        if ((event.mask & IN_IGNORED) != 0)
          by_watch_.erase(known);
        continue;
      }
      if (event.len > 0)
        out.names.emplace(known->second, name);
    }
  }
  return out;
}

bool watch::wait(std::chrono::milliseconds at_most) {
  const auto time = std::max(at_most, std::chrono::milliseconds{0});
  if (!queue_) {
    std::this_thread::sleep_for(time);
    return false;
  }
  pollfd one{queue_.get(), POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(time.count())) > 0;
}

} // namespace sluice
