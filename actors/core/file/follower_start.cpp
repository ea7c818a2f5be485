// Where a follower starts: the first start, and what later ones know.
#include "actors/core/file/follower.hpp"
#include "actors/core/file/resume_from.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice {

namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

} // namespace

result<void> follower::first_look() {
  if (looked_)
    return {};
  auto found = read_start_file(options_.start_path);
  if (!found) {
    auto why = found.error();
    if (why.kind == errc::state_corrupt)
      why.text
        += " && " + options_.positions_command + " add " + options_.route;
    return why;
  }
  if (*found)
    start_ = std::move(**found);
  else if (auto fixed = first_start(); !fixed)
    return fixed;
  looked_ = true;
  return {};
}

result<void> follower::first_start() {
  start_ = {};
  start_.source = options_.source;
  start_.listed_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       options_.clock->wall().time_since_epoch())
                       .count();
  std::vector<imported_position> imported;
  if (options_.import) {
    auto theirs = options_.import();
    if (!theirs)
      return theirs.error();
    imported = std::move(*theirs);
  }
  for (std::size_t i = 0; i < directories_.size(); ++i) {
    static_cast<void>(open_if_needed(directories_[i]));
    if (!list(i))
      continue;
    for (const auto& e : directories_[i].names)
      if (const auto ok = fix_start(i, e, imported); !ok)
        return ok;
  }
  return write_start_file(options_.start_path, start_);
}

result<void> follower::heard(const resume_points& routes) {
  const auto listed = [&](const route_id& route) {
    return std::find(start_.routes.begin(), start_.routes.end(), route.value())
           != start_.routes.end();
  };
  if (!start_.routes.empty()) {
    for (const auto& [route, points] : routes)
      if (!listed(route))
        return failure{
          errc::state_lost,
          "source " + options_.source + ": route " + route.value()
            + " is not in " + options_.start_path
            + "; if it is new, to begin where the source's first start did: "
            + options_.positions_command + " add " + route.value()
            + "; if it was renamed: " + options_.positions_command
            + " rename OLD " + route.value()};
    return {};
  }
  // Nobody has ever heard where the routes stand from this start file: at the
  // first start they stand nowhere.
  auto now = start_;
  for (const auto& [route, points] : routes) {
    now.routes.push_back(route.value());
    if (points.empty())
      continue;
    if (!options_.adopt_lost_state)
      return failure{
        errc::state_lost,
        "source " + options_.source + ": " + options_.start_path
          + " is missing although positions are committed (a new or lost "
            "state directory); nothing is read. Restore it, or, so that "
            "committed positions hold and files without one are read from "
            "their beginning: "
          + options_.positions_command + " add " + route.value()};
    now.origins.clear();
  }
  if (auto written = write_start_file(options_.start_path, now); !written)
    return written;
  start_ = std::move(now);
  return {};
}

result<void>
follower::fix_start(std::size_t directory, const listing_entry& entry,
                    const std::vector<imported_position>& imported) {
  const auto* group = group_of(directory, entry.name);
  const bool rotated = is_rotated_name(directory, entry.name);
  // Rotated files are not looked up at the first start, but for those that
  // another program has begun to read.
  if ((group == nullptr || rotated) && imported.empty())
    return {};
  const auto file = open_beneath(directories_[directory].fd.get(), entry.name);
  if (file.why != refusal::none)
    return {};
  const auto facts = facts_of(file.fd.get());
  if (!facts)
    return facts.error();
  auto path = path_at(directory, entry.name);
  std::optional<std::uint64_t> at;
  if (group != nullptr && !rotated) {
    at = imported_offset(path, *facts, imported);
    if (!at) {
      const auto chosen
        = start_offset(file.fd.get(), facts->size, group->start);
      if (!chosen)
        return chosen.error();
      at = *chosen;
    }
  } else {
    for (const auto& theirs : imported) {
      const auto slash = theirs.path.rfind('/');
      const auto stem = theirs.path.substr(slash + 1);
      if (theirs.inode != facts->inode || theirs.offset > facts->size
          || theirs.path != path_at(directory, stem)
          || group_of(directory, stem) == nullptr
          || !options_.rotated.of(entry.name, stem, false))
        continue;
      path = theirs.path;
      at = theirs.offset;
    }
    if (!at)
      return {};
  }
  auto proof = witness_at(file.fd.get(), *at);
  if (!proof)
    return proof.error();
  proof->path = path;
  proof->lineage = options_.source + ":" + path;
  start_.origins[entry.id] = {{0, *at}, std::move(*proof)};
  return {};
}

