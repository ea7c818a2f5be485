// A follower's bytes: whose turn it is, reading on, draining what was rotated.
#include "actors/core/file/follower.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// How many files share a batch at most before one gets less than this part.
constexpr std::size_t fair_share = 16;
constexpr std::size_t fair_bytes_min = 16 * 1024;

} // namespace

header_set_ptr follower::headers_of(followed& f) {
  if (f.headers)
    return f.headers;
  header_set own;
  if (const auto* group = group_of(f.directory, f.name))
    own = group->headers;
  if (!options_.file_header.empty())
    own[options_.file_header] = f.point.sent.proof.path;
  f.headers = std::make_shared<const header_set>(std::move(own));
  return f.headers;
}

follower::progress_made follower::read_some(followed& f, batch_filler& into,
                                            std::size_t bytes_max,
                                            file_end end) {
  const auto now = options_.clock->now();
  if (now < f.retry_at)
    return progress_made::failed;
  // With fewer descriptors than files, a look must not open all of them.
  if (!f.fd && f.idle && end == file_end::open && is_unchanged(f))
    return progress_made::nothing;
  if (!open(f))
    return f.gone ? progress_made::nothing : progress_made::failed;
  if (f.skip_to.at.offset > 0 && f.point.next() == position{}) {
    const auto skip = std::exchange(f.skip_to, {});
    into.add_empty(f.point, skip.at.offset, run_kind::skipped, skip.proof,
                   headers_of(f));
    return progress_made::taken;
  }
  const auto facts = facts_of(f.fd->get());
  const bool same = facts && facts->size == f.facts.size
                    && facts->mtime_ns == f.facts.mtime_ns;
  if (same && f.idle && end == file_end::open)
    return progress_made::nothing;
  const auto next = f.point.next();
  result<filled> got = filled::nothing;
  if (!facts) {
    got = facts.error();
  } else if (facts->size == next.offset) {
    // Nothing new, unless all of it is: rewritten to the same length.
    if (!(same && f.idle) && next.offset > 0) {
      const auto unchanged = matches(f.fd->get(), f.point.sent);
      if (!unchanged)
        got = unchanged.error();
      else if (!*unchanged)
        got = filled::changed;
    }
  } else if (into.used() >= bytes_max) {
    return progress_made::full;
  } else {
    // Whatever was there before, of this content nothing is missed yet.
    if (next.offset == 0)
      f.observed = 0;
    got = into.fill(f.fd->get(), f.point,
                    {*facts, bytes_max - into.used(), end, headers_of(f)});
  }
  if (!got) {
    postpone(f, got.error().text);
    // A stale descriptor heals only by opening again.
    if (f.live && !f.gone)
      close(f);
    return progress_made::failed;
  }
  if (f.retry_delay.count() > 0) {
    f.retry_delay = {};
    unreadable_.erase(f.point.from);
  }
  if (*got == filled::full)
    return progress_made::full;
  if (*got == filled::changed)
    return progress_made::truncated;
  if (facts->size > f.quiet_size) {
    f.quiet_since = now;
    f.quiet_size = facts->size;
  }
  f.facts = *facts;
  f.observed = std::max(f.observed, facts->size);
  f.idle = *got == filled::nothing;
  return *got == filled::taken ? progress_made::taken : progress_made::nothing;
}

void follower::release(lineage& l, followed& f) {
  f.released = true;
  l.steps.erase(l.steps.begin());
  waiting_.erase(&l);
}

follower::progress_made follower::from_copy(followed& f, const step& s,
                                            batch_filler& into,
                                            std::size_t bytes_max) {
  if (!s.copy)
    return progress_made::nothing;
  if (into.used() >= bytes_max)
    return progress_made::full;
  const auto facts = facts_of(s.copy->get());
  if (!facts)
    return progress_made::nothing;
  const auto got = into.fill(
    s.copy->get(), f.point,
    {*facts, bytes_max - into.used(), file_end::finished, headers_of(f)});
  if (!got) {
    complaints_.write(log::level::warning, options_.source,
                      "cannot read a copy of " + path_at(f.directory, f.name)
                        + ": " + got.error().text);
    return progress_made::failed;
  }
  return *got == filled::taken  ? progress_made::taken
         : *got == filled::full ? progress_made::full
                                : progress_made::nothing;
}

void follower::add_missed(followed& f, batch_filler& into) {
  const auto at = f.point.next();
  if (f.point.new_generation)
    return;
  auto to = std::max(f.observed, f.point.sent.proof.size);
  if (f.furthest.at.generation == at.generation)
    to = std::max(to, f.furthest.at.offset);
  if (to <= at.offset)
    return;
  figures_.missed_bytes += to - at.offset;
  log::error(options_.source, f.point.sent.proof.path + ": "
                                + std::to_string(to - at.offset)
                                + " bytes were gone before they could be read");
  // A proof that no content has: nothing may be taken for what went on here.
  witness none;
  none.tail_length = static_cast<std::uint16_t>(
    std::min<std::uint64_t>(to, witness_length_max));
  none.tail_crc = 0x6f6e'6521;
  none.size = to;
  none.mtime_ns = f.point.sent.proof.mtime_ns;
  into.add_empty(f.point, to, run_kind::missed, std::move(none), headers_of(f));
}

void follower::settle_copy(lineage& l, const sibling& s, batch_filler& into) {
  if (files_.contains(s.id))
    return;
  log::info(options_.source, path_at(l.directory, s.name)
                               + " is a copy of what was read already");
  auto& f = add_file(l, s.id, s.name);
  f.released = true;
  f.facts.size = s.size;
  into.add_empty(f.point, s.size, run_kind::data, s.proof, headers_of(f));
}

