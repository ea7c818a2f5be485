#include "actors/core/net/address_choice.hpp"

#include "actors/core/base/check.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

address_choice::address_choice(options chosen)
  : options_(std::move(chosen)),
    wait_(options_.wait, options_.seed),
    dwell_(options_.dwell_first) {
  SLUICE_CHECK(!options_.addresses.empty());
}

address_choice::time address_choice::dwell_end() const {
  return changed_at_ ? *changed_at_ + dwell_ : time::min();
}

address_choice::time address_choice::after_loss(time now) {
  const auto at = now + wait_.next();
  if (at >= dwell_end())
    current_ = (current_ + 1) % options_.addresses.size();
  return at;
}

address_choice::time
address_choice::after_move(time now, const std::vector<std::string>& hints) {
  const auto& known = options_.addresses;
  auto next = (current_ + 1) % known.size();
  for (const auto& hint : hints) {
    const auto found = std::find(known.begin(), known.end(), hint);
    if (found != known.end()) {
      next = static_cast<std::size_t>(found - known.begin());
      break;
    }
  }
  current_ = next;
  return std::max(now + wait_.next(), dwell_end());
}

address_choice::time
address_choice::after_retry(time now, std::chrono::milliseconds wait) {
  return now + std::max(std::min(wait, options_.dwell_max), wait_.next());
}

void address_choice::changed_owner(time now) {
  dwell_ = changed_at_ && now - *changed_at_ < 2 * dwell_
             ? std::min(2 * dwell_, options_.dwell_max)
             : options_.dwell_first;
  changed_at_ = now;
}

void address_choice::progressed() {
  wait_.reset();
}

} // namespace sluice
