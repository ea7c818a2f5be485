// The aggregators of a world, with the double of Kafka behind them.
#include "tests/core/net/hop_network.hpp"

#include <utility>

namespace sluice::hop_test {

void hop_network::start_aggregator(std::size_t a) {
  auto& it = aggregators_[a];
  it.up = true;
  const auto streams = kafka_.streams.size();
  it.claims.assign(streams, false);
  it.leaves.assign(streams, false);
  it.receivers.resize(streams);
  for (std::size_t s = 0; s < streams; ++s) {
    hop_receiver::options o;
    o.stream = stream_name(s);
    o.sink = "a/k";
    o.cluster_id = "cluster";
    o.credit = credit_;
    o.page_bytes = page_bytes_;
    o.heartbeat = milliseconds{80};
    o.seed = random_.next();
    it.receivers[s].emplace(std::move(o));
  }
  it.recycle = true;
}

void hop_network::obey(std::size_t a, std::size_t s, hop_receiver_orders& out) {
  auto& it = aggregators_[a];
  for (auto& x : out.fresh)
    it.queue.push_back({s, x.term, std::move(x.content)});
  for (auto& o : out.finished)
    it.tombstones.emplace_back(s, o);
  for (auto& f : out.frames)
    if (auto* l = find_link(f.link); l != nullptr && !l->cut)
      send(*l, false, std::move(f.bytes));
  for (const auto id : out.hang_up)
    if (auto* l = find_link(id); l != nullptr && !l->cut) {
      cut(*l);
      l->told_aggregator = true;
    }
  if (out.read_again) {
    note("aggregator is stale and reads again");
    it.readings.push_back({s, *out.read_again});
  }
  it.claims[s] = it.claims[s] || out.claim;
  it.leaves[s] = it.leaves[s] || out.give_up;
}

/// The aggregator takes the stream from whoever has it. The answer comes
/// later, or never; then it asks again, and finds that it was done.
void hop_network::claim(std::size_t a, std::size_t s) {
  auto& kafka = kafka_.streams[s];
  if (kafka.owner != a) {
    note("claim");
    if (kafka.owner)
      note("claim from a holder");
    kafka.owner = a;
    ++kafka.term;
    if (!calm_ && random_.chance(15)) {
      note("claim of unknown outcome");
      return;
    }
  }
  aggregators_[a].claims[s] = false;
  aggregators_[a].adoptions.push_back({s, kafka});
}

void hop_network::adopt(std::size_t a, const adoption& found) {
  auto& r = *aggregators_[a].receivers[found.stream];
  hop_receiver_orders out;
  if (found.found.owner == a)
    r.adopt(found.found.term, {found.found.positions}, now_, out);
  else
    r.not_mine(found.found.term,
               random_.chance(50) ? std::vector<std::string>{}
                                  : std::vector<std::string>{address_of(1 - a)},
               now_, out);
  obey(a, found.stream, out);
}

/// The lane starts over: it reads who owns what, and where all stands; what
/// was queued is cut to that, and dropped where the stream is another's.
void hop_network::recycle(std::size_t a) {
  auto& it = aggregators_[a];
  it.recycle = false;
  for (std::size_t s = 0; s < kafka_.streams.size(); ++s)
    adopt(a, {s, kafka_.streams[s]});
  std::deque<queued> kept;
  for (auto& q : it.queue) {
    if (!kafka_.owned(q.stream, a, q.term))
      continue;
    if (auto rest
        = trim(q.content, progress{kafka_.streams[q.stream].positions}).rest)
      kept.push_back({q.stream, q.term, std::move(rest)});
  }
  it.queue = std::move(kept);
}

void hop_network::commit(std::size_t a) {
  auto& it = aggregators_[a];
  auto part = 1 + random_.below(it.queue.size());
  // A claim takes the lane, not the stream: nothing of the transaction holds.
  for (std::size_t i = 0; i < part; ++i) {
    const auto& q = it.queue[i];
    if (!kafka_.owned(q.stream, a, q.term)) {
      note("commit fenced");
      it.recycle = true;
      return;
    }
  }
  std::vector<position_map> ends(kafka_.streams.size());
  for (std::size_t i = 0; i < part; ++i) {
    kafka_.append(it.queue[i].stream, *it.queue[i].content);
    collect_ends(*it.queue[i].content, ends[it.queue[i].stream]);
  }
  note("commit");
  if (!calm_ && random_.chance(8)) {
    note("commit of unknown outcome");
    it.recycle = true;
    return;
  }
  it.queue.erase(it.queue.begin(),
                 it.queue.begin() + static_cast<std::ptrdiff_t>(part));
  for (std::size_t s = 0; s < ends.size(); ++s) {
    hop_receiver_orders out;
    if (!ends[s].empty())
      it.receivers[s]->committed(0, ends[s], now_, out);
    obey(a, s, out);
  }
}

void hop_network::deliver_tombstones(std::size_t a) {
  auto& it = aggregators_[a];
  for (const auto& [s, o] : std::exchange(it.tombstones, {})) {
    auto& r = *it.receivers[s];
    if (!r.mine() || !kafka_.owned(s, a, r.term()))
      continue;
    kafka_.streams[s].positions.erase(o);
    note("tombstone");
    hop_receiver_orders out;
    r.forgotten({o}, now_, out);
    obey(a, s, out);
  }
}

void hop_network::give_up(std::size_t a, std::size_t s) {
  auto& it = aggregators_[a];
  auto& r = *it.receivers[s];
  if (!r.mine()) {
    it.leaves[s] = false;
    return;
  }
  if (!r.empty())
    return;
  it.leaves[s] = false;
  auto& kafka = kafka_.streams[s];
  if (!kafka_.owned(s, a, r.term())) {
    it.recycle = true;
    return;
  }
  note("stream given up");
  kafka.owner.reset();
  ++kafka.term;
  hop_receiver_orders out;
  r.gave_up(kafka.term, {}, now_, out);
  obey(a, s, out);
}

/// The aggregator's channel dies with what it has.
void hop_network::restart_pipeline(std::size_t a) {
  auto& it = aggregators_[a];
  if (!it.up)
    return;
  note("aggregator's channel restarts");
  it.queue.clear();
  for (std::size_t s = 0; s < it.receivers.size(); ++s) {
    hop_receiver_orders out;
    it.receivers[s]->restarted({}, now_, out);
    obey(a, s, out);
  }
}

/// Answers that were on their way: some are old by now.
void hop_network::hear_from_kafka(std::size_t a) {
  auto& it = aggregators_[a];
  if (it.recycle)
    recycle(a);
  if (!it.adoptions.empty() && (calm_ || random_.chance(60)))
    for (const auto& found : std::exchange(it.adoptions, {}))
      adopt(a, found);
  if (!it.readings.empty() && (calm_ || random_.chance(60)))
    for (const auto& x : std::exchange(it.readings, {})) {
      adopt(a, {x.stream, kafka_.streams[x.stream]});
      hop_receiver_orders out;
      it.receivers[x.stream]->read_to_end(x.number, now_, out);
      obey(a, x.stream, out);
    }
}

void hop_network::aggregator_step(std::size_t a) {
  auto& it = aggregators_[a];
  if (!it.up && now_ >= it.back_at)
    start_aggregator(a);
  if (!it.up || now_ < it.frozen_until)
    return;
  for (std::size_t s = 0; s < it.receivers.size(); ++s)
    if (now_ >= it.receivers[s]->wake()) {
      hop_receiver_orders out;
      it.receivers[s]->tick(now_, out);
      obey(a, s, out);
    }
  if (now_ < kafka_back_) {
    for (std::size_t s = 0; s < it.claims.size(); ++s)
      if (std::exchange(it.claims[s], false)) {
        hop_receiver_orders out;
        it.receivers[s]->unreachable(milliseconds{20}, "Kafka is down", out);
        obey(a, s, out);
      }
    return;
  }
  hear_from_kafka(a);
  for (std::size_t s = 0; s < it.claims.size(); ++s)
    if (it.claims[s] && (calm_ || random_.chance(60)))
      claim(a, s);
  if (!it.queue.empty() && (calm_ || random_.chance(commit_percent_)))
    commit(a);
  if (!it.recycle && random_.chance(30))
    deliver_tombstones(a);
  for (std::size_t s = 0; s < it.leaves.size(); ++s)
    if (it.leaves[s] && !it.recycle)
      give_up(a, s);
}

} // namespace sluice::hop_test
