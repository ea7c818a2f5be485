#include "tests/core/kafka/claims_world.hpp"

#include "actors/core/event/codec.hpp"
#include "actors/core/kafka/positions_topic.hpp"

#include <algorithm>
#include <utility>

namespace sluice::claims_test {

namespace {

constexpr std::chrono::milliseconds slice{1};
constexpr std::int32_t partitions = 4;
const std::string sink = "a/k";

std::string stream_name(std::size_t s) {
  return "c/n" + std::to_string(s) + "/a/g";
}

claims::settings settings_of(std::size_t a) {
  return {"c",
          sink,
          "c/agg" + std::to_string(a) + "/a/k",
          1,
          "agg" + std::to_string(a),
          partitions};
}

std::string lane_of(std::size_t a) {
  return "sluice." + settings_of(a).route + ".0";
}

const origin the_origin{"o"};

std::uint64_t offset_in(const position_map& positions) {
  const auto found = positions.find(the_origin);
  return found != positions.end() ? found->second.at.offset : 0;
}

} // namespace

claims_world::claims_world(std::uint64_t seed)
  : random_(seed),
    kafka_(seed, {40, 40, 40, 10, 5}) {
  for (std::size_t a = 0; a < aggregators; ++a)
    start(a);
  for (auto& target : targets_)
    target = below(aggregators);
}

void claims_world::wrong(const std::string& what) {
  if (!problem_)
    problem_ = what;
}

void claims_world::start(std::size_t a) {
  auto& it = aggregators_[a];
  if (it.claimer) {
    count_.claimed += it.claimer->count().claimed;
    count_.found += it.claimer->count().found;
    count_.lost += it.claimer->count().lost;
    count_.unclear += it.claimer->count().unclear;
  }
  it = {};
  it.claimer = std::make_unique<claims>(settings_of(a), client_);
}

void claims_world::recycle(aggregator& it) {
  it.ids.clear();
  it.texts.clear();
  it.ready = it.open = false;
  it.taken = 0;
}

/// Both ids are fenced before the positions are read.
void claims_world::start_lane(std::size_t a) {
  auto& it = aggregators_[a];
  recycle(it);
  ++count_.lane_starts;
  for (const char* id : {"-0", "-1"}) {
    it.ids.push_back(*client_.make_producer(lane_of(a) + id));
    static_cast<void>(it.ids.back()->init(slice));
  }
  stream_table table{sink};
  auto reader = *client_.open_positions(isolation::read_committed);
  bool whole = false;
  for (int tries = 0; tries < 5 && !whole; ++tries)
    whole = static_cast<bool>(reader->read_to_end(
      [&](const topic_record& r) { table.take(r); }, slice));
  if (!whole)
    return;
  it.gate.restart(table, lane_of(a));
  for (std::size_t s = 0; s < streams; ++s) {
    const auto& known = table.of(stream_name(s));
    it.positions[s] = offset_in(known.positions);
    auto& open = it.sessions[s];
    if (open && (known.own.lane != lane_of(a) || known.own.term != open->term))
      open.reset();
  }
  it.ready = true;
  it.turn = 0;
}

void claims_world::adopt(std::size_t a) {
  auto& it = aggregators_[a];
  for (const auto& x : std::exchange(it.adopted, {})) {
    const auto s = static_cast<std::size_t>(x.stream[3] - '0');
    if (it.gate.adopt(x.stream, x.term))
      it.positions[s] = offset_in(x.positions);
    else if (!it.gate.allows(x.stream, x.term))
      continue;
    auto& open = it.sessions[s];
    if (!open || open->term != x.term)
      open = session{x.term, it.positions[s]};
  }
}

void claims_world::take_one(aggregator& it) {
  const auto q = it.queue[it.taken++];
  if (!it.gate.allows(stream_name(q.stream), q.term)) {
    ++count_.revoked;
    return;
  }
  auto& at = it.staged[q.stream];
  if (q.from > at)
    wrong("a sink sees a gap");
  for (auto n = std::max(q.from, at); n < q.to; ++n) {
    it.texts.push_back(std::to_string(q.stream) + ":" + std::to_string(n));
    const std::string_view text = it.texts.back();
    static_cast<void>(it.ids[it.turn % 2]->produce(
      static_cast<std::int32_t>(q.stream % 2), {&text, 1}));
  }
  at = std::max(at, q.to);
}

void claims_world::commit(aggregator& it) {
  auto& p = *it.ids[it.turn % 2];
  if (p.flush(slice) != step::done)
    return recycle(it);
  for (std::size_t s = 0; s < streams; ++s)
    if (it.staged[s] > it.positions[s]) {
      stored_position to;
      to.at.offset = it.staged[s];
      static_cast<void>(p.produce_position(
        positions_partition(stream_name(s), partitions),
        stream_position_key(stream_name(s), the_origin, sink), encode(to)));
    }
  if (p.flush(slice) != step::done || p.commit(slice) != step::done
      || p.state().blip)
    return recycle(it);
  ++count_.commits;
  it.positions = it.staged;
  it.queue.erase(it.queue.begin(),
                 it.queue.begin() + static_cast<std::ptrdiff_t>(it.taken));
  it.texts.clear();
  it.taken = 0;
  it.open = false;
  ++it.turn;
}

void claims_world::lane_step(std::size_t a) {
  auto& it = aggregators_[a];
  if (!it.ready)
    return start_lane(a);
  if (!it.open) {
    adopt(a);
    if (it.queue.empty())
      return;
    if (it.ids[it.turn % 2]->begin() != step::done)
      return recycle(it);
    it.staged = it.positions;
    it.open = true;
    return;
  }
  if (it.taken < it.queue.size() && chance(700))
    return take_one(it);
  if (it.taken > 0)
    commit(it);
}

void claims_world::claimer_step(std::size_t a) {
  auto& it = aggregators_[a];
  auto ours = it.claimer->advance(slice);
  if (!ours) {
    if (is_terminal(ours.error().kind))
      wrong("a claim ends: " + ours.error().text);
    return;
  }
  for (auto& x : *ours)
    it.adopted.push_back(std::move(x));
}

void claims_world::collector_step(std::size_t s) {
  if (!quiet_ && chance(25))
    targets_[s] = below(aggregators);
  auto& it = aggregators_[targets_[s]];
  auto& open = it.sessions[s];
  if (!open) {
    it.claimer->want(stream_name(s));
    return;
  }
  if (open->held == records || it.queue.size() > 6)
    return;
  const auto to = std::min(records, open->held + 1 + below(3));
  it.queue.push_back({s, open->term, open->held, to});
  open->held = to;
}

bool claims_world::finished() {
  return kafka_.committed(0).size() + kafka_.committed(1).size()
         >= streams * records;
}

void claims_world::check_delivery() {
  for (std::size_t s = 0; s < streams; ++s) {
    const auto all = kafka_.committed(static_cast<std::int32_t>(s));
    for (std::size_t n = 0; n < all.size(); ++n)
      if (all[n] != std::to_string(s) + ":" + std::to_string(n))
        return wrong("record " + std::to_string(n) + " of stream "
                     + std::to_string(s) + " is " + all[n]);
  }
}

std::optional<std::string> claims_world::live(tally& count) {
  constexpr int steps_max = 20'000;
  int step = 0;
  for (; step < steps_max && !problem_; ++step) {
    quiet_ = step > 500;
    const auto a = below(aggregators);
    auto& it = aggregators_[a];
    if (!quiet_ && chance(4)) {
      ++count_.crashes;
      start(a);
    }
    if (!quiet_ && chance(5)) {
      ++count_.frozen;
      it.frozen = static_cast<int>(below(80));
    }
    collector_step(below(streams));
    if (it.frozen > 0 && !quiet_) {
      --it.frozen;
      continue;
    }
    if (chance(500))
      lane_step(a);
    else
      claimer_step(a);
    if (step % 64 == 0 && quiet_ && finished())
      break;
  }
  check_delivery();
  if (step == steps_max)
    wrong("it did not come to an end");
  for (std::size_t a = 0; a < aggregators; ++a)
    start(a);
  count_.fenced = kafka_.fenced;
  auto add = [](std::uint64_t& sum, std::uint64_t more) { sum += more; };
  add(count.claimed, count_.claimed);
  add(count.found, count_.found);
  add(count.lost, count_.lost);
  add(count.unclear, count_.unclear);
  add(count.crashes, count_.crashes);
  add(count.frozen, count_.frozen);
  add(count.revoked, count_.revoked);
  add(count.lane_starts, count_.lane_starts);
  add(count.commits, count_.commits);
  add(count.fenced, count_.fenced);
  return problem_;
}

} // namespace sluice::claims_test
