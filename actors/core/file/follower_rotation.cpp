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

/// True when the two are copies of one file, taken at different times. What
/// is shorter than a witness may begin any generation.
bool one_begins_the_other(int a, const opened& b) {
  const auto facts = facts_of(a);
  const auto other = facts_of(b.fd.get());
  if (!facts || !other)
    return false;
  const auto common = std::min(facts->size, other->size);
  return (common >= witness_length_max || facts->size == other->size)
         && same_beginning(a, b.fd.get(), common);
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
  // Of ten thousand names those alone that go on from the path's. The only
  // file of a group may have siblings of any name.
  const bool only = is_literal(l);
  auto at = only ? entries.begin()
                 : std::lower_bound(
                   entries.begin(), entries.end(), l.file_name,
                   [](const auto& e, const auto& n) { return e.name < n; });
  for (; at != entries.end(); ++at) {
    const auto& e = *at;
    if (!only && !e.name.starts_with(l.file_name))
      break;
    const auto claimed = [&](const step& s) {
      return std::any_of(s.copies.begin(), s.copies.end(),
                         [&](const sibling& c) { return c.id == e.id; });
    };
    if (!e.rotated || !is_rotated_of(l, e.name) || files_.contains(e.id)
        || std::any_of(l.steps.begin(), l.steps.end(), claimed))
      continue;
    struct stat s {};
    if (::fstatat(directories_[l.directory].fd.get(), e.name.c_str(), &s,
                  AT_SYMLINK_NOFOLLOW)
          == 0
        && S_ISREG(s.st_mode))
      out.push_back({e.id,
                     e.name,
                     static_cast<std::uint64_t>(s.st_size),
                     s.st_mtim.tv_sec * 1'000'000'000LL + s.st_mtim.tv_nsec,
                     {}});
  }
  std::sort(out.begin(), out.end(), older);
  return out;
}

const follower::followed*
follower::copied_member(lineage& l, const sibling& s,
                        const std::vector<sibling>& all) {
  const auto file = open_beneath(directories_[l.directory].fd.get(), s.name);
  if (!file.fd)
    return nullptr;
  const auto evidence = evidence_for(l, s, file.fd.get(), all);
  for (const auto& o : l.members) {
    auto& f = files_.at(o);
    // It is younger than what we saw last: a copy has all of that.
    if (evidence != copy_evidence::seen && !is_ending(l, o)
        && s.size < f.point.next().offset)
      continue;
    if (open(f)) {
      const auto same
        = is_copy(file.fd.get(), f.fd->get(),
                  begins_as_read(l, f, file.fd.get()) ? copy_evidence::seen
                  : evidence == copy_evidence::none && at_its_path(l, f)
                    ? copy_evidence::live
                    : evidence);
      if (same && *same)
        return &f;
    } else if (f.point.sent.at.offset > 0) {
      const auto same = matches(file.fd.get(), f.point.sent);
      if (same && *same)
        return &f;
    }
  }
  return nullptr;
}

bool follower::begins_as_read(const lineage& l, const followed& f,
                              int copy) const {
  // Where our position still holds, both begin with what we read.
  if (f.point.next().offset == 0 || !at_its_path(l, f)
      || is_ending(l, f.point.from))
    return false;
  const auto own = facts_of(f.fd->get());
  const auto other = facts_of(copy);
  const auto ours = matches(f.fd->get(), f.point.sent);
  const auto theirs = matches(copy, f.point.sent);
  return ours && *ours && theirs && *theirs && own && other
         && other->born_ns >= own->born_ns;
}

copy_evidence follower::evidence_for(lineage& l, const sibling& s, int fd,
                                     const std::vector<sibling>& all) {
  if (l.copies.contains(s.id))
    return copy_evidence::seen;
  // A path has one file at a time: what was born while another one lived there
  // was never the file at the path.
  const auto mine = facts_of(fd);
  if (!mine || mine->born_ns == 0 || mine->size < witness_length_max)
    return copy_evidence::none;
  const auto lived = [&](const result<file_facts>& f, bool lives) {
    return f && f->born_ns != 0 && f->born_ns < mine->born_ns
           && (lives || f->mtime_ns > mine->born_ns);
  };
  for (const auto& o : l.members)
    if (auto& f = files_.at(o);
        open(f) && lived(facts_of(f.fd->get()), at_its_path(l, f)))
      return copy_evidence::seen;
  for (const auto& other : all) {
    const auto file
      = open_beneath(directories_[l.directory].fd.get(), other.name);
    if (file.fd && lived(facts_of(file.fd.get()), false))
      return copy_evidence::seen;
  }
  return copy_evidence::none;
}

