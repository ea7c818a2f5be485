#include "actors/core/event/batch.hpp"

#include "actors/core/base/check.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace sluice {

std::uint64_t batch::end_of(const run& r, std::uint32_t index) const {
  if (!r.verbatim)
    return r.from + r.ends.at(index - r.first);
  const auto& e = events.at(index);
  // What follows the body in the slab is its delimiter, or, after a piece of a
  // line that was too long, the next piece; never part of a delimiter then.
  const std::size_t last = r.slab_offset + (r.to - r.from);
  std::size_t at = std::size_t{e.offset} + e.length;
  const char* p = bytes->data();
  if (at < last && p[at] == '\n')
    at += 1;
  else if (at + 1 < last && p[at] == '\r' && p[at + 1] == '\n')
    at += 2;
  return r.from + (at - r.slab_offset);
}

std::size_t batch::cost() const noexcept {
  std::size_t sum = bytes ? bytes->capacity() : 0;
  sum += events.capacity() * sizeof(event_ref);
  for (const auto& r : runs)
    sum += run_cost + r.ends.capacity() * sizeof(std::uint32_t);
  return sum;
}

std::size_t batch::body_bytes() const noexcept {
  std::size_t sum = 0;
  for (const auto& e : events)
    sum += e.length;
  return sum;
}

namespace {

/// Moves the events of `b` into a slab that is just large enough. Their ends
/// are written down first: they can no longer be computed.
void move_to_own_slab(batch& b) {
  const auto size = b.body_bytes();
  auto own = std::make_shared<slab>(size);
  for (auto& r : b.runs) {
    if (r.verbatim) {
      r.ends.reserve(r.count);
      for (auto i = r.first; i < r.first + r.count; ++i)
        r.ends.push_back(static_cast<std::uint32_t>(b.end_of(r, i) - r.from));
    }
    r.verbatim = false;
  }
  std::size_t at = 0;
  for (auto& e : b.events) {
    std::memcpy(own->data() + at, b.bytes->data() + e.offset, e.length);
    e.offset = static_cast<std::uint32_t>(at);
    at += e.length;
  }
  b.bytes = std::move(own);
}

bool continues(const run& a, const run& b) {
  return a.count == 0 && b.count == 0 && a.kind == b.kind
         && a.from_origin == b.from_origin && a.generation == b.generation
         && a.end() == b.after;
}

} // namespace

void compact(batch& b) {
  std::vector<run> merged;
  merged.reserve(b.runs.size());
  for (auto& r : b.runs) {
    if (!merged.empty() && continues(merged.back(), r)) {
      merged.back().to = r.to;
      merged.back().proof = std::move(r.proof);
    } else {
      merged.push_back(std::move(r));
    }
  }
  b.runs = std::move(merged);
  if (b.events.empty()) {
    b.bytes = nullptr;
    b.events.shrink_to_fit();
    for (auto& r : b.runs) {
      r.verbatim = false;
      r.ends.clear();
    }
  }
}

batch_ptr keep_only(const batch_ptr& all, std::span<const std::uint32_t> kept) {
  if (kept.size() == all->events.size())
    return all;
  SLUICE_CHECK(kept.size() < all->events.size());
  auto out = std::make_shared<batch>();
  out->bytes = all->bytes;
  out->runs = all->runs;
  out->events.reserve(kept.size());
  std::size_t next = 0;
  for (auto& r : out->runs) {
    const auto last = r.first + r.count;
    const auto old_first = r.first;
    const auto old_ends = std::exchange(r.ends, {});
    r.first = static_cast<std::uint32_t>(next);
    for (; next < kept.size() && kept[next] < last; ++next) {
      out->events.push_back(all->events[kept[next]]);
      if (!r.verbatim)
        r.ends.push_back(old_ends[kept[next] - old_first]);
    }
    r.count = static_cast<std::uint32_t>(next) - r.first;
  }
  std::size_t at = 0;
  for (const auto& x : all->rejected) {
    while (at < kept.size() && kept[at] < x.event)
      ++at;
    if (at < kept.size() && kept[at] == x.event)
      out->rejected.push_back({static_cast<std::uint32_t>(at), x.reason});
  }
  if (!out->events.empty() && out->bytes
      && out->body_bytes() < out->bytes->capacity() / 4)
    move_to_own_slab(*out);
  compact(*out);
  return out;
}

batch_ptr with_rejected(const batch_ptr& all,
                        const std::vector<rejection>& refused) {
  if (refused.empty())
    return all;
  auto out = std::make_shared<batch>(*all);
  const auto by_event
    = [](const rejection& a, const rejection& b) { return a.event < b.event; };
  out->rejected.clear();
  // A union prefers its first range where both have the event.
  std::set_union(all->rejected.begin(), all->rejected.end(), refused.begin(),
                 refused.end(), std::back_inserter(out->rejected), by_event);
  return out;
}

batch_ptr with_headers(const batch_ptr& all,
                       const std::function<void(header_set&)>& change) {
  auto out = std::make_shared<batch>(*all);
  const header_set* before = nullptr;
  header_set_ptr shared;
  for (auto& r : out->runs) {
    if (!shared || r.headers.get() != before) {
      before = r.headers.get();
      auto copy = before != nullptr ? *before : header_set{};
      change(copy);
      shared = std::make_shared<const header_set>(std::move(copy));
    }
    r.headers = shared;
  }
  return out;
}

} // namespace sluice
