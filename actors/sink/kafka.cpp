// kafka: the actor of the Kafka sink; the rules are the lane's.
#include "actors/core/kafka/lane.hpp"
#include "actors/sink/kafka_sink.hpp"

namespace sluice {

namespace {

using namespace std::chrono_literals;

/// How often an idle lane is looked at: a commit that failed beside, progress
/// without events.
constexpr auto idle_tick = 250ms;
/// So long before a transaction is due it is begun with what there is: the
/// broker learns of it meanwhile. Not longer: whoever dies in a transaction
/// is half a second later back.
constexpr auto prepare_ahead = 15ms;

/// The public messages and four of its own: open the lane; the time to send;
/// to look at an idle lane; what the committer thread says.
using kafka_self = sink_actor::extend<
  caf::reacts_to<start_atom>, caf::reacts_to<tick_atom, std::uint64_t>,
  caf::reacts_to<idle_atom>, caf::reacts_to<committed_atom, position_map_ptr>>;

class kafka_sink : public kafka_self::base {
public:
  kafka_sink(caf::actor_config& config, component_context context,
             kafka_sink_parts parts, outlet channel)
    : kafka_self::base(config),
      context_(std::move(context)),
      parts_(std::move(parts)),
      channel_(std::move(channel)),
      incarnation_(new_incarnation()) {
    use_house_handlers(this);
  }

  const char* name() const override {
    return context_.name.c_str();
  }

  behavior_type make_behavior() override {
    send(this, start_atom_v);
    return {
      [this](hand_out_atom, incarnation_id incarnation, const batch_ptr& b) {
        if (of_this_life(incarnation, incarnation_) && lane_)
          take(b);
      },
      [this](commit_now_atom, incarnation_id incarnation) {
        if (of_this_life(incarnation, incarnation_) && lane_)
          transact();
      },
      [this](finished_atom, incarnation_id incarnation,
             const origin_list_ptr& origins) {
        if (of_this_life(incarnation, incarnation_) && lane_)
          lane_->finish(*origins);
      },
      [this](stop_atom, const stop_listener& listener) {
        if (lane_ && transact())
          static_cast<void>(lane_->settle(2s));
        send(listener, drained_atom_v, context_.name);
      },
      [this](start_atom) { start(); },
      [this](tick_atom, std::uint64_t ticket) {
        if (ticket == ticket_ && lane_)
          transact();
      },
      [this](idle_atom) {
        if (!scheduled_ && !transact())
          return;
        delayed_send(this, idle_tick, idle_atom_v);
      },
      [this](committed_atom, const position_map_ptr& positions) {
        committed(positions);
      },
    };
  }

  void on_exit() override {
    // The lane's hooks hold this actor, and its threads end with it.
    lane_.reset();
    client_.reset();
    channel_ = nullptr;
  }

private:
  void stop_with(const failure& why) {
    publish();
    context_.cell->errors("sending", to_string(why.kind));
    quit(to_reason(why));
  }

  void start() {
    context_.cell->state(component_state::waiting, "connecting");
    auto client = parts_.connect();
    if (!client) {
      stop_with(client.error());
      return;
    }
    client_ = std::move(*client);
    const auto attached = std::make_shared<std::atomic<bool>>(false);
    lane_hooks hooks;
    hooks.stop = [beat = context_.beat, attached] {
      return beat->give_up || (beat->ending && !*attached);
    };
    hooks.waiting = [cell = context_.cell](const std::string& why) {
      cell->state(component_state::waiting, why);
    };
    hooks.on_committed
      = [self = caf::actor_cast<caf::actor>(this)](const position_map& m) {
          caf::anon_send(self, committed_atom_v,
                         std::make_shared<const position_map>(m));
        };
    hooks.dead_letters = parts_.bury;
    auto opened
      = std::make_unique<lane>(parts_.settings, *client_, *parts_.memory,
                               std::move(hooks), incarnation_);
    auto positions = opened->start();
    lane_ = std::move(opened);
    if (!positions) {
      stop_with(positions.error());
      return;
    }
    *attached = true;
    context_.cell->state(component_state::running, "");
    const auto credit = 2 * parts_.settings.commit_bytes;
    send(channel_, attach_atom_v, incarnation_,
         caf::actor_cast<sink_port>(this), parts_.settings.route,
         std::make_shared<const position_map>(std::move(*positions)),
         std::uint64_t{credit});
    delayed_send(this, idle_tick, idle_atom_v);
  }

