// child_table: who runs now, on the whole node.
#pragma once

#include "actors/world.hpp"

#include <caf/actor.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// One running child.
struct running_child {
  std::string agent;
  std::string id;
  /// "source", "interceptor", "channel", "sink" or "supervisor".
  std::string kind;
  caf::actor handle;
  pulse_ptr beat;
};

/// The children of every agent of a node, and the agents' supervisors. Owned by
/// the node, so that when an agent's supervisor dies the node still knows whom
/// to stop. Thread-safe.
class child_table {
public:
  void put(running_child child);

  void remove(const std::string& agent, const std::string& id);

  [[nodiscard]] std::optional<running_child> find(const std::string& agent,
                                                  const std::string& id) const;

  /// Of one agent, or of all when `agent` is empty.
  [[nodiscard]] std::vector<running_child> list(const std::string& agent
                                                = {}) const;

  /// Ends a child at once, as a fault would; false if it does not run.
  bool kill(const std::string& agent, const std::string& id);

private:
  mutable std::mutex guard_;
  std::map<std::pair<std::string, std::string>, running_child> children_;
};

} // namespace sluice