void follower::skip_generations(followed& f, batch_filler& into) {
  // Another route is generations ahead: what it has must keep its number.
  const auto& ahead = f.furthest;
  if (ahead.at.generation <= f.point.sent.at.generation)
    return;
  auto target = ahead.at.generation + 1;
  if (f.fd) {
    const auto same = matches(f.fd->get(), ahead);
    if (same && *same)
      target = ahead.at.generation;
  }
  while (f.point.sent.at.generation + 1 < target) {
    f.point.new_generation = true;
    into.add_empty(f.point, 0, run_kind::missed, {}, headers_of(f));
  }
}

follower::progress_made follower::end_generation(lineage& l, followed& f,
                                                 batch_filler& into,
                                                 std::size_t bytes_max) {
  const auto& s = l.steps.front();
  if (const auto made = from_copy(f, s, into, bytes_max);
      made != progress_made::nothing)
    return made;
  add_missed(f, into);
  for (const auto& c : s.copies)
    settle_copy(l, c, into);
  skip_generations(f, into);
  f.point.new_generation = true;
  f.observed = 0;
  f.facts = {};
  f.idle = false;
  return progress_made::nothing;
}

follower::progress_made follower::drain(lineage& l, followed& f,
                                        batch_filler& into,
                                        std::size_t bytes_max) {
  if (f.fd || !f.gone) {
    auto made = read_some(f, into, bytes_max, file_end::open);
    if (made != progress_made::nothing)
      return made;
    if (options_.clock->now() - f.quiet_since < options_.rotate_wait) {
      waiting_.insert(&l);
      return progress_made::nothing;
    }
    // Under another name that is followed it may still get its newline.
    if (!f.live) {
      made = read_some(f, into, bytes_max, file_end::finished);
      if (made != progress_made::nothing)
        return made;
    }
  } else {
    // A directory that is away may come back with everything in it.
    if (!directories_[f.directory].fd)
      return progress_made::nothing;
    add_missed(f, into);
  }
  release(l, f);
  return progress_made::nothing;
}

follower::progress_made follower::serve(lineage& l, batch_filler& into,
                                        std::size_t bytes_max) {
  while (!l.steps.empty()) {
    auto& s = l.steps.front();
    if (s.what == step::kind::settle) {
      for (const auto& c : s.copies)
        settle_copy(l, c, into);
      l.steps.erase(l.steps.begin());
      continue;
    }
    auto& f = files_.at(s.file);
    auto made = progress_made::nothing;
    if (s.what == step::kind::end_generation) {
      made = end_generation(l, f, into, bytes_max);
      if (made == progress_made::nothing) {
        l.steps.erase(l.steps.begin());
        continue;
      }
    } else if (s.what == step::kind::drain) {
      made = drain(l, f, into, bytes_max);
      if (made == progress_made::nothing && f.released)
        continue;
    } else {
      if (!is_first(l, f))
        continue;
      made = read_some(f, into, bytes_max, file_end::open);
    }
    if (made != progress_made::truncated)
      return made;
    on_truncated(l, f);
  }
  return progress_made::nothing;
}

std::size_t follower::capacity_for(std::size_t bytes_max,
                                   std::size_t events_max) {
  const auto by_events = static_cast<std::size_t>(
    line_length_ * static_cast<double>(std::min(events_max, batch_events_max))
    * 1.1);
  const auto limit = std::min({bytes_max, batch_bytes_max, by_events});
  std::size_t waiting = 0;
  for (const auto* l : due_) {
    if (waiting >= limit)
      break;
    if (l->steps.empty() || l->steps.front().file == origin{})
      continue;
    const auto& s = l->steps.front();
    const auto& f = files_.at(s.file);
    const int fd = s.copy ? s.copy->get() : f.fd ? f.fd->get() : -1;
    auto size = f.facts.size;
    if (fd >= 0)
      if (const auto facts = facts_of(fd))
        size = facts->size;
    const auto done = s.copy ? f.point.sent.at.offset : f.point.next().offset;
    waiting += (size > done ? size - done : 0) + witness_length_max;
  }
  return slab_capacity_for(std::min(limit, waiting));
}

void follower::learn_line_length(const batch& b) {
  std::uint64_t bytes = 0;
  for (const auto& r : b.runs)
    bytes += r.count > 0 ? r.to - r.from : 0;
  if (!b.events.empty())
    line_length_
      = static_cast<double>(bytes) / static_cast<double>(b.events.size());
}

result<batch_ptr> follower::read(std::size_t bytes_max,
                                 std::size_t events_max) {
  read_at_ = options_.clock->now();
  look();
  if (due_.empty() && late_.empty())
    return batch_ptr{};
  batch_filler into{*pool_, capacity_for(bytes_max, events_max), events_max,
                    options_.framing, scratch_};
  bytes_max = std::min(bytes_max, batch_bytes_max);
  while (!late_.empty()) {
    const auto found = files_.find(late_.front());
    if (found != files_.end() && found->second.released
        && read_some(found->second, into, bytes_max, file_end::open)
             == progress_made::full)
      break;
    late_.pop_front();
  }
  const auto share = std::max(bytes_max / std::min(fair_share, due_.size() + 1),
                              std::min(fair_bytes_min, bytes_max));
  while (!due_.empty() && late_.empty()) {
    auto& l = *due_.front();
    const auto made = serve(l, into, std::min(bytes_max, into.used() + share));
    if (made == progress_made::full && into.used() + 1 >= bytes_max)
      break;
    due_.pop_front();
    l.due = false;
    if (made == progress_made::taken || made == progress_made::full)
      make_due(l);
    if (made == progress_made::full)
      break;
  }
  figures_.bytes_read += into.bytes_read();
  auto out = into.finish();
  if (out)
    learn_line_length(*out);
  return batch_ptr{std::move(out)};
}

} // namespace sluice
