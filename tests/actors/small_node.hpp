// A node whose children do nothing, on CAF's deterministic scheduler.
#pragma once

#include "actors/supervisor/node_supervisor.hpp"
#include "monitoring/metrics.hpp"
#include "tests/actors/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sluice::test {

/// One child: it goes forward on request, dies as told, and answers `stop`
/// unless it is stubborn. It writes what happens to it into the diary.
struct scripted_child {
  std::string id;
  pulse_ptr beat = std::make_shared<pulse>();
  bool stubborn = false;
  caf::actor now;
};

/// Agents of the shape channel <- sink, channel <- chain <- source under one
/// node supervisor. Time passes only in `pass`.
class small_node {
public:
  explicit small_node(std::vector<std::string> agents = {"a"}) {
    using namespace std::chrono_literals;
    sched.clock().current_time += 1h;
    node_supervision node;
    node.children = &table;
    node.clock = &clock;
    node.seed = 1;
    for (const auto& name : agents)
      node.agents.push_back(make_agent(name));
    supervisor = spawn_node_supervisor(system, std::move(node));
    supervisor->attach_functor([this](const caf::error& reason) {
      ended = true;
      ended_badly = static_cast<bool>(reason);
    });
    run();
  }

  ~small_node() {
    frozen.clear();
    // Whoever is killed may have been replaced meanwhile: look again.
    for (int round = 0; round < 5; ++round) {
      kill_now(supervisor);
      for (const auto& c : table.list()) {
        kill_now(c.handle);
        table.remove(c.agent, c.id);
      }
      run();
    }
    for (auto& [id, c] : children)
      c->now = nullptr;
    supervisor = nullptr;
    for (int i = 0; i < 100 && sched.has_pending_timeout(); ++i) {
      sched.trigger_timeouts();
      run();
    }
  }

  small_node(const small_node&) = delete;
  small_node& operator=(const small_node&) = delete;

  /// Everything that can happen now happens; nobody frozen gets a turn.
  void run() {
    auto& jobs = sched.jobs;
    while (true) {
      const auto ready
        = std::find_if(jobs.begin(), jobs.end(), [this](const auto* job) {
            return frozen.count(job) == 0;
          });
      if (ready == jobs.end())
        return;
      std::iter_swap(jobs.begin(), ready);
      sched.run_once();
    }
  }

  void pass(caf::timespan time) {
    sched.advance_time(time);
    run();
  }

  /// Its mail waits from now on, also the kill.
  void freeze(const std::string& id) {
    frozen.insert(job_of(at(id).now));
  }

  void thaw() {
    frozen.clear();
    run();
  }

  scripted_child& at(const std::string& id) {
    return *children.at(id);
  }

  void die(const std::string& id, const failure& why) {
    caf::anon_send(at(id).now, failed_atom_v, why);
    run();
  }

  /// As the API does it; `id` is AGENT.CHILD.
  bool kill(const std::string& id) {
    const auto dot = id.find('.');
    const bool there = table.kill(id.substr(0, dot), id.substr(dot + 1));
    run();
    return there;
  }

  void stop() {
    caf::anon_send(caf::actor_cast<node_supervisor_actor>(supervisor),
                   stop_atom_v);
    run();
  }

  [[nodiscard]] component_state state(const std::string& agent,
                                      const std::string& child = {}) {
    for (const auto& c : counted.components())
      if (c.labels.agent == agent
          && c.labels.id == (child.empty() ? agent : child))
        return c.condition.state;
    BOOST_FAIL("no such component");
    return {};
  }

  /// What was written since the last look.
  std::vector<std::string> news() {
    return std::exchange(diary, {});
  }

  virtual_time_config config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& sched = scheduler_of(system);
  virtual_clock clock{sched};
  metrics counted{"n", {}, clock};
  child_table table;
  std::map<std::string, std::unique_ptr<scripted_child>> children;
  std::vector<std::string> diary;
  std::set<const caf::resumable*> frozen;
  caf::actor supervisor;
  bool ended = false;
  bool ended_badly = false;

private:
  static const caf::resumable* job_of(const caf::actor& who) {
    return dynamic_cast<const caf::resumable*>(
      caf::actor_cast<caf::abstract_actor*>(who));
  }

  agent_spec make_agent(const std::string& name) {
    supervision s;
    s.agent = name;
    s.children = &table;
    s.clock = &clock;
    s.cell
      = &counted.component({name, name, component_kind::supervisor, "agent"});
    const auto channel = add(s, "channel", component_kind::channel, {});
    add(s, "sink", component_kind::sink, {channel});
    const auto chain = add(s, "chain", component_kind::interceptor, {channel});
    add(s, "source", component_kind::source, {chain});
    std::vector<pulse_ptr> beats;
    for (const auto& spec : s.specs)
      beats.push_back(spec.beat);
    return {name, [this, s] { return spawn_agent_supervisor(system, s); },
            s.cell, std::move(beats)};
  }

  std::size_t add(supervision& s, const std::string& id, component_kind kind,
                  std::vector<std::size_t> needs) {
    auto& child
      = *(children[s.agent + "." + id] = std::make_unique<scripted_child>());
    child.id = s.agent + "." + id;
    s.specs.push_back({id, to_string(kind), std::move(needs),
                       [this, &child](const auto&) { return spawn(child); },
                       child.beat,
                       &counted.component({s.agent, id, kind, "scripted"})});
    return s.specs.size() - 1;
  }

  caf::actor spawn(scripted_child& child) {
    diary.push_back("start " + child.id);
    child.now = system.spawn([this, &child](caf::event_based_actor* self) {
      use_house_handlers(self);
      self->attach_functor(
        [this, &child] { diary.push_back("end " + child.id); });
      return caf::behavior{
        [self](failed_atom, const failure& why) { self->quit(to_reason(why)); },
        [this, self, &child](stop_atom, const stop_listener& listener) {
          diary.push_back("stop " + child.id);
          if (!child.stubborn)
            self->send(listener, drained_atom_v, child.id);
        },
      };
    });
    return child.now;
  }
};

} // namespace sluice::test
