// The actor of every sink whose store commits where it stands.
#include "actors/core/event/progress.hpp"
#include "actors/sink/sinks.hpp"

namespace sluice {

namespace {

/// The public messages and three of its own: open the store; the time to
/// commit; the time to let the store look around.
using sink_self = sink_actor::extend<caf::reacts_to<start_atom>,
                                     caf::reacts_to<tick_atom, std::uint64_t>,
                                     caf::reacts_to<pump_atom>>;

class committing_sink : public sink_self::base {
public:
  committing_sink(caf::actor_config& config, component_context context,
                  route_id route, make_store make, outlet channel,
                  commit_options options)
    : sink_self::base(config),
      context_(std::move(context)),
      route_(std::move(route)),
      make_(std::move(make)),
      channel_(std::move(channel)),
      options_(options),
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
        if (of_this_life(incarnation, incarnation_) && store_)
          take(b);
      },
      [this](commit_now_atom, incarnation_id incarnation) {
        if (of_this_life(incarnation, incarnation_) && store_)
          commit();
      },
      [this](finished_atom, incarnation_id incarnation,
             const origin_list_ptr& ended) {
        if (!of_this_life(incarnation, incarnation_) || !store_)
          return;
        store_->finish(*ended);
        finishing_ = true;
        commit_later();
      },
      [this](stop_atom, const stop_listener& listener) {
        if (store_)
          commit();
        send(listener, drained_atom_v, context_.name);
      },
      [this](start_atom) { start(); },
      [this](tick_atom, std::uint64_t ticket) {
        if (ticket == ticket_)
          commit();
      },
      [this](pump_atom) {
        store_->look_around();
        look_later();
      },
    };
  }

  void on_exit() override {
    // The channel holds a handle to us until our successor attaches, and that
    // one must first be able to open the store.
    store_.reset();
    channel_ = nullptr;
  }

private:
  void stop_with(const failure& why) {
    context_.cell->errors("sending", to_string(why.kind));
    quit(to_reason(why));
  }

  void start() {
    auto made = make_();
    if (!made) {
      stop_with(made.error());
      return;
    }
    auto positions = (*made)->open();
    if (!positions) {
      stop_with(positions.error());
      return;
    }
    store_ = std::move(*made);
    send(channel_, attach_atom_v, incarnation_,
         caf::actor_cast<sink_port>(this), route_,
         std::make_shared<const position_map>(std::move(*positions)),
         options_.credit);
    // It may have waited for its destination.
    context_.cell->state(component_state::running, "");
    look_later();
  }

  void look_later() {
    if (const auto pause = store_->look_interval(); pause.count() > 0)
      delayed_send(this, pause, pump_atom_v);
  }

  void take(const batch_ptr& b) {
    context_.cell->received(b->events.size(), b->body_bytes());
    if (auto ended = store_->write(b); !ended) {
      stop_with(ended.error());
      return;
    }
    collect_ends(*b, ends_);
    written_cost_ += b->cost();
    written_events_ += b->events.size();
    written_bytes_ += b->body_bytes();
    if (written_cost_ >= options_.bytes)
      commit();
    else
      commit_later();
  }

  void commit_later() {
    if (waiting_)
      return;
    waiting_ = true;
    delayed_send(this, options_.interval, tick_atom_v, ++ticket_);
  }

  void commit() {
    waiting_ = false;
    ++ticket_;
    if (ends_.empty() && !finishing_)
      return;
    const auto begin = context_.clock->now();
    if (auto ended = store_->commit(ends_); !ended) {
      context_.cell->aborts(1);
      stop_with(ended.error());
      return;
    }
    auto& cell = *context_.cell;
    cell.commits(1);
    cell.commit_took(context_.clock->now() - begin);
    cell.sent(written_events_, written_bytes_);
    context_.progressed();
    finishing_ = false;
    send(channel_, credit_atom_v, incarnation_, written_cost_);
    send(channel_, committed_atom_v, incarnation_,
         std::make_shared<const position_map>(std::move(ends_)));
    ends_.clear();
    written_cost_ = written_events_ = written_bytes_ = 0;
  }

  component_context context_;
  route_id route_;
  make_store make_;
  outlet channel_;
  commit_options options_;
  incarnation_id incarnation_;
  std::unique_ptr<batch_store> store_;
  position_map ends_;
  std::uint64_t written_cost_ = 0;
  std::uint64_t written_events_ = 0;
  std::uint64_t written_bytes_ = 0;
  bool finishing_ = false;
  bool waiting_ = false;
  std::uint64_t ticket_ = 0;
};

} // namespace

caf::actor spawn_committing_sink(const component_context& context,
                                 route_id route, make_store make,
                                 outlet channel, commit_options options) {
  if (context.own_thread)
    return caf::actor_cast<caf::actor>(
      context.system->spawn<committing_sink, caf::detached>(
        context, std::move(route), std::move(make), std::move(channel),
        options));
  return caf::actor_cast<caf::actor>(context.system->spawn<committing_sink>(
    context, std::move(route), std::move(make), std::move(channel), options));
}

} // namespace sluice
