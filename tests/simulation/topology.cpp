#include "tests/simulation/topology.hpp"

#include "actors/channel/memory_channel.hpp"
#include "actors/interceptor/interceptor_chain.hpp"
#include "actors/selector/selectors.hpp"
#include "actors/sink/sinks.hpp"
#include "actors/source/sources.hpp"

namespace sluice::simulation {

clock_source::steady_time virtual_clock::now() const {
  return sched_ != nullptr ? sched_->clock().now() : steady_time{};
}

namespace {

struct system_config : caf::actor_system_config {
  system_config() {
    set("scheduler.policy", caf::atom("testing"));
    add_message_types<caf::id_block::sluice>();
  }
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
    clock_.use(&sched_);
    node_supervision node;
    node.children = &children_;
    node.clock = &clock_;
    node.agents.push_back(
      {"agent", [this] { return start_agent(); }, &cell("agent")});
    node_ = spawn_node_supervisor(system_, std::move(node));
  }

  ~process() {
    // A supervisor may start somebody while it is being killed: look again.
    for (int round = 0; round < 20; ++round) {
      if (node_)
        kill_now(node_);
      if (agent_)
        kill_now(agent_);
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

  /// Runs one actor that has something to do, or lets time pass.
  void step() {
    auto& jobs = sched_.jobs;
    if (jobs.size() > 1)
      std::swap(jobs[0], jobs[world_.pick(jobs.size())]);
    if (!sched_.try_run_once()) {
      world_.grow();
      sched_.advance_time(std::chrono::milliseconds{20});
    }
  }

  bool kill_somebody() {
    const auto all = children_.list();
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
             caf::actor_cast<inlet>(running[chain_index]), options);
         },
         beat,
         c.cell});
    }
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
  virtual_clock clock_;
  system_config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& sched_
    = dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  caf::actor node_;
  caf::actor agent_;
};

} // namespace

outcome run_scenario(const scenario& what, outside& world, std::uint64_t seed) {
  seed_incarnations(seed + 1);
  cell_table cells;
  outcome out;
  auto life = std::make_unique<process>(what, world, cells, seed);
  for (; out.steps < what.steps_max; ++out.steps) {
    if (out.steps % 64 == 0 && world.all_delivered(what.channels_of)) {
      out.delivered = true;
      break;
    }
    life->step();
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
  for (const auto& channel : what.channels)
    out.gaps += cells["channel-" + channel].read().gaps;
  seed_incarnations(0);
  return out;
}

} // namespace sluice::simulation