void follower::note_copies(lineage& l, const listing& entries) {
  // As soon as they are seen: later their original may have been truncated.
  const auto all = unknown_siblings(l, entries);
  if (all.empty())
    return;
  const auto floor = floor_of(l);
  for (const auto& s : all)
    if (s.mtime_ns > floor && s.size > 0 && !l.copies.contains(s.id)
        && copied_member(l, s, all) != nullptr)
      l.copies.insert(s.id);
}

bool follower::is_copy_of_another(lineage& l, const sibling& s,
                                  const std::vector<sibling>& among,
                                  const std::vector<sibling>& all) {
  const int directory = directories_[l.directory].fd.get();
  const auto mine = open_beneath(directory, s.name);
  if (!mine.fd)
    return false;
  for (const auto& other : among) {
    if (other.id == s.id)
      continue;
    const auto file = open_beneath(directory, other.name);
    if (!file.fd)
      continue;
    const auto same = is_copy(mine.fd.get(), file.fd.get(),
                              evidence_for(l, s, mine.fd.get(), all));
    const auto back = is_copy(file.fd.get(), mine.fd.get(),
                              evidence_for(l, other, file.fd.get(), all));
    // Of two equal ones, one is read.
    if (same && *same && !(back && *back && s.id < other.id))
      return true;
  }
  return false;
}

std::vector<follower::step>::iterator follower::place_for(lineage& l,
                                                          std::int64_t mtime) {
  // Before the file at the path, and before what is younger and has nothing
  // read of its content.
  return std::find_if(l.steps.begin(), l.steps.end(), [&](const step& x) {
    if (x.what == step::kind::follow)
      return true;
    if (x.what != step::kind::drain)
      return false;
    const auto& f = files_.at(x.file);
    const auto facts
      = f.fd ? facts_of(f.fd->get()) : result<file_facts>{f.facts};
    return (f.point.next().offset == 0 || is_ending(l, x.file)) && facts
           && facts->mtime_ns > mtime;
  });
}

void follower::look_for_siblings(lineage& l, const listing& entries) {
  if (!options_.rotated.any())
    return;
  note_copies(l, entries);
  // While the file at the path is the one we read, a sibling is a copy or
  // older than we are; only before its first byte it may be what was here.
  const auto here
    = std::find_if(l.steps.begin(), l.steps.end(),
                   [](const step& s) { return s.what == step::kind::follow; });
  if (here != l.steps.end() && !is_ending(l, here->file)
      && files_.at(here->file).point.next().offset != 0)
    return;
  if (unknown_siblings(l, entries).empty())
    return;
  // A file that was truncated before it was rotated claims its copies first.
  find_truncated(l);
  auto found = unknown_siblings(l, entries);
  const auto floor = floor_of(l);
  const auto all = found;
  std::erase_if(found, [&](const sibling& s) {
    if (s.mtime_ns <= floor || s.size == 0)
      return true;
    // Of the file at the path nothing was read yet: should it be truncated
    // before that, its copy is all there is.
    const auto* member = copied_member(l, s, all);
    const bool unread = member != nullptr && at_its_path(l, *member);
    l.left_alone = l.left_alone || unread;
    return unread;
  });
  std::vector<step> next;
  for (const auto& s : found) {
    const bool copy = copied_member(l, s, all) != nullptr
                      || is_copy_of_another(l, s, found, all);
    next.emplace_back(copy ? step::kind::settle : step::kind::drain,
                      copy ? origin{} : s.id);
    next.back().copies.push_back(s);
  }
  for (auto& n : next) {
    if (n.what == step::kind::drain) {
      const auto& s = n.copies.front();
      add_file(l, s.id, s.name).quiet_size = s.size;
      n.copies.clear();
    } else {
      std::erase_if(n.copies, [&](sibling& s) { return !prove(l, s); });
    }
  }
  for (std::size_t i = 0; i < next.size(); ++i)
    l.steps.insert(place_for(l, found[i].mtime_ns), std::move(next[i]));
  if (next.empty())
    return;
  hold_waiting(l);
  make_due(l);
}

bool follower::prove(const lineage& l, sibling& s) const {
  // Now, while its name is fresh: it may be another when its turn comes.
  const auto file = open_beneath(directories_[l.directory].fd.get(), s.name);
  const auto id = file.fd ? origin_of(file.fd.get()) : result<origin>{origin{}};
  if (!id || *id != s.id)
    return false;
  const auto proof = witness_at(file.fd.get(), s.size);
  if (proof)
    s.proof = *proof;
  return bool(proof);
}

