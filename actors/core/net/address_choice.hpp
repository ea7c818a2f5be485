// address_choice: which aggregator a collector tries next, and when.
#pragma once

#include "actors/core/base/backoff.hpp"
#include "actors/core/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Goes round the addresses of a stream, slower while nothing succeeds. After
/// the stream has changed its owner it stays where it is for a while (the
/// dwell), twice as long each time owners alternate: two aggregators that each
/// work for a moment must not take a stream from each other for ever.
class address_choice {
public:
  using time = clock_source::steady_time;

  struct options {
    std::vector<std::string> addresses; ///< the preferred one first; not empty
    std::chrono::milliseconds dwell_first{5'000};
    std::chrono::milliseconds dwell_max{300'000};
    backoff::options wait{};
    std::uint64_t seed = 1;
  };

  explicit address_choice(options chosen);

  /// Where to go at first, and after each answer of `after_…`.
  [[nodiscard]] const std::string& current() const {
    return options_.addresses[current_];
  }

  /// The link was lost, or no good answer came: the next address, unless the
  /// dwell keeps it at this one. Gives the time to try.
  [[nodiscard]] time after_loss(time now);

  /// The stream is elsewhere: the first of `hints` that is one of ours, else
  /// the next, when the dwell is over. Gives the time to try.
  [[nodiscard]] time after_move(time now,
                                const std::vector<std::string>& hints);

  /// The same address again, not before `wait` is over.
  [[nodiscard]] time after_retry(time now, std::chrono::milliseconds wait);

  /// The stream has a new owner, here.
  void changed_owner(time now);

  /// Something was committed: the next wait is short again.
  void progressed();

private:
  [[nodiscard]] time dwell_end() const;

  options options_;
  std::size_t current_ = 0;
  backoff wait_;
  std::optional<time> changed_at_;
  std::chrono::milliseconds dwell_;
};

} // namespace sluice
