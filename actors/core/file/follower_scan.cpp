// A follower's names: what appears, what was renamed, what was rotated.
#include "actors/core/base/failpoint.hpp"
#include "actors/core/file/follower.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// A directory's mtime moves in ticks; a listing this young may miss what came
/// in the same tick.
constexpr std::int64_t tick_ns = 20'000'000;

} // namespace

std::string follower::path_at(std::size_t directory,
                              const std::string& name) const {
  return directories_[directory].path + "/" + name;
}

bool follower::at_its_path(const lineage& l, const followed& f) const {
  return !f.gone && f.directory == l.directory && f.name == l.file_name;
}

bool follower::has_step(const lineage& l, const origin& o) {
  return std::any_of(l.steps.begin(), l.steps.end(),
                     [&](const step& s) { return s.file == o; });
}

follower::lineage& follower::lineage_at(std::size_t directory,
                                        const std::string& name) {
  const auto path = path_at(directory, name);
  auto& l = lineages_[options_.source + ":" + path];
  if (l.name.empty()) {
    l.name = options_.source + ":" + path;
    l.directory = directory;
    l.file_name = name;
  }
  return l;
}

follower::lineage& follower::lineage_of(const followed& f) {
  if (f.of != nullptr)
    return *f.of;
  const auto& key = f.point.sent.proof.lineage;
  auto& l = lineages_[key];
  if (l.name.empty()) {
    l.name = key;
    l.directory = f.directory;
    // The path is the part after the source's name, which may have colons.
    const auto slash = key.rfind('/');
    l.file_name = slash == std::string::npos ? key : key.substr(slash + 1);
  }
  return l;
}

const follow_group* follower::group_of(std::size_t directory,
                                       std::string_view name) const {
  for (const auto& g : options_.groups) {
    if (g.directory != directories_[directory].path)
      continue;
    const bool wanted
      = g.name.empty() ? g.matches && g.matches(name) : g.name == name;
    if (wanted && !(g.exclude && g.exclude(name)))
      return &g;
  }
  return nullptr;
}

bool follower::is_rotated_name(std::size_t directory,
                               std::string_view name) const {
  if (!options_.rotated.possible(name))
    return false;
  for (const auto& g : options_.groups) {
    if (g.directory != directories_[directory].path)
      continue;
    if (!g.name.empty() && options_.rotated.of(name, g.name, true))
      return is_known_path(directory, g.name);
  }
  for (std::size_t length = 1; length < name.size(); ++length) {
    const std::string stem{name.substr(0, length)};
    if (options_.rotated.of(name, stem, false)
        && group_of(directory, stem) != nullptr
        && is_known_path(directory, stem))
      return true;
  }
  return false;
}

bool follower::is_known_path(std::size_t directory,
                             const std::string& name) const {
  struct stat s {};
  return lineages_.contains(options_.source + ":" + path_at(directory, name))
         || ::fstatat(directories_[directory].fd.get(), name.c_str(), &s,
                      AT_SYMLINK_NOFOLLOW)
              == 0;
}

bool follower::is_rotated_of(const lineage& l, std::string_view name) const {
  return options_.rotated.of(name, l.file_name, is_literal(l));
}

bool follower::is_literal(const lineage& l) const {
  return std::any_of(options_.groups.begin(), options_.groups.end(),
                     [&](const auto& g) {
                       return g.name == l.file_name
                              && g.directory == directories_[l.directory].path;
                     });
}

bool follower::open_if_needed(watched_directory& d) {
  if (d.fd && still_there(d.fd.get(), d.path))
    return true;
  auto fd = open_directory(d.path);
  if (!fd) {
    d.complaints.write(log::level::warning, options_.source,
                       fd.error().text + "; waiting for it");
    d.fd.reset();
    return false;
  }
  d.fd = std::move(*fd);
  d.listed_mtime = d.names_mtime = -1;
  d.names_settled = false;
  d.look_again = true;
  watch_.add(d.path);
  return true;
}

