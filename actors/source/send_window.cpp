#include "actors/source/send_window.hpp"

namespace sluice {

void send_window::begin(window room) {
  told_ = room;
  flying_.clear();
  flying_bytes_ = 0;
  flying_events_ = 0;
  last_ = 0;
}

std::uint64_t send_window::sent(std::uint64_t cost, std::uint64_t events) {
  flying_.push_back({++last_, static_cast<std::int64_t>(cost),
                     static_cast<std::int64_t>(events)});
  flying_bytes_ += flying_.back().bytes;
  flying_events_ += flying_.back().events;
  return last_;
}

void send_window::accepted(std::uint64_t n, window room) {
  told_ = room;
  while (!flying_.empty() && flying_.front().n <= n) {
    flying_bytes_ -= flying_.front().bytes;
    flying_events_ -= flying_.front().events;
    flying_.pop_front();
  }
}

} // namespace sluice
