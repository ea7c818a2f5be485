// What every component gets when it is spawned.
#pragma once

#include "actors/protocol.hpp"
#include "actors/world.hpp"
#include "monitoring/cells.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <string>

namespace sluice {

/// What a component is made with. All of it outlives the actor.
struct component_context {
  caf::actor_system* system = nullptr;
  /// The configured name, as logs and metrics show it.
  std::string name;
  pulse_ptr beat;
  component_cell* cell = nullptr;
  const clock_source* clock = nullptr;
  /// True except under the deterministic scheduler: blocking work gets a
  /// thread of its own.
  bool own_thread = true;

  /// Something went forward: the supervisor's count starts anew.
  void progressed() const {
    beat->progress.fetch_add(1, std::memory_order_relaxed);
  }
};

} // namespace sluice
