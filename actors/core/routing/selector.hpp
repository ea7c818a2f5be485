// selector: which channels get what, as a pure function of batch and options.
#pragma once

#include "actors/core/event/batch.hpp"

#include <cstddef>
#include <vector>

namespace sluice {

/// Decides for every batch what each required channel gets. Pure: the same
/// batch and configuration always give the same answer, or a replay after a
/// crash would move events between routes.
class selector {
public:
  virtual ~selector() = default;

  /// One batch for each channel, in the configured order. A channel that
  /// events are not routed to gets their runs without them, so that its
  /// position moves on.
  [[nodiscard]] virtual std::vector<batch_ptr> route(const batch_ptr& b) = 0;
};

} // namespace sluice
