#include "actors/core/base/backoff.hpp"

#include <algorithm>

namespace sluice {

backoff::backoff(options chosen, std::uint64_t seed)
  : options_(chosen),
    nominal_(chosen.first),
    random_(seed) {
}

backoff::duration backoff::next() {
  return next(options_.max);
}

backoff::duration backoff::next(duration max) {
  const auto nominal = std::min(nominal_, max);
  nominal_ = std::min(nominal_ * 2, std::max(max, options_.max));
  std::uniform_real_distribution<double> factor{1 - options_.jitter,
                                                1 + options_.jitter};
  const auto drawn = static_cast<double>(nominal.count()) * factor(random_);
  return duration{static_cast<duration::rep>(drawn)};
}

void backoff::reset() noexcept {
  nominal_ = options_.first;
}

} // namespace sluice
