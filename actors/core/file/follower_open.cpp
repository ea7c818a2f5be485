// A follower's descriptors: more files than may be open at once.
#include "actors/core/file/follower.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice {

namespace {

constexpr auto first_retry = std::chrono::milliseconds{100};
constexpr auto retry_delay_max = std::chrono::milliseconds{30'000};

} // namespace

void follower::close(followed& f) {
  if (!f.fd)
    return;
  kept_->drop(options_.source, f.point.from);
  f.fd.reset();
  --open_count_;
  std::erase(opened_, f.point.from);
}

bool follower::may_close(const followed& f, spare_if reason) const {
  switch (reason) {
  case spare_if::followed:
    return f.live && !f.gone;
  case spare_if::named:
    return !f.gone;
  case spare_if::over:
    break;
  }
  const auto facts = facts_of(f.fd->get());
  return f.released && f.committed >= f.point.sent.at && facts
         && facts->size <= f.point.sent.at.offset;
}

void follower::close_spare() {
  // Oldest first, several at once, never the newest. What was rotated may be
  // deleted before its turn, and what has no name cannot be opened again: they
  // go only when nothing else is left.
  const auto most = options_.files_open_max;
  const auto newest = opened_.back();
  for (const auto reason :
       {spare_if::followed, spare_if::named, spare_if::over}) {
    if (open_count_ <= most)
      return;
    for (auto tries = opened_.size();
         tries > 0 && open_count_ > most - most / 8; --tries) {
      auto o = std::move(opened_.front());
      opened_.pop_front();
      auto& f = files_.at(o);
      if (o != newest && may_close(f, reason))
        close(f);
      else
        opened_.push_back(std::move(o));
    }
  }
}

bool follower::is_unchanged(const followed& f) const {
  const auto& d = directories_[f.directory];
  struct stat s {};
  return !f.gone && d.fd
         && ::fstatat(d.fd.get(), f.name.c_str(), &s, AT_SYMLINK_NOFOLLOW) == 0
         && s.st_ino == f.facts.inode
         && static_cast<std::uint64_t>(s.st_size) == f.facts.size
         && s.st_mtim.tv_sec * 1'000'000'000LL + s.st_mtim.tv_nsec
              == f.facts.mtime_ns;
}

bool follower::open(followed& f) {
  if (f.fd)
    return true;
  auto& d = directories_[f.directory];
  if (f.gone || !d.fd)
    return false;
  auto file = open_beneath(d.fd.get(), f.name);
  if (file.why != refusal::none) {
    d.look_again = true;
    postpone(f, file.why == refusal::unreadable
                  ? std::string{std::strerror(file.error_number)}
                  : std::string{});
    return false;
  }
  const auto id = origin_of(file.fd.get());
  if (!id || *id != f.point.from) {
    // Renamed since the listing; the next one knows where to.
    d.look_again = true;
    postpone(f, {});
    return false;
  }
  f.fd = std::make_shared<const unique_fd>(std::move(file.fd));
  f.idle = false;
  ++open_count_;
  opened_.push_back(f.point.from);
  kept_->keep(options_.source, f.point.from,
              {f.fd, d.path, f.name, f.point.sent.proof.lineage});
  close_spare();
  return true;
}

void follower::postpone(followed& f, const std::string& why) {
  f.retry_delay = f.retry_delay.count() == 0
                    ? first_retry
                    : std::min(f.retry_delay * 2, retry_delay_max);
  f.retry_at = options_.clock->now() + f.retry_delay;
  unreadable_.insert(f.point.from);
  if (!why.empty())
    complaints_.write(log::level::warning, options_.source,
                      "cannot read " + path_at(f.directory, f.name)
                        + " now: " + why + "; trying again");
}

} // namespace sluice