bool follower::list(std::size_t directory) {
  auto& d = directories_[directory];
  listing out;
  if (!d.fd)
    return false;
  const auto facts = facts_of(d.fd.get());
  const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count();
  const auto ok
    = list_directory(d.fd.get(), [&](std::string_view name, entry_kind kind) {
        if (kind == entry_kind::other) {
          if (group_of(directory, name) != nullptr)
            d.complaints.write(log::level::warning, options_.source,
                               "left alone, not a regular file: "
                                 + path_at(directory, std::string{name}));
          return;
        }
        std::string own{name};
        const bool rotated = options_.rotated.possible(name);
        if (auto id = origin_at(d.fd.get(), own))
          out.push_back({std::move(own), std::move(*id), rotated});
      });
  if (!ok) {
    d.complaints.write(log::level::warning, options_.source, ok.error().text);
    return false;
  }
  // By name, so that what comes of a listing does not hang on its order.
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  d.names = std::move(out);
  d.names_mtime = facts ? facts->mtime_ns : -1;
  d.names_settled = facts && wall - facts->mtime_ns >= tick_ns;
  return true;
}

const follower::listing* follower::names_beside(std::size_t directory,
                                                const followed& f) {
  // When ten thousand files are rotated, one listing does for many. It has
  // each copy that was made before the change of `f`; the file system's clock
  // decides.
  auto& d = directories_[directory];
  const auto own = f.fd ? facts_of(f.fd->get()) : failure{errc::io, ""};
  const auto now = d.fd ? facts_of(d.fd.get()) : failure{errc::io, ""};
  const bool younger = own && own->ctime_ns + tick_ns < d.names_mtime;
  const bool unchanged
    = now && d.names_settled && now->mtime_ns == d.names_mtime;
  return younger || unchanged || list(directory) ? &d.names : nullptr;
}

void follower::scan(std::size_t directory) {
  if (!list(directory))
    return;
  // Listings on the way are for what they look for alone.
  auto& d = directories_[directory];
  const auto entries = d.names;
  d.listed_mtime = d.names_mtime;
  d.look_again = !d.names_settled;
  place_known(directory, entries);
  meet_all(directory, entries);
}

void follower::forget_path(const followed& f) {
  const auto at = by_path_.find(path_at(f.directory, f.name));
  if (at != by_path_.end() && at->second == f.point.from)
    by_path_.erase(at);
}

void follower::lose(followed& f) {
  forget_path(f);
  f.name.clear();
  f.retry_at = {};
  unreadable_.erase(f.point.from);
  f.live = false;
  f.gone = true;
  f.gone_since = options_.clock->now();
  gone_.insert(f.point.from);
}

void follower::place_known(std::size_t directory, const listing& entries) {
  std::unordered_map<origin, const std::string*> seen;
  for (const auto& e : entries) {
    const auto found = files_.find(e.id);
    if (found == files_.end())
      continue;
    // Of two names of one file, the one it has already.
    const auto [at, fresh] = seen.try_emplace(e.id, &e.name);
    if (!fresh && found->second.name == e.name)
      at->second = &e.name;
  }
  for (auto& [o, f] : files_)
    if (f.directory == directory && !f.gone && !seen.contains(o))
      lose(f);
  for (const auto& [o, name] : seen) {
    auto& f = files_.at(o);
    if (f.gone || f.name != *name || f.directory != directory) {
      // Still as quiet as before: new numbers that come faster than the wait
      // is long would hold it up for ever.
      if (!f.gone)
        forget_path(f);
      f.gone = false;
      gone_.erase(o);
      f.directory = directory;
      f.name = *name;
      f.retry_at = {};
      f.point.sent.proof.path = path_at(directory, *name);
    }
    by_path_[path_at(directory, *name)] = o;
    const auto* group = group_of(directory, *name);
    f.live = group != nullptr && !is_rotated_name(directory, *name);
    struct stat s {};
    if (::fstatat(directories_[directory].fd.get(), name->c_str(), &s,
                  AT_SYMLINK_NOFOLLOW)
        != 0)
      continue;
    const auto size = static_cast<std::uint64_t>(s.st_size);
    const auto mtime = s.st_mtim.tv_sec * 1'000'000'000LL + s.st_mtim.tv_nsec;
    if (!f.fd && (f.facts.size != size || f.facts.mtime_ns != mtime)) {
      f.facts.size = size;
      f.facts.mtime_ns = mtime;
      f.idle = false;
    }
    if (f.released && size > f.point.next().offset)
      late_.push_back(o);
  }
}

