#include "actors/interceptor/fan_out.hpp"

#include <algorithm>

namespace sluice {

fan_out::fan_out(std::size_t channels) : channels_(channels) {
  SLUICE_CHECK(channels > 0);
}

void fan_out::begin() {
  points_.clear();
  for (auto& c : channels_) {
    c.answered = false;
    c.drained = false;
    c.n = 0;
    c.room = {};
  }
}

std::optional<resume_answer> fan_out::answered(std::size_t i,
                                               const resume_answer& a) {
  auto& mine = channels_.at(i);
  mine.answered = true;
  mine.room = a.room;
  for (const auto& [route, points] : a.routes) {
    points_[route] = points;
    position_map stored;
    for (const auto& [o, p] : points)
      stored[o] = p.committed;
    mine.committed.advance(stored);
  }
  if (!std::all_of(channels_.begin(), channels_.end(),
                   [](const auto& c) { return c.answered; }))
    return std::nullopt;
  resume_answer all{points_, channels_.front().room};
  for (const auto& c : channels_) {
    all.room.bytes = std::min(all.room.bytes, c.room.bytes);
    all.room.events = std::min(all.room.events, c.room.events);
  }
  return all;
}

fan_out::acceptance fan_out::accepted(std::size_t i, std::uint64_t n,
                                      window room) {
  auto& mine = channels_.at(i);
  mine.n = n;
  mine.room = room;
  acceptance all{n, room};
  for (const auto& c : channels_) {
    all.n = std::min(all.n, c.n);
    all.room.bytes = std::min(all.room.bytes, c.room.bytes);
    all.room.events = std::min(all.room.events, c.room.events);
  }
  return all;
}

position_map_ptr fan_out::committed(std::size_t i,
                                    const position_map& by_route) {
  channels_.at(i).committed.advance(by_route);
  auto by_all = std::make_shared<position_map>();
  for (const auto& [o, p] : by_route) {
    const stored_position* least = &p;
    bool everywhere = true;
    for (const auto& c : channels_) {
      const auto* there = c.committed.find(o);
      if (there == nullptr) {
        everywhere = false;
        break;
      }
      if (there->at < least->at)
        least = there;
    }
    if (everywhere)
      by_all->emplace(o, *least);
  }
  return by_all->empty() ? nullptr : position_map_ptr{std::move(by_all)};
}

bool fan_out::drained(std::size_t i) {
  channels_.at(i).drained = true;
  return std::all_of(channels_.begin(), channels_.end(),
                     [](const auto& c) { return c.drained; });
}

void fan_out::forget(const std::vector<origin>& done) {
  for (auto& c : channels_)
    for (const auto& o : done)
      c.committed.forget(o);
}

} // namespace sluice
