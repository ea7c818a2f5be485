#include "tests/core/event/small_world.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::event_test {

namespace {

constexpr std::size_t piece_max = 6;

origin origin_of(std::size_t file) {
  return origin{std::string(1, static_cast<char>('a' + file))};
}

std::size_t file_of(const origin& o) {
  return static_cast<std::size_t>(o.value().front() - 'a');
}

position next_of(const position_map& map, const origin& o) {
  const auto found = map.find(o);
  return found == map.end() ? position{} : found->second.at;
}

} // namespace

small_world::small_world(std::uint64_t seed) : random_(seed) {
  files_.resize(1 + below(3));
  for (auto& file : files_) {
    file.resize(1 + (chance(40) ? 1 + below(2) : 0));
    for (auto& text : file)
      text = draw_text();
  }
  cursor_.resize(files_.size());
  routes_.resize(1 + below(3));
  filter_ = static_cast<unsigned>(below(4));
}

std::size_t small_world::below(std::size_t n) {
  return random_() % n;
}

bool small_world::chance(std::size_t in_100) {
  return below(100) < in_100;
}

bool small_world::keeps(std::string_view body) const {
  // From everything to almost nothing.
  return filter_ == 0
         || (body.size() + (body.empty() ? 0U : body[0])) % 8 >= 2 * filter_;
}

generation_text small_world::draw_text() {
  generation_text out;
  for (auto lines = below(14); lines > 0; --lines) {
    auto left = below(chance(20) ? 20 : piece_max);
    // Too long a line comes in pieces without a delimiter between them.
    for (;;) {
      unit u;
      u.from = out.bytes.size();
      for (auto n = std::min(left, piece_max); n > 0; --n, --left)
        out.bytes += static_cast<char>('a' + below(26));
      u.body_end = out.bytes.size();
      const bool last = left == 0;
      if (last && (lines > 1 || chance(70)))
        out.bytes += chance(30) ? "\r\n" : "\n";
      u.end = out.bytes.size();
      if (u.end > u.from)
        out.units.push_back(u);
      if (last)
        break;
    }
  }
  return out;
}

void small_world::wrong(const std::string& what) {
  if (!problem_)
    problem_ = what;
}

void small_world::restart_source() {
  late_ = nullptr;
  std::vector<const position_map*> maps;
  for (const auto& r : routes_)
    maps.push_back(&r.held.positions());
  const auto from = smallest(maps);
  for (std::size_t i = 0; i < files_.size(); ++i)
    cursor_[i] = next_of(from, origin_of(i));
}

bool small_world::add_run(batch& b, std::string& bytes) {
  const auto file = below(files_.size());
  auto& at = cursor_[file];
  run r;
  r.from_origin = origin_of(file);
  r.after = at;
  const auto size = files_[file][at.generation].bytes.size();
  if (at.offset == size && at.generation + 1 < files_[file].size())
    at = {at.generation + 1, 0};
  else if (at.offset == size)
    return false;
  const auto& text = files_[file][at.generation];
  r.generation = at.generation;
  r.from = at.offset;
  r.first = static_cast<std::uint32_t>(b.events.size());
  r.slab_offset = static_cast<std::uint32_t>(bytes.size());
  auto u = std::lower_bound(
    text.units.begin(), text.units.end(), r.from,
    [](const unit& x, std::uint64_t from) { return x.from < from; });
  for (auto n = below(6); n > 0 && u != text.units.end(); --n, ++u) {
    b.events.push_back(
      {static_cast<std::uint32_t>(r.slab_offset + (u->from - r.from)),
       static_cast<std::uint32_t>(u->body_end - u->from)});
    at.offset = u->end;
  }
  r.to = at.offset;
  r.count = static_cast<std::uint32_t>(b.events.size()) - r.first;
  r.proof.lineage = r.from_origin.value();
  r.proof.size = r.to;
  bytes += text.bytes.substr(r.from, r.to - r.from);
  b.runs.push_back(std::move(r));
  return true;
}

batch_ptr small_world::read() {
  auto b = std::make_shared<batch>();
  std::string bytes;
  for (auto n = 1 + below(4); n > 0; --n)
    static_cast<void>(add_run(*b, bytes));
  if (b->runs.empty())
    return nullptr;
  auto filled = std::make_shared<slab>(bytes.size());
  std::memcpy(filled->data(), bytes.data(), bytes.size());
  b->bytes = filled;
  compact(*b);
  return b;
}

batch_ptr small_world::intercepted(const batch_ptr& b) {
  auto out = filtered(
    b, [&](std::uint32_t i) { return keeps(b->body(b->events[i])); });
  if (chance(20))
    out = with_headers(out, [](header_set& h) { h["k"] = "v"; });
  return out;
}

bool small_world::must_gap(const route& r, const batch& b) const {
  position_map at;
  for (const auto& x : b.runs) {
    auto& here = at[x.from_origin];
    if (here.at == position{})
      here.at = r.held.at(x.from_origin);
    if (x.end() <= here.at)
      continue;
    if (x.after > here.at)
      return true;
    here.at = x.end();
  }
  return false;
}

bool small_world::receive(route& r, const batch_ptr& b, tally& count) {
  const bool expected = must_gap(r, *b);
  const auto before = chance(5) ? r.held.positions() : position_map{};
  auto got = r.held.receive(b);
  ++count.batches;
  if (got.gap.has_value() != expected)
    wrong("a gap " + std::string(expected ? "missed" : "made up"));
  if (got.reframed != 0)
    wrong("cut inside a unit");
  if (got.gap) {
    ++count.gaps;
    if (got.fresh || (!before.empty() && before != r.held.positions()))
      wrong("something moved on a gap");
    return false;
  }
  count.trims += got.fresh && got.fresh != b ? 1 : 0;
  count.duplicates += got.fresh ? 0 : 1;
  if (got.fresh)
    r.queue.push_back(got.fresh);
  return true;
}