void follower::retire(lineage& l) {
  for (auto& s : l.steps) {
    if (s.what != step::kind::follow)
      continue;
    auto& f = files_.at(s.file);
    // A file of its own, until the path that it was rotated from was seen.
    if (at_its_path(l, f) && !is_rotated_name(l.directory, l.file_name))
      continue;
    s.what = step::kind::drain;
    f.quiet_since = options_.clock->now();
    if (f.fd)
      if (const auto facts = facts_of(f.fd->get()))
        f.quiet_size = facts->size;
    f.idle = false;
    ++figures_.rotations;
    static_cast<void>(SLUICE_FAILPOINT("src.rotate.detected"));
    log::info(options_.source,
              path_at(l.directory, l.file_name) + " was rotated");
    make_due(l);
  }
}

void follower::meet_all(std::size_t directory, const listing& entries) {
  for (auto& [key, l] : lineages_)
    if (l.directory == directory)
      retire(l);
  for (const auto& e : entries)
    meet(directory, e, entries);
  // Rotated away and not created again yet: what came between may be there.
  for (auto& [key, l] : lineages_)
    if (l.directory == directory && !l.members.empty())
      look_for_siblings(l, entries);
}

void follower::meet(std::size_t directory, const listing_entry& entry,
                    const listing& entries) {
  const auto known = files_.find(entry.id);
  if (known != files_.end()) {
    // A file that came back to its path is followed again.
    auto& l = lineage_of(known->second);
    if (at_its_path(l, known->second) && !has_step(l, entry.id)) {
      known->second.released = false;
      l.steps.push_back(step{step::kind::follow, entry.id});
      make_due(l);
    }
    return;
  }
  if (group_of(directory, entry.name) == nullptr
      || is_rotated_name(directory, entry.name))
    return;
  auto& l = lineage_at(directory, entry.name);
  add_file(l, entry.id, entry.name).live = true;
  look_for_siblings(l, entries);
  l.steps.push_back(step{step::kind::follow, entry.id});
  hold_waiting(l);
  make_due(l);
}

void follower::hold_waiting(lineage& l) {
  // What must wait for an older file may be deleted before its turn.
  if (l.steps.size() < 2)
    return;
  for (const auto& s : l.steps)
    if (const auto f = files_.find(s.file); f != files_.end())
      static_cast<void>(open(f->second));
}

follower::followed& follower::add_file(lineage& l, const origin& o,
                                       const std::string& name) {
  auto& f = files_[o];
  f.point.from = o;
  f.of = &l;
  f.point.sent.proof.lineage = l.name;
  f.point.sent.proof.path = path_at(l.directory, name);
  f.directory = l.directory;
  f.name = name;
  f.quiet_since = options_.clock->now();
  l.members.insert(o);
  by_path_[path_at(l.directory, name)] = o;
  return f;
}

reader_figures follower::figures() const {
  auto out = figures_;
  out.files_open = open_count_;
  out.files_unreadable = unreadable_.size();
  for (const auto& [o, f] : files_) {
    const auto size = std::max(f.observed, f.facts.size);
    const auto done = f.committed.generation == f.point.next().generation
                        ? f.committed.offset
                        : 0;
    out.lag_bytes += size > done && !f.released ? size - done : 0;
  }
  return out;
}

} // namespace sluice
