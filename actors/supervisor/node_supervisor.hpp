// node_supervisor: keeps the agents' supervisors alive.
#pragma once

#include "actors/supervisor/agent_supervisor.hpp"

namespace sluice {

/// One agent of the node, and how to start its supervisor.
struct agent_spec {
  std::string name;
  std::function<caf::actor()> start;
  component_cell* cell = nullptr;
  /// Of its children: an agent's supervisor makes no progress of its own.
  std::vector<pulse_ptr> beats;
};

/// What the node's supervisor is made with. `children` must outlive it.
struct node_supervision {
  std::vector<agent_spec> agents;
  restart_limits limits;
  child_table* children = nullptr;
  const clock_source* clock = nullptr;
  std::uint64_t seed = 1;
};

using node_supervisor_actor = caf::typed_actor<caf::reacts_to<stop_atom>>;

/// Spawns the node's supervisor, which starts the agents. When an agent's
/// supervisor dies, every child of that agent is killed and awaited before the
/// agent starts again. The supervisors stand in the table of children too, as
/// AGENT.supervisor. It quits when all agents have stopped after `stop`; if
/// it dies for any other reason the process must end (exit code 70).
[[nodiscard]] caf::actor spawn_node_supervisor(caf::actor_system& system,
                                               node_supervision what);

} // namespace sluice