std::optional<std::uint64_t> follower::imported_offset(
  const std::string& path, const file_facts& facts,
  const std::vector<imported_position>& imported) const {
  std::optional<std::uint64_t> at;
  for (const auto& theirs : imported) {
    if (theirs.path != path)
      continue;
    // Another file by now, or one that was truncated: all of it is new.
    at = theirs.inode == facts.inode && theirs.offset <= facts.size
           ? theirs.offset
           : 0;
    if (theirs.inode == facts.inode && theirs.offset > facts.size)
      log::warning(options_.source,
                   path + " has " + std::to_string(facts.size)
                     + " bytes, the imported position is "
                     + std::to_string(theirs.offset)
                     + ": it was truncated since, and is read from its start");
  }
  return at;
}

void follower::adopt_known(const resume_points& routes) {
  const auto held = smallest_held(routes);
  const auto committed = smallest_committed(routes);
  const auto kept = kept_->of(options_.source);
  for (const auto& [o, p] : held)
    adopt(o, p, nullptr);
  for (const auto& [o, p] : start_.origins)
    if (!files_.contains(o))
      adopt(o, {position{}, p.proof}, nullptr);
  for (const auto& [o, entry] : kept)
    adopt(o, {}, &entry);
  for (const auto& [o, p] : committed)
    if (const auto f = files_.find(o); f != files_.end())
      f->second.committed = p.at;
  for (const auto& [o, p] : furthest_held(routes))
    if (const auto f = files_.find(o); f != files_.end())
      f->second.furthest = p;
}

void follower::adopt(const origin& o, const stored_position& held,
                     const descriptor_table::entry* kept) {
  auto proof = held.proof;
  const auto start = start_.origins.find(o);
  if (proof.lineage.empty() && start != start_.origins.end()) {
    proof.lineage = start->second.proof.lineage;
    proof.path = start->second.proof.path;
  }
  if (kept != nullptr && proof.lineage.empty()) {
    proof.lineage = kept->lineage;
    proof.path = kept->directory + "/" + kept->name;
  }
  const auto where = directory_of(proof.path);
  const auto d = std::find_if(directories_.begin(), directories_.end(),
                              [&](const auto& x) { return x.path == where; });
  // Of a pattern that is no longer configured: not ours to touch.
  if (d == directories_.end() || proof.lineage.empty())
    return;
  const auto [entry, fresh] = files_.try_emplace(o);
  auto& f = entry->second;
  if (fresh) {
    f.point = {o, {held.at, proof}, false};
    if (held.at == position{}) {
      // Nothing was seen of it that a read could be compared with.
      f.point.sent.proof.tail_length = 0;
      if (start != start_.origins.end())
        f.skip_to = start->second;
    }
    f.observed = proof.size;
    f.directory = static_cast<std::size_t>(d - directories_.begin());
    f.gone = true;
    f.gone_since = options_.clock->now();
    gone_.insert(o);
    f.of = &lineage_of(f);
    f.of->members.insert(o);
  }
  if (kept != nullptr && !f.fd) {
    f.fd = kept->fd;
    ++open_count_;
    opened_.push_back(o);
    if (const auto facts = facts_of(f.fd->get()))
      f.facts = *facts;
  }
}

void follower::order_known() {
  for (auto& [key, l] : lineages_)
    order(l);
}

void follower::order(lineage& l) {
  std::vector<std::pair<sibling, origin>> old;
  const followed* live = nullptr;
  for (const auto& o : l.members) {
    auto& f = files_.at(o);
    if (at_its_path(l, f)) {
      live = &f;
      continue;
    }
    const auto size = f.gone && !f.fd ? f.observed : f.facts.size;
    const bool skipping = f.skip_to.at.offset > 0;
    const auto mtime
      = f.gone && !f.fd ? f.point.sent.proof.mtime_ns : f.facts.mtime_ns;
    // Of the same size but younger: its content may be another.
    if (size == f.point.sent.at.offset && !skipping
        && mtime == f.point.sent.proof.mtime_ns) {
      f.released = true;
      continue;
    }
    f.quiet_since = options_.clock->now();
    f.quiet_size = f.facts.size;
    old.push_back({{o, f.name, size, mtime, {}}, o});
  }
  std::sort(old.begin(), old.end(), [](const auto& a, const auto& b) {
    return older(a.first, b.first);
  });
  for (const auto& [s, o] : old)
    l.steps.push_back(step{step::kind::drain, o});
  if (live != nullptr)
    l.steps.push_back(step{step::kind::follow, live->point.from});
  hold_waiting(l);
  // The end of what was truncated comes before all that is younger.
  if (l.steps.size() > 1)
    find_truncated(l);
  make_due(l);
}

bool follower::forget_start(const origin& o) {
  const auto entry = start_.origins.find(o);
  if (entry == start_.origins.end())
    return true;
  auto rest = start_;
  rest.origins.erase(o);
  if (const auto ok = write_start_file(options_.start_path, rest); !ok) {
    complaints_.write(log::level::warning, options_.source, ok.error().text);
    return false;
  }
  start_ = std::move(rest);
  return true;
}

} // namespace sluice