void small_world::send(const batch_ptr& b, tally& count) {
  bool followed = true;
  const auto lost = !quiet_ && chance(6) ? below(routes_.size()) : ~0ULL;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (i == lost)
      continue;
    followed = receive(routes_[i], b, count) && followed;
    if (!quiet_ && chance(5))
      followed = receive(routes_[i], b, count) && followed;
  }
  if (!followed) {
    ++count.restarts;
    restart_source();
  }
}

void small_world::check_events(const run& x, const batch& b,
                               const generation_text& text, std::uint64_t from,
                               tally& count) {
  auto index = x.first;
  for (const auto& u : text.units) {
    if (u.from < from || u.end > x.to)
      continue;
    const auto body
      = std::string_view{text.bytes}.substr(u.from, u.body_end - u.from);
    if (!keeps(body))
      continue;
    if (index == x.first + x.count) {
      wrong("a record is missing");
      return;
    }
    if (b.body(b.events[index]) != body)
      wrong("another record than expected");
    if (b.end_of(x, index) != u.end)
      wrong("an event's end is not its unit's");
    ++index;
    ++count.events;
  }
  if (index != x.first + x.count)
    wrong("a record too many");
}

void small_world::check_delivery(route& r, const batch& b, tally& count) {
  for (const auto& x : b.runs) {
    auto& done = r.delivered[x.from_origin].at;
    const auto& texts = files_[file_of(x.from_origin)];
    const bool follows
      = x.after == done
        && (x.generation == done.generation
              ? x.from == done.offset
              : x.generation == done.generation + 1 && x.from == 0
                  && done.offset == texts[done.generation].bytes.size());
    if (!follows)
      wrong("a run does not follow what was delivered");
    check_events(x, b, texts[x.generation], x.from, count);
    done = x.end();
  }
}

void small_world::commit(route& r, tally& count) {
  position_map ends;
  for (std::size_t i = 0; i < r.taken; ++i) {
    check_delivery(r, *r.queue[i], count);
    collect_ends(*r.queue[i], ends);
  }
  r.committed.advance(ends);
  if (r.committed.positions() != ends)
    for (const auto& [o, p] : ends)
      if (r.committed.at(o) != p.at)
        wrong("a commit did not arrive");
  for (std::size_t i = 0; i < r.queue.size(); ++i)
    if (i < r.taken && !settled(*r.queue[i], r.committed))
      wrong("what was committed is not settled");
  r.queue.erase(r.queue.begin(),
                r.queue.begin() + static_cast<std::ptrdiff_t>(r.taken));
  r.taken = 0;
}

/// Another owner of the route had got further than this channel knows: to the
/// end of any unit that the channel has.
void small_world::commit_elsewhere(route& r) {
  const auto file = below(files_.size());
  const auto o = origin_of(file);
  const auto have = r.held.at(o);
  const auto& units = files_[file][have.generation].units;
  if (units.empty())
    return;
  const position to{have.generation, units[below(units.size())].end};
  if (to > have || to <= r.committed.at(o))
    return;
  position_map ahead;
  ahead[o].at = to;
  r.committed.advance(ahead);
  r.delivered[o].at = to;
  std::vector<batch_ptr> rest;
  for (const auto& b : r.queue)
    if (auto left = trim(b, r.committed); left.rest) {
      if (left.reframed != 0)
        wrong("trimmed inside a unit");
      rest.push_back(left.rest);
    }
  r.queue = std::move(rest);
  r.taken = 0;
}

void small_world::use_sink(route& r, tally& count) {
  if (r.taken < r.queue.size() && chance(70))
    ++r.taken;
  if (chance(30))
    commit(r, count);
  if (quiet_)
    return;
  if (chance(5))
    r.taken = 0; // the sink dies; what it took is handed out again
  if (chance(3))
    commit_elsewhere(r);
  if (chance(3)) {
    // The channel dies, and with it its sink and everything above.
    r.queue.clear();
    r.taken = 0;
    r.held = progress{r.committed.positions()};
    restart_source();
    ++count.restarts;
  }
}

bool small_world::all_delivered() const {
  for (const auto& r : routes_)
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const position end{files_[i].size() - 1, files_[i].back().bytes.size()};
      if (next_of(r.delivered, origin_of(i)) != end)
        return false;
    }
  return true;
}

std::optional<std::string> small_world::live(tally& count) {
  for (int step = 0; step < 2'000 && !problem_; ++step) {
    quiet_ = step > 40;
    if (!quiet_ && chance(4)) {
      ++count.restarts;
      restart_source();
    }
    if (auto b = read()) {
      b = intercepted(b);
      if (!quiet_ && !late_ && chance(5)) {
        late_ = b;
      } else {
        send(b, count);
        if (late_)
          send(std::exchange(late_, nullptr), count);
      }
    } else if (quiet_) {
      // Nothing left to read, but somebody may have lost something.
      restart_source();
    }
    for (auto& r : routes_)
      use_sink(r, count);
    if (all_delivered())
      return problem_;
  }
  if (!problem_)
    wrong("it did not come to an end");
  return problem_;
}

} // namespace sluice::event_test
