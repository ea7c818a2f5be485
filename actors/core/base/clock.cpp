#include "actors/core/base/clock.hpp"

namespace sluice {

const clock_source& system_clocks() {
  static const clock_source clocks;
  return clocks;
}

} // namespace sluice
