// The network of a world: links that deliver in order while they live, and a
// relay that remembers old ones.
#include "tests/core/net/hop_network.hpp"

#include <algorithm>
#include <utility>

namespace sluice::hop_test {

hop_network::link* hop_network::find_link(std::uint64_t id) {
  for (auto& l : links_)
    if (l.id == id)
      return &l;
  return nullptr;
}

hop_network::link* hop_network::link_of(std::size_t c, std::size_t a) {
  for (auto& l : links_)
    if (l.collector == c && l.aggregator == a && !l.cut && l.known_up)
      return &l;
  return nullptr;
}

void hop_network::connect(std::size_t c,
                          const hop_sender_orders::connection& to) {
  auto& l = links_.emplace_back();
  l.id = ++link_ids_;
  l.collector = c;
  l.aggregator = static_cast<std::size_t>(to.address.front() - 'A');
  l.number = to.link;
}

void hop_network::send(link& l, bool up, std::string bytes) {
  auto& d = up ? l.up : l.down;
  d.frames.push_back(std::move(bytes));
}

/// What it had in flight is lost, or known to a relay, which may deliver it on
/// another connection later. A frame that has begun to arrive stays torn.
void hop_network::cut(link& l) {
  l.cut = true;
  note("link cut");
  for (const bool up : {true, false}) {
    auto& d = up ? l.up : l.down;
    if (d.sent > 0)
      note("link cut inside a frame");
    if (!d.frames.empty())
      note("link cut with frames in flight");
    if (calm_ || !random_.chance(60))
      continue;
    for (auto& frame : d.frames)
      late_.push_back({l.collector, l.aggregator, up, std::move(frame)});
  }
  l.up.frames.clear();
  l.down.frames.clear();
}

void hop_network::arrive(link& l, bool up, std::string_view frame) {
  if (!calm_ && random_.chance(5)) {
    note("frame duplicated");
    late_.push_back({l.collector, l.aggregator, up, std::string{frame}});
  }
  if (up) {
    auto& a = aggregators_[l.aggregator];
    if (!a.up)
      return;
    hop_receiver_orders out;
    a.receivers[l.collector]->received(l.id, frame, now_, out);
    obey(l.aggregator, l.collector, out);
    return;
  }
  auto& sender = collectors_[l.collector].sender;
  if (!sender)
    return;
  hop_sender_orders out;
  sender->received(l.number, frame, now_, out);
  obey(l.collector, out);
}

/// Some of what is in flight, to any byte.
void hop_network::deliver(link& l, bool up) {
  auto& d = up ? l.up : l.down;
  if (d.frames.empty())
    return;
  if (up && now_ < aggregators_[l.aggregator].frozen_until)
    return;
  auto frames = 1 + random_.below(4);
  while (frames-- > 0 && !d.frames.empty() && !l.cut) {
    auto& first = d.frames.front();
    if (!calm_ && random_.chance(10)) {
      const auto part = random_.below(first.size() - d.sent);
      d.arrived.append(std::string_view{first}.substr(d.sent, part));
      d.sent += part;
      return;
    }
    d.arrived.append(std::string_view{first}.substr(d.sent));
    d.frames.pop_front();
    d.sent = 0;
    auto next = d.arrived.next();
    if (!next || !*next) {
      wrong("a frame that was sent does not arrive");
      return;
    }
    arrive(l, up, **next);
  }
}

/// Each end learns that a link is gone at once, later, or by silence.
void hop_network::tell_ends(link& l, bool all) {
  if (!l.told_aggregator && (all || random_.chance(40))) {
    l.told_aggregator = true;
    auto& a = aggregators_[l.aggregator];
    if (a.up)
      a.receivers[l.collector]->link_lost(l.id);
  }
  if (!l.told_collector && (all || random_.chance(40))) {
    l.told_collector = true;
    if (auto& sender = collectors_[l.collector].sender) {
      hop_sender_orders out;
      sender->link_lost(l.number, now_, out);
      obey(l.collector, out);
    }
  }
}

void hop_network::links_step(bool calm) {
  for (auto it = links_.begin(); it != links_.end();) {
    auto& l = *it;
    if (l.cut) {
      tell_ends(l, calm);
      it = l.told_collector && l.told_aggregator ? links_.erase(it)
                                                 : std::next(it);
      continue;
    }
    ++it;
    const auto parted = partitions_.find({l.collector, l.aggregator});
    if (now_ < l.hung_until
        || (parted != partitions_.end() && now_ < parted->second)) {
      if (!l.up.frames.empty() || !l.down.frames.empty())
        note("frames delayed");
      continue;
    }
    if (!l.known_up) {
      if (!aggregators_[l.aggregator].up) {
        cut(l);
        note("connection refused");
        continue;
      }
      l.known_up = true;
      if (auto& sender = collectors_[l.collector].sender) {
        hop_sender_orders out;
        sender->link_up(l.number, now_, out);
        obey(l.collector, out);
      }
    }
    if (!l.cut && (calm || random_.chance(70)))
      deliver(l, true);
    if (!l.cut && (calm || random_.chance(70)))
      deliver(l, false);
  }
}

void hop_network::deliver_late(bool calm) {
  if (late_.empty() || (!calm && !random_.chance(30)))
    return;
  // Any of them: a relay does not keep the order of different connections.
  const auto which = random_.below(late_.size());
  auto frame = std::move(late_[which]);
  late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(which));
  auto* l = link_of(frame.collector, frame.aggregator);
  auto& a = aggregators_[frame.aggregator];
  if (frame.to_aggregator && a.up && now_ >= a.frozen_until) {
    note("late frame to an aggregator");
    hop_receiver_orders out;
    a.receivers[frame.collector]->received(l != nullptr ? l->id : 0,
                                           frame.bytes, now_, out);
    obey(frame.aggregator, frame.collector, out);
  } else if (auto& sender = collectors_[frame.collector].sender;
             !frame.to_aggregator && sender && l != nullptr) {
    note("late frame to a collector");
    hop_sender_orders out;
    sender->received(l->number, frame.bytes, now_, out);
    obey(frame.collector, out);
  }
}

/// A relay that restarts between two parts of a connection that lives.
void hop_network::lose_a_frame() {
  if (!lossy_)
    return;
  for (auto& l : links_)
    for (auto* d : {&l.up, &l.down})
      if (!l.cut && d->frames.size() > (d->sent > 0 ? 1 : 0)
          && random_.chance(70)) {
        note("relay loses a frame");
        d->frames.erase(d->frames.begin() + (d->sent > 0 ? 1 : 0));
        return;
      }
}

} // namespace sluice::hop_test
