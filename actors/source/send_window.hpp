// send_window: how much a source may send before it hears more.
#pragma once

#include "actors/protocol.hpp"

#include <deque>

namespace sluice {

/// The room last told counts from the put it was told for; what was sent since
/// is taken off. So what a filter saves comes back by itself.
class send_window {
public:
  /// A new incarnation with this room; the next put is number 1.
  void begin(window room);

  /// A batch of this cost is being sent; returns its number.
  std::uint64_t sent(std::uint64_t cost, std::uint64_t events);

  /// Put n and all before it were counted when there was this much room.
  void accepted(std::uint64_t n, window room);

  [[nodiscard]] window room() const noexcept {
    return {told_.bytes - flying_bytes_, told_.events - flying_events_};
  }

private:
  struct flying {
    std::uint64_t n = 0;
    std::int64_t bytes = 0;
    std::int64_t events = 0;
  };

  window told_;
  std::deque<flying> flying_;
  std::int64_t flying_bytes_ = 0;
  std::int64_t flying_events_ = 0;
  std::uint64_t last_ = 0;
};

} // namespace sluice
