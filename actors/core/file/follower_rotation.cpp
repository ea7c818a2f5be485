// What a follower makes of rotation: siblings that were never seen, copies,
// truncations.
#include "actors/core/base/failpoint.hpp"
#include "actors/core/file/follower.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// True when the two are copies of one file, taken at different times.
bool one_begins_the_other(int a, const opened& b) {
  const auto facts = facts_of(a);
  const auto other = facts_of(b.fd.get());
  if (!facts || !other)
    return false;
  return same_beginning(a, b.fd.get(), std::min(facts->size, other->size));
}

} // namespace

std::int64_t follower::floor_of(const lineage& l) const {
  std::int64_t floor = 0;
  for (const auto& o : l.members) {
    const auto& f = files_.at(o);
    floor = std::max(
      {floor, f.point.sent.proof.mtime_ns, f.skip_to.proof.mtime_ns});
  }
  return floor != 0 ? floor : start_.listed_ns;
}

std::vector<sibling> follower::unknown_siblings(const lineage& l,
                                                const listing& entries) {
  std::vector<sibling> out;
  for (const auto& e : entries) {
    if (!rotated_of(e.name, l.file_name) || files_.contains(e.id))
      continue;
    struct stat s {};
    if (::fstatat(directories_[l.directory].fd.get(), e.name.c_str(), &s,
                  AT_SYMLINK_NOFOLLOW)
          == 0
        && S_ISREG(s.st_mode))
      out.push_back({e.id, e.name, static_cast<std::uint64_t>(s.st_size),
                     s.st_mtim.tv_sec * 1'000'000'000LL + s.st_mtim.tv_nsec});
  }
  std::sort(out.begin(), out.end(), older);
  return out;
}

bool follower::is_copy_of_member(lineage& l, const sibling& s) {
  const auto file = open_beneath(directories_[l.directory].fd.get(), s.name);
  if (!file.fd)
    return false;
  for (const auto& o : l.members) {
    auto& f = files_.at(o);
    // It is younger than what we saw last: a copy has all of that.
    if (s.size < f.point.next().offset)
      continue;
    if (open(f)) {
      const auto same = is_copy(file.fd.get(), f.fd->get());
      if (same && *same)
        return true;
    } else if (f.point.sent.at.offset > 0) {
      const auto same = matches(file.fd.get(), f.point.sent);
      if (same && *same)
        return true;
    }
  }
  return false;
}

bool follower::is_copy_of_another(const lineage& l, const sibling& s,
                                  const std::vector<sibling>& all) const {
  const int directory = directories_[l.directory].fd.get();
  const auto mine = open_beneath(directory, s.name);
  if (!mine.fd)
    return false;
  for (const auto& other : all) {
    if (other.id == s.id)
      continue;
    const auto file = open_beneath(directory, other.name);
    if (!file.fd)
      continue;
    const auto same = is_copy(mine.fd.get(), file.fd.get());
    const auto back = is_copy(file.fd.get(), mine.fd.get());
    // Of two equal ones, one is read.
    if (same && *same && !(back && *back && s.id < other.id))
      return true;
  }
  return false;
}

void follower::look_for_siblings(lineage& l, const listing& entries) {
  if (!options_.rotated)
    return;
  // While the file at the path is the one we read, a sibling is a copy or
  // older than we are; only before its first byte it may be what was here.
  auto here = std::find_if(l.steps.begin(), l.steps.end(), [](const step& s) {
    return s.what == step::kind::follow;
  });
  if (here != l.steps.end() && files_.at(here->file).point.next().offset != 0)
    return;
  auto found = unknown_siblings(l, entries);
  if (found.empty())
    return;
  const auto floor = floor_of(l);
  const bool rotated = here == l.steps.end();
  std::erase_if(found, [&](const sibling& s) {
    return s.mtime_ns <= floor || s.size == 0
           || (!rotated && is_copy_of_member(l, s));
  });
  std::vector<step> next;
  for (auto& s : found) {
    const bool copy
      = is_copy_of_member(l, s) || is_copy_of_another(l, s, found);
    step one{copy ? step::kind::settle : step::kind::drain,
             copy ? origin{} : s.id};
    if (copy)
      one.copies.push_back(s);
    next.push_back(std::move(one));
  }
  for (const auto& s : next)
    if (s.what == step::kind::drain)
      add_file(l, s.file,
               std::find_if(found.begin(), found.end(), [&](const auto& x) {
                 return x.id == s.file;
               })->name);
  if (next.empty())
    return;
  here = std::find_if(l.steps.begin(), l.steps.end(), [](const step& x) {
    return x.what == step::kind::follow;
  });
  l.steps.insert(here, next.begin(), next.end());
  make_due(l);
}

void follower::on_truncated(lineage& l, followed& f) {
  ++figures_.truncations;
  static_cast<void>(SLUICE_FAILPOINT("src.truncate.detected"));
  log::info(options_.source, path_at(f.directory, f.name)
                               + " was truncated; it is read from its start");
  step end{step::kind::end_generation, f.point.from};
  std::vector<sibling> between;
  listing entries;
  const bool here = options_.rotated && at_its_path(l, f);
  if (here && list(l.directory, entries)) {
    const auto floor = f.point.sent.proof.mtime_ns;
    std::uint64_t longest = 0;
    shared_fd first;
    for (auto& s : unknown_siblings(l, entries)) {
      if (s.mtime_ns < floor || s.size == 0)
        continue;
      auto file = open_beneath(directories_[l.directory].fd.get(), s.name);
      if (!file.fd)
        continue;
      const auto same = matches(file.fd.get(), f.point.sent);
      // Two generations may begin alike: the older is ours, and the other
      // only if it is a copy of that.
      const bool alike = !first || one_begins_the_other(first->get(), file);
      if (same && *same && alike) {
        auto fd = std::make_shared<const unique_fd>(std::move(file.fd));
        first = first ? first : fd;
        if (s.size > longest)
          end.copy = fd;
        longest = std::max(longest, s.size);
        end.copies.push_back(std::move(s));
      } else if (s.mtime_ns > floor) {
        between.push_back(std::move(s));
      }
    }
  }
  // In front of the file's own step: its end, then what came between.
  std::vector<sibling> own;
  for (const auto& s : between)
    (is_copy_of_another(l, s, between) ? end.copies : own).push_back(s);
  auto at = std::next(l.steps.insert(l.steps.begin(), std::move(end)));
  for (const auto& s : own) {
    add_file(l, s.id, s.name);
    at = std::next(l.steps.insert(at, step{step::kind::drain, s.id}));
  }
}

} // namespace sluice
