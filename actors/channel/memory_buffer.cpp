#include "actors/channel/memory_buffer.hpp"

#include "actors/core/base/failpoint.hpp"

#include <utility>

namespace sluice {

namespace {

std::string spell(const position& p) {
  return "(" + std::to_string(p.generation) + ", " + std::to_string(p.offset)
         + ")";
}

} // namespace

memory_buffer::memory_buffer(options chosen) : options_(chosen) {
  SLUICE_CHECK(options_.sources > 0);
}

void memory_buffer::charge(const entry& e) {
  bytes_ += e.cost;
  events_ += e.content->events.size();
  auto& mine = shares_[e.source];
  mine.bytes += e.cost;
  mine.events += e.content->events.size();
}

void memory_buffer::release(const entry& e) {
  bytes_ -= e.cost;
  events_ -= e.content->events.size();
  auto& mine = shares_[e.source];
  mine.bytes -= e.cost;
  mine.events -= e.content->events.size();
}

result<void> memory_buffer::check_follows(const position_map& committed) const {
  // The store may be ahead of what this channel has heard (a commit whose
  // answer died with the sink), never behind what it let go of.
  for (const auto& [o, mine] : committed_.positions()) {
    const auto theirs = committed.find(o);
    const auto at = theirs != committed.end() ? theirs->second.at : position{};
    if (at < mine.at)
      return failure{errc::state_lost,
                     "the sink's store is at " + spell(at) + " of " + o.value()
                       + ", but " + spell(mine.at)
                       + " was committed before: positions were lost"};
  }
  return {};
}

result<std::uint64_t> memory_buffer::attach(const route_id& route,
                                            const position_map& committed,
                                            std::uint64_t credit) {
  if (auto follows = check_follows(committed); !follows)
    return follows.error();
  route_ = route;
  if (!SLUICE_PLANTED("taken_not_put_back"))
    while (!taken_.empty()) {
      taken_.back().put_back = true;
      queued_.push_front(std::move(taken_.back()));
      taken_.pop_back();
    }
  taken_.clear();
  committed_.advance(committed);
  held_.advance(committed);
  auto trimmed_well = drop_settled(queued_);
  if (!trimmed_well)
    return trimmed_well.error();
  attached_ = true;
  credit_ = static_cast<std::int64_t>(credit);
  std::uint64_t again = 0;
  for (auto& e : queued_)
    if (std::exchange(e.put_back, false))
      again += e.content->events.size();
  return again;
}

result<void> memory_buffer::drop_settled(std::deque<entry>& queue) {
  progress next = committed_;
  std::deque<entry> rest;
  for (auto& e : queue) {
    auto cut = trim(e.content, committed_);
    if (!cut.rest) {
      release(e);
      continue;
    }
    // One by one: a batch may have several runs of one origin.
    for (const auto& r : cut.rest->runs) {
      if (judge(next.at(r.from_origin), r) == verdict::gap)
        return failure{errc::retry,
                       "gap in " + r.from_origin.value() + ": the store is at "
                         + spell(next.at(r.from_origin))
                         + ", the queue goes on after " + spell(r.after)};
      next.advance({{r.from_origin, {r.end(), r.proof}}});
    }
    if (cut.rest != e.content) {
      release(e);
      e.content = cut.rest;
      e.cost = e.content->cost();
      charge(e);
    }
    rest.push_back(std::move(e));
  }
  queue = std::move(rest);
  return {};
}

void memory_buffer::add_credit(std::uint64_t bytes) {
  credit_ += static_cast<std::int64_t>(bytes);
}

std::optional<batch_ptr> memory_buffer::hand_out() {
  if (!attached_ || queued_.empty() || (credit_ <= 0 && !taken_.empty()))
    return std::nullopt;
  auto e = std::move(queued_.front());
  queued_.pop_front();
  credit_ -= static_cast<std::int64_t>(e.cost);
  auto content = e.content;
  taken_.push_back(std::move(e));
  return content;
}

void memory_buffer::committed(const position_map& by_sink) {
  committed_.advance(by_sink);
  // Batches enter a commit whole and in order.
  while (!taken_.empty() && settled(*taken_.front().content, committed_)) {
    release(taken_.front());
    taken_.pop_front();
  }
}

bool memory_buffer::wants_commit() const {
  if (taken_.empty())
    return false;
  for (const auto& [source, used] : shares_)
    if (!room(source).open())
      return true;
  return false;
}

resume_answer memory_buffer::resume(const std::string& source) {
  resume_answer answer;
  auto& points = answer.routes[route_];
  for (const auto& [o, at] : held_.positions())
    points[o].held = at;
  for (const auto& [o, at] : committed_.positions())
    points[o].committed = at;
  answer.room = room(source);
  return answer;
}

result<memory_buffer::put_outcome> memory_buffer::put(const std::string& source,
                                                      const batch_ptr& b) {
  auto got = held_.receive(b);
  if (got.gap)
    return failure{errc::retry, *got.gap};
  put_outcome out{got.duplicates, got.reframed, 0};
  if (got.fresh) {
    out.events = got.fresh->events.size();
    const auto cost = got.fresh->cost();
    charge({got.fresh, source, cost, false});
    queued_.push_back({std::move(got.fresh), source, cost, false});
  }
  return out;
}

window memory_buffer::room(const std::string& source) const {
  const auto found = shares_.find(source);
  const auto used = found != shares_.end() ? found->second : share{};
  const auto sources = static_cast<std::int64_t>(options_.sources);
  window w;
  w.bytes = static_cast<std::int64_t>(options_.bytes_max) / sources
            - static_cast<std::int64_t>(used.bytes);
  if (options_.events_max > 0)
    w.events = std::max<std::int64_t>(
                 1, static_cast<std::int64_t>(options_.events_max) / sources)
               - static_cast<std::int64_t>(used.events);
  return w;
}

void memory_buffer::forget(const std::vector<origin>& done) {
  for (const auto& o : done) {
    held_.forget(o);
    committed_.forget(o);
  }
}

} // namespace sluice
