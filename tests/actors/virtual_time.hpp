// CAF's deterministic scheduler, and its time as the house's clock.
#pragma once

#include "actors/core/base/clock.hpp"
#include "actors/protocol.hpp"

#include <caf/scheduler/test_coordinator.hpp>

namespace sluice::test {

struct virtual_time_config : caf::actor_system_config {
  virtual_time_config() {
    set("scheduler.policy", caf::atom("testing"));
    add_message_types<caf::id_block::sluice>();
  }
};

/// The scheduler of a system made with that configuration.
inline caf::scheduler::test_coordinator&
scheduler_of(caf::actor_system& system) {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
}

class virtual_clock : public clock_source {
public:
  explicit virtual_clock(caf::scheduler::test_coordinator& sched)
    : sched_(sched) {
  }

  [[nodiscard]] steady_time now() const override {
    return sched_.clock().now();
  }

private:
  caf::scheduler::test_coordinator& sched_;
};

} // namespace sluice::test