void follower::on_truncated(lineage& l, followed& f) {
  ++figures_.truncations;
  static_cast<void>(SLUICE_FAILPOINT("src.truncate.detected"));
  log::info(options_.source, path_at(f.directory, f.name)
                               + " was truncated; it is read from its start");
  step end{step::kind::end_generation, f.point.from};
  std::vector<sibling> between;
  const bool beside
    = options_.rotated.any() && f.directory == l.directory
      && (f.gone || f.name == l.file_name || is_rotated_of(l, f.name));
  if (const auto* entries = beside ? names_beside(l.directory, f) : nullptr)
    between = claim_copies(l, f, unknown_siblings(l, *entries), end);
  std::erase_if(end.copies, [&](sibling& s) { return !prove(l, s); });
  // Its end comes before all that is younger, its own step after what came
  // between.
  const auto own
    = std::find_if(l.steps.begin(), l.steps.end(),
                   [&](const step& s) { return s.file == f.point.from; });
  const auto younger = place_for(l, f.point.sent.proof.mtime_ns);
  l.steps.insert(std::min(own, younger), std::move(end));
  for (const auto& s : between) {
    const auto at = place_for(l, s.mtime_ns);
    add_file(l, s.id, s.name).quiet_size = s.size;
    l.steps.insert(at, step{step::kind::drain, s.id});
  }
  hold_waiting(l);
}

std::vector<sibling> follower::claim_copies(lineage& l, followed& f,
                                            std::vector<sibling> found,
                                            step& end) {
  const auto all = found;
  // Looking at the evidence may open files, and close this one for them.
  const auto fd = f.fd;
  const auto now = fd ? facts_of(fd->get()) : result<file_facts>{f.facts};
  const auto floor = f.point.sent.proof.mtime_ns;
  // A truncation shows in the size first: the time that we see may still be
  // that of the last write, before the copy.
  const bool just_emptied = now && now->size == 0 && at_its_path(l, f);
  std::vector<sibling> between;
  std::uint64_t longest = 0;
  shared_fd first;
  for (auto& s : found) {
    // What is younger than the file itself came after all of it.
    if (s.mtime_ns < floor || s.size == 0
        || (now && !just_emptied && s.mtime_ns > now->mtime_ns))
      continue;
    auto file = open_beneath(directories_[l.directory].fd.get(), s.name);
    if (!file.fd)
      continue;
    const auto same = matches(file.fd.get(), f.point.sent);
    // Two generations may begin alike: the older is ours, and the other only
    // if it is a copy of that.
    const bool alike = !first || one_begins_the_other(first->get(), file);
    const auto of_this = fd ? is_copy(file.fd.get(), fd->get(),
                                      evidence_for(l, s, file.fd.get(), all))
                            : result<bool>{false};
    if (same && *same && alike) {
      auto held = std::make_shared<const unique_fd>(std::move(file.fd));
      first = first ? first : held;
      if (s.size > longest)
        end.copy = held;
      longest = std::max(longest, s.size);
      end.copies.push_back(std::move(s));
    } else if (of_this && *of_this) {
      // Left alone while nothing of it was read, as when siblings are met.
      if (at_its_path(l, f))
        l.left_alone = true;
      else
        end.copies.push_back(std::move(s));
    } else if (s.mtime_ns > floor) {
      between.push_back(std::move(s));
    }
  }
  std::vector<sibling> own;
  for (const auto& s : between) {
    // After a restart of the actor its original may be a member by now.
    const auto* member = copied_member(l, s, all);
    if (member != nullptr && member != &f && at_its_path(l, *member)) {
      l.left_alone = true;
      continue;
    }
    const bool copy = (member != nullptr && member != &f)
                      || is_copy_of_another(l, s, between, all);
    (copy ? end.copies : own).push_back(s);
  }
  return own;
}

bool follower::is_ending(const lineage& l, const origin& o) {
  return std::any_of(l.steps.begin(), l.steps.end(), [&](const step& s) {
    return s.what == step::kind::end_generation && s.file == o;
  });
}

bool follower::is_first(lineage& l, const followed& f) {
  // Before its first byte: it may have been truncated since a copy was left
  // alone, and then the copy is what was here.
  if (!l.left_alone || f.point.next().offset != 0)
    return true;
  l.left_alone = false;
  if (const auto* entries = names_beside(l.directory, f))
    look_for_siblings(l, *entries);
  return l.steps.front().file == f.point.from;
}

void follower::find_truncated(lineage& l) {
  std::vector<origin> files;
  for (const auto& s : l.steps)
    if (s.what == step::kind::drain || s.what == step::kind::follow)
      files.push_back(s.file);
  for (const auto& o : files) {
    auto& f = files_.at(o);
    if (is_ending(l, o) || f.point.next().offset == 0 || !open(f))
      continue;
    if (const auto same = matches(f.fd->get(), f.point.sent); same && !*same)
      on_truncated(l, f);
  }
}

} // namespace sluice
