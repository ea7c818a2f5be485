// The actor of every source that can be read again: spooldir, taildir, exec.
#include "actors/core/event/progress.hpp"
#include "actors/source/send_window.hpp"
#include "actors/source/sources.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// The public messages and one of its own: go on reading.
using source_self
  = source_actor::extend<caf::reacts_to<pump_atom, std::uint64_t>>;

class reading_source : public source_self::base {
public:
  reading_source(caf::actor_config& config, component_context context,
                 make_reader make, inlet chain, reading_options options)
    : source_self::base(config),
      context_(std::move(context)),
      make_(std::move(make)),
      chain_(std::move(chain)),
      options_(options),
      idle_(options.idle_min),
      incarnation_(new_incarnation()) {
    use_house_handlers(this);
  }

  const char* name() const override {
    return context_.name.c_str();
  }

  behavior_type make_behavior() override {
    context_.beat->drained = false;
    send(this, pump_atom_v, ticket_);
    return {
      [this](resumed_atom, incarnation_id incarnation,
             const resume_answer_ptr& answer) {
        if (of_this_life(incarnation, incarnation_))
          resumed(*answer);
      },
      [this](accepted_atom, incarnation_id incarnation, std::uint64_t n,
             window room) {
        if (!of_this_life(incarnation, incarnation_))
          return;
        context_.progressed();
        window_.accepted(n, room);
        if (std::exchange(blocked_, false))
          pump_soon();
      },
      [this](committed_atom, incarnation_id incarnation, const route_id&,
             const position_map_ptr& by_all) {
        if (of_this_life(incarnation, incarnation_) && reader_)
          committed(*by_all);
      },
      [this](drained_atom, incarnation_id incarnation) {
        if (of_this_life(incarnation, incarnation_) && listener_)
          send(listener_, drained_atom_v, context_.name);
      },
      [this](stop_atom, const stop_listener& listener) {
        listener_ = listener;
        stopping_ = true;
        send(chain_, drain_atom_v, incarnation_);
      },
      [this](pump_atom, std::uint64_t ticket) {
        if (!reader_)
          begin();
        else if (ticket == ticket_)
          pump();
      },
    };
  }

  void on_exit() override {
    chain_ = nullptr;
    listener_ = nullptr;
  }

private:
  void stop_with(const failure& why) {
    context_.cell->errors("receiving", to_string(why.kind));
    quit(to_reason(why));
  }

  /// Its first message: a failure here is a death like any other.
  void begin() {
    auto made = make_();
    if (!made) {
      stop_with(made.error());
      return;
    }
    reader_ = std::move(*made);
    if (auto looked = reader_->first_look(); !looked) {
      stop_with(looked.error());
      return;
    }
    send(chain_, resume_atom_v, incarnation_, context_.name,
         caf::actor_cast<upstream_port>(this));
  }

  void resumed(const resume_answer& answer) {
    if (auto finished = reader_->resume(answer.routes); !finished) {
      stop_with(finished.error());
      return;
    }
    window_.begin(answer.room);
    blocked_ = false;
    uncommitted_.clear();
    reading_ = true;
    // Files that were committed before the last death are completed now.
    position_map stored;
    std::vector<position_map> each;
    std::vector<const position_map*> all;
    for (const auto& [route, points] : answer.routes) {
      position_map by_route;
      for (const auto& [o, p] : points)
        by_route[o] = p.committed;
      each.push_back(std::move(by_route));
    }
    for (const auto& m : each)
      all.push_back(&m);
    committed(smallest(all));
    pump_soon();
  }

  void committed(const position_map& by_all) {
    for (const auto& [o, p] : by_all) {
      const auto sent = uncommitted_.find(o);
      if (sent != uncommitted_.end() && p.at >= sent->second)
        uncommitted_.erase(sent);
    }
    auto finished = reader_->committed(by_all);
    if (!finished) {
      stop_with(finished.error());
      return;
    }
    if (!finished->empty())
      send(chain_, finished_atom_v, incarnation_,
           std::make_shared<const std::vector<origin>>(std::move(*finished)));
    publish();
  }

