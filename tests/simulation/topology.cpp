#include "tests/simulation/topology.hpp"

#include "actors/channel/memory_channel.hpp"
#include "actors/interceptor/interceptor_chain.hpp"
#include "actors/selector/selectors.hpp"
#include "actors/sink/sinks.hpp"
#include "actors/source/sources.hpp"
#include "tests/actors/virtual_time.hpp"

#include <algorithm>

namespace sluice::simulation {

namespace {

/// Between a source and its chain: as a node's connection does, it delivers in
/// order, but now and then late, also what a source said that is dead by now.
class slow_link : public inlet::base {
public:
  slow_link(caf::actor_config& config, outside& world, inlet to,
            const clock_source& clock)
    : inlet::base(config),
      world_(world),
      to_(std::move(to)),
      clock_(clock) {
  }

  behavior_type make_behavior() override {
    return {
      [this](resume_atom a, incarnation_id incarnation,
             const std::string& source, const upstream_port& port) {
        pass_on(a, incarnation, source, port);
      },
      [this](put_atom a, incarnation_id incarnation, std::uint64_t n,
             const batch_ptr& b) { pass_on(a, incarnation, n, b); },
      [this](finished_atom a, incarnation_id incarnation,
             const origin_list_ptr& ended) { pass_on(a, incarnation, ended); },
      [this](drain_atom a, incarnation_id incarnation) {
        pass_on(a, incarnation);
      },
    };
  }

  void on_exit() override {
    to_ = nullptr;
  }

private:
  template <class... Ts>
  void pass_on(const Ts&... message) {
    using namespace std::chrono_literals;
    const auto now = clock_.now();
    auto due = now;
    if (world_.draw() < world_.late_messages)
      due += 1ms * (1 + world_.pick(400));
    due_ = std::max(due_, due);
    if (due_ == now)
      send(to_, message...);
    else
      delayed_send(to_, due_ - now, message...);
  }

  outside& world_;
  inlet to_;
  const clock_source& clock_;
  clock_source::steady_time due_{};
};

/// Cells outlive the actors, and in a simulation the process too.
using cell_table = std::map<std::string, component_cell>;

/// One life of the process: the actors, and the scheduler that runs them.
class process {
public:
  process(const scenario& what, outside& world, cell_table& cells,
          std::uint64_t seed)
    : what_(what),
      world_(world),
      cells_(cells),
      seed_(seed) {
    using namespace std::chrono_literals;
    sched_.clock().current_time += 1h;
    node_supervision node;
    node.children = &children_;
    node.clock = &clock_;
    node.agents.push_back(
      {"agent", [this] { return start_agent(); }, &cell("agent"), {}});
    node_ = spawn_node_supervisor(system_, std::move(node));
  }

  ~process() {
    // A supervisor may start somebody while it is being killed: look again.
    for (int round = 0; round < 20; ++round) {
      if (node_)
        kill_now(node_);
      if (agent_)
        kill_now(agent_);
      for (const auto& link : links_)
        kill_now(caf::actor_cast<caf::actor>(link));
      links_.clear();
      for (const auto& child : children_.list()) {
        kill_now(child.handle);
        children_.remove(child.agent, child.id);
      }
      run_all();
    }
    node_ = nullptr;
    agent_ = nullptr;
    run_all();
  }

  process(const process&) = delete;
  process& operator=(const process&) = delete;

  /// Runs one actor that has something to do, or lets time pass. Now and then
  /// an actor stalls: mail for it piles up, from the dead and the living.
  void step() {
    auto& jobs = sched_.jobs;
    if (stalled_for_ == 0 && !jobs.empty() && world_.draw() < what_.stalls) {
      stalled_ = jobs[world_.pick(jobs.size())];
      stalled_for_ = 1 + world_.pick(what_.stall_steps_max);
    }
    if (stalled_for_ > 0 && --stalled_for_ > 0) {
      const auto it = std::find(jobs.begin(), jobs.end(), stalled_);
      if (it != jobs.end())
        std::swap(*it, jobs.back());
      if (it != jobs.end() && jobs.size() == 1) {
        pass_time();
        return;
      }
    }
    const auto ready = jobs.size() - (stalled_for_ > 0 ? 1 : 0);
    if (ready > 1)
      std::swap(jobs[0], jobs[world_.pick(ready)]);
    if (!sched_.try_run_once())
      pass_time();
  }

  bool kill_somebody() {
    auto all = children_.list();
    std::erase_if(all, [](const auto& c) { return c.kind == "supervisor"; });
    if (all.empty())
      return false;
    const auto& victim = all[world_.pick(all.size())];
    return children_.kill(victim.agent, victim.id);
  }

  void kill_supervisor() {
    if (agent_)
      kill_now(agent_);
  }

private:
  void pass_time() {
    world_.grow();
    sched_.advance_time(std::chrono::milliseconds{20});
  }

  component_cell& cell(const std::string& id) {
    return cells_[id];
  }

  component_context context(const std::string& id, const pulse_ptr& beat) {
    return {&system_, id, beat, &cell(id), &clock_, false};
  }

