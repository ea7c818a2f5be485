#include "nodes/node.hpp"

#include "actors/core/base/log.hpp"
#include "actors/core/store/state_lock.hpp"
#include "actors/supervisor/node_supervisor.hpp"
#include "nodes/agent_builder.hpp"
#include "nodes/api.hpp"
#include "nodes/descriptors.hpp"
#include "nodes/drain.hpp"
#include "nodes/ending.hpp"
#include "nodes/exit_codes.hpp"
#include "nodes/node_name.hpp"
#include "nodes/state_paths.hpp"
#include "nodes/version.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

namespace sluice {

namespace {

/// How often a drain is looked at.
constexpr std::chrono::milliseconds look_interval{100};
/// What is still not down so long after the agents should have given up will
/// never be.
constexpr std::chrono::milliseconds exit_patience{2'000};

/// Sources and sinks that may wait have threads of their own. What the pool
/// runs is one chain with its channels for each source: more threads than
/// chains would only wake each other.
std::size_t pool_threads(const config::node_config& node) {
  std::size_t chains = 0;
  for (const auto& agent : node.agents)
    chains += agent.sources.size();
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return std::clamp<std::size_t>(chains, 1, cores);
}

struct system_config : caf::actor_system_config {
  explicit system_config(const config::node_config& node) {
    // Sharing wakes idle threads at once and costs nothing when idle.
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", pool_threads(node));
    set("scheduler.max-throughput", std::size_t{300});
    add_message_types<caf::id_block::sluice>();
  }
};

/// A predecessor that was just killed lets go of its lock a moment later.
result<state_lock> take_lock(const state_lock::options& chosen) {
  for (int tries = 0;; ++tries) {
    auto lock = state_lock::take(chosen);
    if (lock || lock.error().kind != errc::unavailable || tries == 20)
      return lock;
    ::usleep(100'000);
  }
}

/// Everything between "the state directory is ours" and the end.
class running_node {
public:
  running_node(const config::node_config& config, const command_line& line,
               const ending& until, std::string name, std::string state_dir)
    : config_(config),
      line_(line),
      until_(until),
      counted_(std::move(name), library_versions()) {
    parts_.system = &system_;
    parts_.counted = &counted_;
    parts_.children = &children_;
    parts_.clock = &system_clocks();
    parts_.descriptors = std::make_shared<descriptor_table>();
    parts_.files_open_max = files_open_max(raise_descriptor_limit(), config);
    parts_.cluster = config.cluster;
    parts_.node = counted_.node();
    parts_.state_dir = std::move(state_dir);
    parts_.positions_command = positions_command_of(line);
  }

  int run() {
    node_supervision node;
    node.children = &children_;
    node.clock = parts_.clock;
    node.seed = new_incarnation();
    for (const auto& agent : config_.agents) {
      auto built = build_agent(parts_, agent);
      if (!built)
        return fail(built.error(), exit_config);
      std::vector<pulse_ptr> beats;
      for (const auto& spec : built->specs) {
        beats.push_back(spec.beat);
        if (spec.kind == "source")
          sources_.push_back(spec.beat);
      }
      node.agents.push_back(
        {agent.name,
         [this, s = *built] { return spawn_agent_supervisor(system_, s); },
         built->cell, std::move(beats)});
    }
    if (!line_.metrics.empty() || config_.metrics) {
      auto served = serve_api(listen_options(), counted_, children_);
      if (!served)
        return fail(served.error(), exit_cannot_create);
      api_ = std::move(*served);
    }
    supervisor_ = spawn_node_supervisor(system_, std::move(node));
    supervisor_->attach_functor([this](const caf::error& reason) {
      ended_badly_ = static_cast<bool>(reason);
      ended_ = true;
      until_.done();
    });
    log::info("node", counted_.node() + " runs, state in " + parts_.state_dir);
    return wait();
  }

private:
  [[nodiscard]] api_options listen_options() const {
    api_options o;
    o.listen = line_.metrics;
    if (o.listen.empty())
      o.listen = config_.metrics->address + ":"
                 + std::to_string(config_.metrics->port);
    o.state_dir = parts_.state_dir;
    o.allow_chaos = line_.allow_chaos;
    return o;
  }

  void stop() {
    give_up_at_ = std::chrono::steady_clock::now() + supervision{}.stop_deadline
                  + exit_patience;
    caf::anon_send(caf::actor_cast<node_supervisor_actor>(supervisor_),
                   stop_atom_v);
  }

  int wait() {
    drain_watch drained{sources_, counted_, line_.drain};
    while (!ended_) {
      const int signal = until_.wait(look_interval);
      if (signal > 0 && give_up_at_)
        ::_exit(128 + signal);
      if ((signal > 0 || drained.complete()) && !give_up_at_ && !ended_)
        stop();
      if (give_up_at_ && std::chrono::steady_clock::now() > *give_up_at_)
        leave("something did not stop");
    }
    if (line_.drain)
      std::fprintf(stderr, "sluice: %s\n", drained.verdict().c_str());
    // Nobody looks after the agents any more: no orderly end is left.
    if (ended_badly_)
      leave("supervision itself has failed");
    ending::let_signals_end_us();
    supervisor_ = nullptr;
    api_.reset();
    return line_.drain && !drained.done() ? exit_not_drained : 0;
  }

  /// Ends the process as it stands. What is not committed will be read again.
  [[noreturn]] static void leave(const char* why) {
    log::error("node", std::string{why} + ": leaving at once");
    ::_exit(exit_software);
  }

  const config::node_config& config_;
  const command_line& line_;
  const ending& until_;
  metrics counted_;
  child_table children_;
  node_parts parts_;
  system_config system_config_{config_};
  caf::actor_system system_{system_config_};
  std::vector<pulse_ptr> sources_;
  std::unique_ptr<http_server> api_;
  caf::actor supervisor_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> ended_badly_{false};
  std::optional<std::chrono::steady_clock::time_point> give_up_at_;
};

} // namespace

int run_node(const config::node_config& config, const command_line& line) {
  ending::block_signals();
  ::signal(SIGPIPE, SIG_IGN);
  const auto until = ending::make();
  if (!until)
    return fail(until.error(), exit_software);
  const auto state_dir = state_directory(config, line);
  const auto name = chosen_node_name(config, line, state_dir);
  if (!name)
    return fail(name.error(), exit_config);
  std::error_code ec;
  std::filesystem::create_directories(
    std::filesystem::path{state_dir}.parent_path(), ec);
  const auto lock = take_lock(
    {.directory = state_dir, .node = *name, .machine_id = machine_id()});
  if (!lock)
    return fail(lock.error(), exit_cannot_create);
  return running_node{config, line, *until, *name, state_dir}.run();
}

} // namespace sluice