  void pump_soon() {
    if (reading_ && !stopping_ && !pumping_) {
      pumping_ = true;
      send(this, pump_atom_v, ++ticket_);
    }
  }

  /// In a thread of its own it waits where the reader hears of changes: that
  /// wakes it once for each, and a message waits for `idle_max` at most.
  void pump_later() {
    const auto pause
      = std::exchange(idle_, std::min(idle_ * 2, options_.idle_max));
    if (context_.own_thread) {
      reader_->wait(options_.idle_max);
      pump_soon();
    } else {
      delayed_send(this, pause, pump_atom_v, ++ticket_);
    }
  }

  void pump() {
    pumping_ = false;
    if (!reading_ || stopping_)
      return;
    const auto room = window_.room();
    if (!room.open()) {
      blocked_ = true; // the next `accepted` goes on
      publish();
      return;
    }
    const auto bytes = std::min<std::uint64_t>(
      options_.bytes_max, static_cast<std::uint64_t>(room.bytes));
    auto events = std::min<std::uint64_t>(
      batch_events_max, static_cast<std::uint64_t>(room.events));
    if (options_.events_max > 0)
      events = std::min<std::uint64_t>(events, options_.events_max);
    auto got = reader_->read(bytes, events);
    if (!got) {
      stop_with(got.error());
      return;
    }
    if (!*got) {
      // The figures of ten thousand files cost: not at each idle look.
      if (idle_ == options_.idle_min
          || context_.clock->now() - published_at_ >= std::chrono::seconds{1})
        publish();
      else
        tell_drained();
      pump_later();
      return;
    }
    put(*got);
    pump_soon();
  }

  void put(const batch_ptr& b) {
    idle_ = options_.idle_min;
    if (uncommitted_.empty())
      context_.cell->oldest_uncommitted(context_.clock->now());
    for (const auto& r : b->runs)
      uncommitted_[r.from_origin] = r.end();
    context_.beat->drained = false;
    context_.cell->received(b->events.size(), b->body_bytes());
    const auto n = window_.sent(b->cost(), b->events.size());
    context_.cell->sent(b->events.size(), b->body_bytes());
    send(chain_, put_atom_v, incarnation_, n, b);
  }

  void publish() {
    published_at_ = context_.clock->now();
    const auto f = reader_->figures();
    auto& cell = *context_.cell;
    cell.received_raw(f.bytes_read - last_.bytes_read);
    cell.missed_bytes(f.missed_bytes - last_.missed_bytes);
    cell.reframed(f.reframed - last_.reframed);
    cell.files_completed(f.files_completed - last_.files_completed);
    cell.lag_bytes(f.lag_bytes);
    cell.files_open(f.files_open);
    cell.unreadable_files(f.files_unreadable);
    cell.unmarked_files(f.files_unmarked);
    last_ = f;
    if (uncommitted_.empty())
      cell.nothing_uncommitted();
    tell_drained();
  }

  void tell_drained() {
    context_.beat->drained = uncommitted_.empty() && reader_->drained();
  }

  component_context context_;
  make_reader make_;
  inlet chain_;
  reading_options options_;
  std::chrono::milliseconds idle_;
  incarnation_id incarnation_;
  std::unique_ptr<origin_reader> reader_;
  send_window window_;
  /// Where the last batch of each origin ends, until all routes have it.
  std::map<origin, position> uncommitted_;
  reader_figures last_;
  clock_source::steady_time published_at_{};
  stop_listener listener_;
  bool reading_ = false;
  bool stopping_ = false;
  bool pumping_ = false;
  /// Nothing more may be sent: the window is full.
  bool blocked_ = false;
  std::uint64_t ticket_ = 0;
};

} // namespace

caf::actor spawn_reading_source(const component_context& context,
                                make_reader make, inlet chain,
                                reading_options options) {
  if (context.own_thread)
    return caf::actor_cast<caf::actor>(
      context.system->spawn<reading_source, caf::detached>(
        context, std::move(make), std::move(chain), options));
  return caf::actor_cast<caf::actor>(context.system->spawn<reading_source>(
    context, std::move(make), std::move(chain), options));
}

} // namespace sluice
