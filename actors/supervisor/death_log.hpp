// death_log: one child's deaths in the log.
#pragma once

#include "actors/core/base/log.hpp"
#include "actors/core/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// Says at once that a child died, and of what. While its successors die of the
/// same kind of reason without progress, one line a minute is enough: a broker
/// may be down for hours. Used by one thread.
class death_log {
public:
  /// `progress` is the child's count of things that went forward.
  void died(const std::string& agent, const std::string& id, const failure& why,
            std::uint64_t progress);

private:
  log::limiter limit_;
  std::optional<errc> kind_;
  std::uint64_t progress_ = 0;
};

} // namespace sluice