  /// A transaction is sent `commit_interval` after the last one was: what
  /// comes after a longer silence goes at once.
  void transact_when_due() {
    due_ = last_sent_ + parts_.settings.commit_interval;
    const auto now = context_.clock->now();
    ++ticket_;
    if (due_ <= now)
      send(this, tick_atom_v, ticket_);
    else
      delayed_send(this, due_ - now, tick_atom_v, ticket_);
  }

  void take(const batch_ptr& b) {
    context_.cell->received(b->events.size(), b->body_bytes());
    pending_cost_ += b->cost();
    pending_records_ += b->events.size();
    pending_events_ += b->events.size();
    pending_bytes_ += b->body_bytes();
    pending_.push_back(b);
    const bool first = !std::exchange(scheduled_, true);
    if (pending_cost_ >= parts_.settings.commit_bytes
        || pending_records_ >= parts_.settings.records_max)
      transact();
    else if (first)
      transact_when_due();
    else if (due_ - context_.clock->now() < prepare_ahead)
      prepare();
  }

  void prepare() {
    if (auto ok = lane_->prepare(std::exchange(pending_, {})); !ok)
      stop_with(ok.error());
  }

  bool transact() {
    const auto cost = std::exchange(pending_cost_, 0);
    pending_records_ = 0;
    const auto begin = context_.clock->now();
    const bool any = std::exchange(scheduled_, false);
    ++ticket_;
    auto sent = lane_->transact(std::exchange(pending_, {}));
    publish();
    if (!sent) {
      stop_with(sent.error());
      return false;
    }
    if (any) {
      last_sent_ = context_.clock->now();
      context_.cell->commit_took(last_sent_ - begin);
      context_.cell->sent(std::exchange(pending_events_, 0),
                          std::exchange(pending_bytes_, 0));
      // The channel's bound, not the credit, bounds what is pinned meanwhile.
      send(channel_, credit_atom_v, incarnation_, std::uint64_t{cost});
    }
    return true;
  }

  void committed(const position_map_ptr& positions) {
    context_.progressed();
    publish();
    send(channel_, committed_atom_v, incarnation_, positions);
  }

  void publish() {
    if (!lane_)
      return;
    const auto& now = lane_->statistics();
    auto& cell = *context_.cell;
    const auto difference = [](std::uint64_t& seen, std::uint64_t value) {
      return value - std::exchange(seen, value);
    };
    cell.commits(difference(seen_commits_, now.commits));
    cell.aborts(difference(seen_aborts_, now.aborted));
    cell.fenced(difference(seen_fenced_, now.fenced));
  }

  component_context context_;
  kafka_sink_parts parts_;
  outlet channel_;
  incarnation_id incarnation_;
  std::unique_ptr<kafka_client> client_;
  std::unique_ptr<lane> lane_;
  std::vector<batch_ptr> pending_;
  std::uint64_t pending_cost_ = 0;
  std::uint64_t pending_records_ = 0;
  std::uint64_t pending_events_ = 0;
  std::uint64_t pending_bytes_ = 0;
  std::uint64_t seen_commits_ = 0;
  std::uint64_t seen_aborts_ = 0;
  std::uint64_t seen_fenced_ = 0;
  std::uint64_t ticket_ = 0;
  /// There are batches that a transaction will take at `due_`.
  bool scheduled_ = false;
  clock_source::steady_time due_{};
  clock_source::steady_time last_sent_{};
};

} // namespace

std::shared_ptr<lane_memory> make_lane_memory() {
  return std::make_shared<lane_memory>();
}

caf::actor spawn_kafka_sink(const component_context& context,
                            kafka_sink_parts parts, outlet channel) {
  if (context.own_thread)
    return caf::actor_cast<caf::actor>(
      context.system->spawn<kafka_sink, caf::detached>(
        context, std::move(parts), std::move(channel)));
  return caf::actor_cast<caf::actor>(context.system->spawn<kafka_sink>(
    context, std::move(parts), std::move(channel)));
}

} // namespace sluice
