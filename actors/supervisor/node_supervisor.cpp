#include "actors/supervisor/node_supervisor.hpp"

#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"

#include <map>

namespace sluice {

namespace {

using node_self
  = node_supervisor_actor::extend<caf::reacts_to<tick_atom, std::uint64_t>>;

/// Its id in the table of children, and its kind.
constexpr const char* supervisor_id = "supervisor";

class node_supervisor : public node_self::base {
public:
  node_supervisor(caf::actor_config& config, node_supervision what)
    : node_self::base(config),
      what_(std::move(what)),
      plan_(what_.limits, what_.seed),
      agents_(what_.agents.size()) {
    use_house_handlers(this);
    for (const auto& agent : what_.agents)
      plan_.add(agent.name, {});
    set_down_handler([this](caf::down_msg& m) { on_down(m); });
  }

  const char* name() const override {
    return "node";
  }

  behavior_type make_behavior() override {
    advance();
    return {
      [this](stop_atom) {
        stopping_ = true;
        plan_.stop();
        for (auto& a : agents_)
          if (a)
            send(caf::actor_cast<node_supervisor_actor>(a), stop_atom_v);
        advance();
      },
      [this](tick_atom, std::uint64_t ticket) {
        if (ticket == ticket_)
          advance();
      },
    };
  }

  void on_exit() override {
    agents_.clear();
  }

private:
  void on_down(const caf::down_msg& m) {
    static_cast<void>(SLUICE_FAILPOINT("node.agent_down"));
    for (std::size_t i = 0; i < agents_.size(); ++i)
      if (agents_[i] && agents_[i].address() == m.source) {
        agents_[i] = nullptr;
        what_.children->remove(what_.agents[i].name, supervisor_id);
        clear_children(i, to_failure(m.reason));
        advance();
        return;
      }
    // A child of an agent without a supervisor.
    const auto left = leftovers_.find(m.source);
    if (left == leftovers_.end())
      return;
    const auto [agent, id] = left->second;
    leftovers_.erase(left);
    what_.children->remove(what_.agents[agent].name, id);
    agent_cleared(agent);
    advance();
  }

  /// The supervisor of agent i is gone; whoever it watched must go too.
  void clear_children(std::size_t i, const failure& why) {
    clearing_[i] = {why, what_.clock->now()};
    if (!stopping_) {
      log::warning("node", "supervisor of " + what_.agents[i].name
                             + " went down: " + why.text);
      what_.agents[i].cell->restarted(to_string(why.kind));
      what_.agents[i].cell->state(component_state::backing_off, why.text);
    }
    for (auto& child : what_.children->list(what_.agents[i].name)) {
      leftovers_[child.handle.address()] = {i, child.id};
      monitor<caf::message_priority::high>(child.handle);
      child.beat->give_up = true;
      kill_now(child.handle);
    }
    agent_cleared(i);
  }

  void agent_cleared(std::size_t i) {
    for (const auto& [address, owner] : leftovers_)
      if (owner.first == i)
        return;
    const auto why = clearing_.extract(i).mapped().why;
    std::uint64_t progress = 0;
    for (const auto& beat : what_.agents[i].beats)
      progress += beat->progress;
    plan_.on_down(i, why, progress, what_.clock->now());
    if (plan_.state(i) == child_state::failed) {
      const auto& last = plan_.last_failure(i);
      what_.agents[i].cell->state(component_state::down, last.text);
      log::error("node", what_.agents[i].name + " stays down: " + last.text);
    }
  }

  void advance() {
    const auto now = what_.clock->now();
    while (const auto next = plan_.to_start(now))
      start(*next);
    if (stopping_ && plan_.all_down() && leftovers_.empty()) {
      quit();
      return;
    }
    auto look = plan_.next_look();
    for (const auto& [i, since] : clearing_) {
      const auto stuck_at = since.at + what_.limits.stuck_after;
      if (now >= stuck_at)
        what_.agents[i].cell->state(component_state::stuck,
                                    "a child gives no answer to its kill");
      else if (!look || stuck_at < *look)
        look = stuck_at;
    }
    if (look)
      delayed_send(this,
                   std::chrono::duration_cast<caf::timespan>(std::max(
                     *look - now, clock_source::steady_time::duration{})),
                   tick_atom_v, ++ticket_);
  }

  void start(std::size_t i) {
    agents_[i] = what_.agents[i].start();
    monitor<caf::message_priority::high>(agents_[i]);
    what_.children->put({what_.agents[i].name, supervisor_id, supervisor_id,
                         agents_[i], std::make_shared<pulse>()});
  }

  /// An agent that lost its supervisor and still has children to bury.
  struct clearing {
    failure why;
    clock_source::steady_time at;
  };

  node_supervision what_;
  restart_plan plan_;
  std::vector<caf::actor> agents_;
  std::map<std::size_t, clearing> clearing_;
  std::map<caf::actor_addr, std::pair<std::size_t, std::string>> leftovers_;
  std::uint64_t ticket_ = 0;
  bool stopping_ = false;
};

} // namespace

caf::actor spawn_node_supervisor(caf::actor_system& system,
                                 node_supervision what) {
  return caf::actor_cast<caf::actor>(
    system.spawn<node_supervisor>(std::move(what)));
}

} // namespace sluice
