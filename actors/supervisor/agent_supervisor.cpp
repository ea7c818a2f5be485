#include "actors/supervisor/agent_supervisor.hpp"

#include "actors/core/base/log.hpp"
#include "actors/supervisor/death_log.hpp"

#include <map>
#include <set>

namespace sluice {

namespace {

using supervisor_self
  = supervisor_actor::extend<caf::reacts_to<tick_atom, std::uint64_t>>;

class agent_supervisor : public supervisor_self::base {
public:
  agent_supervisor(caf::actor_config& config, supervision what)
    : supervisor_self::base(config),
      what_(std::move(what)),
      plan_(what_.limits, what_.seed),
      running_(what_.specs.size()) {
    use_house_handlers(this);
    for (const auto& spec : what_.specs)
      plan_.add(spec.id, spec.depends_on);
    set_down_handler([this](caf::down_msg& m) { on_down(m); });
  }

  const char* name() const override {
    return what_.agent.c_str();
  }

  behavior_type make_behavior() override {
    what_.cell->state(component_state::running, "");
    advance();
    return {
      [this](drained_atom, const std::string&) {
        for (std::size_t i = 0; i < running_.size(); ++i)
          if (running_[i] && running_[i] == current_sender())
            waiting_for_.erase(what_.specs[i].id);
        next_stop_step();
      },
      [this](stop_atom) { begin_stop(); },
      [this](tick_atom, std::uint64_t ticket) {
        if (ticket == ticket_) {
          next_stop_step();
          advance();
        }
      },
    };
  }

  void on_exit() override {
    running_.clear();
  }

private:
  enum class stop_step { none, sources, sinks, exits };

  void on_down(const caf::down_msg& m) {
    for (std::size_t i = 0; i < running_.size(); ++i)
      if (running_[i] && running_[i].address() == m.source) {
        child_down(i, to_failure(m.reason));
        next_stop_step();
        advance();
        return;
      }
  }

  void child_down(std::size_t i, const failure& why) {
    const auto& spec = what_.specs[i];
    running_[i] = nullptr;
    what_.children->remove(what_.agent, spec.id);
    waiting_for_.erase(spec.id);
    const bool by_itself = plan_.state(i) == child_state::running;
    plan_.on_down(i, why, spec.beat->progress, what_.clock->now());
    if (!by_itself || stop_ != stop_step::none) {
      spec.cell->state(component_state::stopped, "");
      return;
    }
    spec.cell->restarted(to_string(why.kind));
    if (plan_.state(i) == child_state::failed) {
      const auto& last = plan_.last_failure(i);
      spec.cell->state(component_state::down, last.text);
      log::error(what_.agent,
                 spec.id + " stays down: " + last.text
                   + (last.kind == errc::exception
                        ? "; it is a fault of sluice, please report it; a new "
                          "start of the node tries again"
                        : ""));
    } else {
      spec.cell->state(component_state::backing_off, why.text);
      deaths_[spec.id].died(what_.agent, spec.id, why, spec.beat->progress);
    }
  }

  void kill(std::size_t i) {
    what_.specs[i].beat->give_up = true;
    kill_now(running_[i]);
  }

  /// Does all that can be done now, and asks to be woken for the rest.
  void advance() {
    const auto now = what_.clock->now();
    for (const auto i : plan_.to_kill(now))
      kill(i);
    while (const auto next = plan_.to_start(now))
      start(*next);
    for (std::size_t i = 0; i < running_.size(); ++i)
      if (plan_.state(i) == child_state::stuck)
        what_.specs[i].cell->state(component_state::stuck,
                                   "no answer to its kill");
    what_.cell->state(
      plan_.is_down() ? component_state::down : component_state::running, "");
    if (stop_ == stop_step::exits && plan_.all_down() && nobody_runs()) {
      what_.cell->state(component_state::stopped, "");
      quit();
      return;
    }
    if (stop_ == stop_step::sources || stop_ == stop_step::sinks)
      wake_in(std::chrono::milliseconds{50});
    else if (const auto next = plan_.next_look())
      wake_in(std::max(*next - now, clock_source::steady_time::duration{}));
  }

