// The life of a follower: resume, looking around, commits. Where it starts is
// in follower_start.cpp, names in follower_scan.cpp, descriptors in
// follower_open.cpp, bytes in follower_read.cpp.
#include "actors/core/file/follower.hpp"

#include "actors/core/base/failpoint.hpp"
#include "actors/core/file/resume_from.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace sluice {

namespace {

/// How long a file that left every directory is remembered: it may come back.
constexpr auto absent_for = std::chrono::hours{24};
/// After a listing and what follows from it, this many times as long without.
constexpr int rest_for_listing = 4;
/// Looking at all files by hand takes at most this share of the time.
constexpr auto poll_cost = std::chrono::microseconds{40};

} // namespace

follower::follower(follower_options options,
                   std::shared_ptr<descriptor_table> kept)
  : options_(std::move(options)),
    kept_(kept ? std::move(kept) : std::make_shared<descriptor_table>()),
    watch_(options_.source, options_.noticing) {
  for (auto& g : options_.groups) {
    while (g.directory.size() > 1 && g.directory.back() == '/')
      g.directory.pop_back();
    const auto same = [&](const auto& d) { return d.path == g.directory; };
    if (std::any_of(directories_.begin(), directories_.end(), same))
      continue;
    directories_.emplace_back();
    directories_.back().path = g.directory;
  }
}

result<void> follower::resume(const resume_points& routes) {
  files_.clear();
  by_path_.clear();
  lineages_.clear();
  due_.clear();
  waiting_.clear();
  late_.clear();
  unreadable_.clear();
  gone_.clear();
  opened_.clear();
  open_count_ = 0;
  if (auto ok = first_look(); !ok)
    return ok;
  for (auto& d : directories_)
    static_cast<void>(open_if_needed(d));
  if (auto ok = heard(routes); !ok)
    return ok;
  adopt_known(routes);
  std::vector<listing> listings(directories_.size());
  std::vector<bool> listed(directories_.size());
  for (std::size_t i = 0; i < directories_.size(); ++i) {
    auto& d = directories_[i];
    listed[i] = list(i);
    if (!listed[i])
      continue;
    listings[i] = d.names;
    d.listed_mtime = d.names_mtime;
    d.look_again = !d.names_settled;
    place_known(i, listings[i]);
  }
  order_known();
  for (std::size_t i = 0; i < directories_.size(); ++i)
    if (listed[i])
      meet_all(i, listings[i]);
  looked_at_ = options_.clock->now();
  return {};
}

void follower::make_due(lineage& l) {
  if (!std::exchange(l.due, true))
    due_.push_back(&l);
}

void follower::mark(const origin& o) {
  const auto found = files_.find(o);
  if (found == files_.end())
    return;
  auto& f = found->second;
  if (f.released)
    late_.push_back(o);
  else
    make_due(lineage_of(f));
}

void follower::look() {
  const auto now = options_.clock->now();
  const auto news = watch_.take();
  std::chrono::steady_clock::duration interval = options_.poll_interval;
  if (watch_.polling())
    interval = std::max<std::chrono::steady_clock::duration>(
      options_.pace, poll_cost * files_.size());
  const bool all
    = (news.everything && !watch_.polling()) || now - looked_at_ >= interval;
  for (std::size_t i = 0; i < directories_.size(); ++i) {
    auto& d = directories_[i];
    if (!all && !news.listing && !d.look_again)
      continue;
    const auto begin = options_.clock->now();
    if (begin < d.rest_until) {
      d.look_again = d.look_again || news.listing;
      continue;
    }
    if (!open_if_needed(d))
      continue;
    const auto facts = facts_of(d.fd.get());
    if (facts && facts->mtime_ns == d.listed_mtime && !d.look_again)
      continue;
    scan(i);
    const auto end = options_.clock->now();
    d.rest_until = end + rest_for_listing * (end - begin);
  }
  if (all) {
    looked_at_ = now;
    for (auto& [o, f] : files_)
      mark(o);
  }
  for (const auto& [directory, name] : news.names)
    if (const auto f = by_path_.find(directory + "/" + name);
        f != by_path_.end())
      mark(f->second);
  for (auto* l : waiting_)
    make_due(*l);
  for (const auto& o : unreadable_)
    if (const auto f = files_.find(o);
        f != files_.end() && f->second.retry_at <= now)
      mark(o);
}

bool follower::has_successor(const lineage& l, const followed& f) const {
  // The youngest position of a lineage tells old siblings from new ones.
  return std::any_of(l.members.begin(), l.members.end(), [&](const auto& o) {
    const auto& other = files_.at(o);
    return o != f.point.from && other.committed != position{}
           && other.point.sent.proof.mtime_ns >= f.point.sent.proof.mtime_ns;
  });
}

result<std::vector<origin>> follower::committed(const position_map& by_all) {
  for (const auto& [o, p] : by_all) {
    const auto found = files_.find(o);
    if (found == files_.end())
      continue;
    auto& f = found->second;
    f.committed = std::max(f.committed, p.at);
    // A file under another name is found again by its handle.
    if (f.released && !f.gone && f.fd && f.committed >= f.point.sent.at)
      close(f);
  }
  std::vector<origin> finished;
  const auto now = options_.clock->now();
  for (auto it = gone_.begin(); it != gone_.end();) {
    auto& f = files_.at(*it);
    const auto facts
      = f.fd ? facts_of(f.fd->get()) : result<file_facts>{file_facts{}};
    const bool unlinked = f.fd && facts && facts->links == 0
                          && facts->size <= f.point.sent.at.offset;
    const bool over = f.released && f.committed >= f.point.sent.at
                      && ((unlinked && has_successor(lineage_of(f), f))
                          || now - f.gone_since >= absent_for);
    // The start file goes first: with neither a position nor that entry the
    // origin is new, with the entry alone it would count as missed.
    if (!over || !forget_start(*it)) {
      ++it;
      continue;
    }
    ++figures_.files_completed;
    close(f);
    unreadable_.erase(*it);
    lineage_of(f).members.erase(*it);
    if (f.point.sent.at != position{})
      finished.push_back(*it);
    files_.erase(*it);
    it = gone_.erase(it);
  }
  return finished;
}

bool follower::drained() const {
  return due_.empty() && waiting_.empty() && late_.empty()
         && unreadable_.empty();
}

void follower::wait(std::chrono::milliseconds at_most) {
  if (!due_.empty() || !late_.empty())
    return;
  const auto rotating = std::chrono::milliseconds{50};
  auto time
    = std::min(at_most, waiting_.empty() ? options_.poll_interval : rotating);
  if (watch_.polling()) {
    watch_.wait(std::min(time, options_.pace));
    return;
  }
  // A writer of small pieces must not wake us for each of them. When the last
  // look came too early the rest is slept first: one wake-up, not two.
  const auto rest = [&] {
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(
      options_.clock->now() - read_at_);
    return std::min(time, options_.pace - since);
  };
  if (const auto first = rest(); busy_writer_ && first.count() > 0) {
    std::this_thread::sleep_for(first);
    busy_writer_ = watch_.wait(std::chrono::milliseconds{0});
    if (busy_writer_)
      return;
    time -= first;
  }
  watch_.wait(time);
  if (const auto last = rest(); last.count() > 0) {
    busy_writer_ = true;
    std::this_thread::sleep_for(last);
  }
}

} // namespace sluice