  caf::actor start_agent() {
    supervision s;
    s.agent = "agent";
    s.children = &children_;
    s.clock = &clock_;
    s.cell = &cell("agent");
    s.seed = seed_;
    std::map<std::string, std::size_t> index;
    add_channels(s, index);
    add_sources(s, index);
    agent_ = spawn_agent_supervisor(system_, std::move(s));
    return agent_;
  }

  void add_channels(supervision& s, std::map<std::string, std::size_t>& index) {
    for (const auto& name : what_.channels) {
      memory_buffer::options options;
      options.bytes_max = what_.channel_bytes;
      options.sources = what_.channels_of.size();
      const auto beat = std::make_shared<pulse>();
      const auto id = "channel-" + name;
      const auto c = context(id, beat);
      index[name] = s.specs.size();
      s.specs.push_back(
        {id,
         "channel",
         {},
         [c, options](const auto&) { return spawn_memory_channel(c, options); },
         beat,
         c.cell});
    }
    for (const auto& name : what_.channels) {
      const auto beat = std::make_shared<pulse>();
      const auto id = "sink-" + name;
      const auto c = context(id, beat);
      const auto channel = index[name];
      s.specs.push_back(
        {id,
         "sink",
         {channel},
         [this, c, channel, name](const auto& running) {
           return spawn_committing_sink(
             c, route_id{name},
             [this, name]() -> result<std::unique_ptr<batch_store>> {
               return make_scripted_store(world_, name);
             },
             caf::actor_cast<outlet>(running[channel]),
             {1500, std::chrono::milliseconds{50}, 3000});
         },
         beat,
         c.cell});
    }
  }

  void add_sources(supervision& s, std::map<std::string, std::size_t>& index) {
    for (const auto& [name, channels] : what_.channels_of) {
      std::vector<std::size_t> needed;
      for (const auto& channel : channels)
        needed.push_back(index[channel]);
      const auto chain_beat = std::make_shared<pulse>();
      const auto chain = context("chain-" + name, chain_beat);
      const auto chain_index = s.specs.size();
      s.specs.push_back({chain.name, "interceptor", needed,
                         [chain, needed](const auto& running) {
                           chain_parts parts;
                           parts.routes = make_replicating(needed.size());
                           for (const auto i : needed)
                             parts.channels.push_back(
                               caf::actor_cast<channel_actor>(running[i]));
                           return spawn_interceptor_chain(chain,
                                                          std::move(parts));
                         },
                         chain_beat, chain.cell});
      const auto beat = std::make_shared<pulse>();
      const auto c = context(name, beat);
      s.specs.push_back(
        {name,
         "source",
         {chain_index},
         [this, c, chain_index](const auto& running) {
           reading_options options;
           options.bytes_max = 700;
           return spawn_reading_source(
             c,
             [this, c]() -> result<std::unique_ptr<origin_reader>> {
               return make_scripted_reader(world_, c.name);
             },
             link_to(caf::actor_cast<inlet>(running[chain_index])), options);
         },
         beat,
         c.cell});
    }
  }

  inlet link_to(const inlet& chain) {
    links_.push_back(system_.spawn<slow_link>(world_, chain, clock_));
    return links_.back();
  }

  /// Lets everything happen that is under way, and the timers fire once.
  void run_all() {
    const auto run_jobs = [this] {
      for (int i = 0; i < 10'000 && sched_.try_run_once(); ++i) {
      }
    };
    run_jobs();
    for (int i = 0; i < 100 && sched_.has_pending_timeout(); ++i) {
      sched_.trigger_timeouts();
      run_jobs();
    }
  }

  const scenario& what_;
  outside& world_;
  cell_table& cells_;
  std::uint64_t seed_;
  child_table children_;
  test::virtual_time_config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& sched_ = test::scheduler_of(system_);
  test::virtual_clock clock_{sched_};
  caf::actor node_;
  caf::actor agent_;
  std::vector<inlet> links_;
  /// Compared only: it may be gone.
  const caf::resumable* stalled_ = nullptr;
  std::size_t stalled_for_ = 0;
};

} // namespace

outcome run_scenario(const scenario& what, outside& world, std::uint64_t seed) {
  seed_incarnations(seed + 1);
  cell_table cells;
  std::vector<const component_cell*> fills;
  for (const auto& channel : what.channels)
    fills.push_back(&cells["channel-" + channel]);
  outcome out;
  auto life = std::make_unique<process>(what, world, cells, seed);
  for (; out.steps < what.steps_max; ++out.steps) {
    if (out.steps % 64 == 0 && world.all_delivered()) {
      out.delivered = true;
      break;
    }
    life->step();
    for (const auto* fill : fills)
      out.fill_max = std::max(out.fill_max, fill->read().channel_bytes);
    const auto luck = world.draw();
    if (luck < what.crashes) {
      ++out.crashes;
      life.reset();
      life = std::make_unique<process>(what, world, cells, seed);
    } else if (luck < what.crashes + what.supervisor_kills) {
      ++out.supervisor_kills;
      life->kill_supervisor();
    } else if (luck < what.crashes + what.supervisor_kills + what.kills) {
      out.kills += life->kill_somebody() ? 1 : 0;
    }
  }
  life.reset();
  for (const auto* fill : fills)
    out.gaps += fill->read().gaps;
  seed_incarnations(0);
  return out;
}

} // namespace sluice::simulation
