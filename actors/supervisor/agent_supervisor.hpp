// agent_supervisor: keeps the children of one agent alive; OTP's rules.
#pragma once

#include "actors/protocol.hpp"
#include "actors/supervisor/child_table.hpp"
#include "actors/supervisor/restart_plan.hpp"
#include "monitoring/cells.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sluice {

/// How to start one child, and what it depends on.
struct child_spec {
  std::string id;
  /// "source", "interceptor", "channel" or "sink".
  std::string kind;
  /// Indices of earlier children; it dies with them and starts after them.
  std::vector<std::size_t> depends_on;
  /// Spawns it; gets the running children, indexed like the list.
  std::function<caf::actor(const std::vector<caf::actor>& running)> start;
  pulse_ptr beat;
  component_cell* cell = nullptr;
};

/// What a supervisor is made with. `children` must outlive it.
struct supervision {
  std::string agent;
  std::vector<child_spec> specs;
  restart_limits limits;
  child_table* children = nullptr;
  component_cell* cell = nullptr;
  const clock_source* clock = nullptr;
  std::uint64_t seed = 1;
  /// The orderly stop gives up after so long.
  std::chrono::milliseconds stop_deadline{20'000};
  /// … and when no commit came for so long.
  std::chrono::milliseconds stop_patience{3'000};
};

/// Tells a supervisor to stop its agent in order and then to quit.
using supervisor_actor
  = stop_listener::extend_with<caf::typed_actor<caf::reacts_to<stop_atom>>>;

/// Spawns the supervisor of an agent, which starts its children.
[[nodiscard]] caf::actor spawn_agent_supervisor(caf::actor_system& system,
                                                supervision what);

} // namespace sluice