  void start(std::size_t i) {
    auto& spec = what_.specs[i];
    spec.beat->give_up = false;
    spec.beat->ending = false;
    spec.cell->state(component_state::running, "");
    running_[i] = spec.start(running_);
    monitor<caf::message_priority::high>(running_[i]);
    what_.children->put(
      {what_.agent, spec.id, spec.kind, running_[i], spec.beat});
  }

  void wake_in(clock_source::steady_time::duration delay) {
    delayed_send(this, std::chrono::duration_cast<caf::timespan>(delay),
                 tick_atom_v, ++ticket_);
  }

  // --- the three steps of stopping

  void begin_stop() {
    if (stop_ != stop_step::none)
      return;
    stop_ = stop_step::sources;
    stop_began_ = last_commit_ = what_.clock->now();
    commits_seen_ = commits();
    plan_.stop();
    for (const auto& spec : what_.specs)
      spec.beat->ending = true;
    ask_to_stop("source");
    next_stop_step();
    advance();
  }

  [[nodiscard]] bool some_sink_runs() const {
    for (std::size_t i = 0; i < running_.size(); ++i)
      if (running_[i] && what_.specs[i].kind == "sink")
        return true;
    return false;
  }

  void ask_to_stop(const std::string& kind) {
    for (std::size_t i = 0; i < running_.size(); ++i)
      if (running_[i] && what_.specs[i].kind == kind) {
        waiting_for_.insert(what_.specs[i].id);
        send(caf::actor_cast<stoppable>(running_[i]), stop_atom_v,
             caf::actor_cast<stop_listener>(this));
      }
  }

  [[nodiscard]] std::uint64_t commits() const {
    std::uint64_t sum = 0;
    for (const auto& spec : what_.specs)
      if (spec.kind == "sink")
        sum += spec.beat->progress;
    return sum;
  }

  void next_stop_step() {
    if (stop_ == stop_step::none || stop_ == stop_step::exits)
      return;
    const auto now = what_.clock->now();
    if (const auto seen = commits(); seen != commits_seen_) {
      commits_seen_ = seen;
      last_commit_ = now;
    }
    // Correctness never depends on an orderly stop: what is not committed is
    // read again.
    const bool hopeless = !some_sink_runs()
                          || now - last_commit_ > what_.stop_patience
                          || now - stop_began_ > what_.stop_deadline;
    if (!waiting_for_.empty() && !hopeless)
      return;
    waiting_for_.clear();
    if (stop_ == stop_step::sources) {
      stop_ = stop_step::sinks;
      last_commit_ = now;
      ask_to_stop("sink");
      if (waiting_for_.empty())
        next_stop_step();
      return;
    }
    stop_ = stop_step::exits;
    for (std::size_t i = running_.size(); i > 0; --i)
      if (running_[i - 1])
        kill(i - 1);
  }

  [[nodiscard]] bool nobody_runs() const {
    for (const auto& r : running_)
      if (r)
        return false;
    return true;
  }

  supervision what_;
  restart_plan plan_;
  std::map<std::string, death_log> deaths_;
  std::vector<caf::actor> running_;
  std::uint64_t ticket_ = 0;
  stop_step stop_ = stop_step::none;
  std::set<std::string> waiting_for_;
  clock_source::steady_time stop_began_{};
  clock_source::steady_time last_commit_{};
  std::uint64_t commits_seen_ = 0;
};

} // namespace

caf::actor spawn_agent_supervisor(caf::actor_system& system, supervision what) {
  return caf::actor_cast<caf::actor>(
    system.spawn<agent_supervisor>(std::move(what)));
}

} // namespace sluice
