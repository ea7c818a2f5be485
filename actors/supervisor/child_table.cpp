#include "actors/supervisor/child_table.hpp"

namespace sluice {

void child_table::put(running_child child) {
  const std::lock_guard lock{guard_};
  auto key = std::pair{child.agent, child.id};
  children_[std::move(key)] = std::move(child);
}

void child_table::remove(const std::string& agent, const std::string& id) {
  const std::lock_guard lock{guard_};
  children_.erase({agent, id});
}

std::optional<running_child> child_table::find(const std::string& agent,
                                               const std::string& id) const {
  const std::lock_guard lock{guard_};
  const auto found = children_.find({agent, id});
  if (found == children_.end())
    return std::nullopt;
  return found->second;
}

std::vector<running_child> child_table::list(const std::string& agent) const {
  const std::lock_guard lock{guard_};
  std::vector<running_child> out;
  for (const auto& [key, child] : children_)
    if (agent.empty() || key.first == agent)
      out.push_back(child);
  return out;
}

bool child_table::kill(const std::string& agent, const std::string& id) {
  const auto child = find(agent, id);
  if (!child)
    return false;
  child->beat->give_up = true;
  kill_now(child->handle);
  return true;
}

} // namespace sluice
