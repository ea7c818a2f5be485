// memory: the actor of the memory channel; all decisions are memory_buffer's.
#include "actors/channel/memory_channel.hpp"
#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"

namespace sluice {

namespace {

struct attached_source {
  incarnation_id incarnation = 0;
  upstream_port port;
  std::uint64_t last_put = 0;
  bool answered = false;
  bool draining = false;
  /// The window last told; told again only when it changed.
  std::int64_t told_bytes = 0;
};

struct channel_state {
  explicit channel_state(memory_buffer::options options) : buffer(options) {
  }

  memory_buffer buffer;
  component_context context;
  std::map<std::string, attached_source> sources;
  incarnation_id sink_incarnation = 0;
  sink_port sink;
  bool asked_to_commit = false;
};

using channel_pointer = channel_actor::base*;

/// The memory channel's handlers; all decisions are memory_buffer's.
class memory_channel : public channel_actor::base {
public:
  memory_channel(caf::actor_config& config, component_context context,
                 memory_buffer::options options)
    : channel_actor::base(config),
      state_(options) {
    state_.context = std::move(context);
    use_house_handlers(this);
  }

  const char* name() const override {
    return state_.context.name.c_str();
  }

  behavior_type make_behavior() override {
    return {
      [this](resume_atom, incarnation_id incarnation, const std::string& source,
             const upstream_port& port) {
        state_.sources[source] = {incarnation, port, 0, false, false, 0};
        answer_resumes();
      },
      [this](put_atom, incarnation_id incarnation, std::uint64_t n,
             const batch_ptr& b) { put(incarnation, n, b); },
      [this](finished_atom, incarnation_id incarnation,
             const origin_list_ptr& ended) { finish(incarnation, ended); },
      [this](drain_atom, incarnation_id incarnation) {
        for (auto& [source, up] : state_.sources)
          if (up.incarnation == incarnation)
            up.draining = true;
        state_.asked_to_commit = false;
        after_change();
      },
      [this](attach_atom, incarnation_id incarnation, const sink_port& sink,
             const route_id& route, const position_map_ptr& committed,
             std::uint64_t credit) {
        attach(incarnation, sink, route, *committed, credit);
      },
      [this](credit_atom, incarnation_id incarnation, std::uint64_t bytes) {
        if (!of_this_life(incarnation, state_.sink_incarnation))
          return;
        state_.buffer.add_credit(bytes);
        after_change();
      },
      [this](committed_atom, incarnation_id incarnation,
             const position_map_ptr& positions) {
        if (of_this_life(incarnation, state_.sink_incarnation))
          committed(positions);
      },
    };
  }

  void on_exit() override {
    // Handles to each other would keep both sides alive.
    state_.sources.clear();
    state_.sink = nullptr;
  }

private:
  void stop_with(const failure& why) {
    log::error(state_.context.name, why.text);
    quit(to_reason(why));
  }

  attached_source* find(incarnation_id incarnation, std::string& name) {
    for (auto& [source, up] : state_.sources)
      if (up.incarnation == incarnation) {
        name = source;
        return &up;
      }
    return nullptr;
  }

  void answer_resumes() {
    if (!state_.buffer.ready())
      return;
    for (auto& [source, up] : state_.sources) {
      if (up.answered)
        continue;
      up.answered = true;
      auto answer
        = std::make_shared<resume_answer>(state_.buffer.resume(source));
      up.told_bytes = answer->room.bytes;
      send(up.port, resumed_atom_v, up.incarnation,
           resume_answer_ptr{std::move(answer)});
    }
  }

  void put(incarnation_id incarnation, std::uint64_t n, const batch_ptr& b) {
    std::string source;
    auto* up = find(incarnation, source);
    if (up == nullptr || !up->answered)
      return;
    auto ended = state_.buffer.put(source, b);
    if (!ended) {
      state_.context.cell->gaps(1);
      stop_with(ended.error());
      return;
    }
    up->last_put = n;
    auto& cell = *state_.context.cell;
    cell.received(ended->events, b->body_bytes());
    cell.deduplicated(ended->duplicates);
    cell.reframed(ended->reframed);
    state_.context.progressed();
    if (SLUICE_PLANTED("early_commit")) {
      position_map ends;
      collect_ends(*b, ends);
      send(up->port, committed_atom_v, incarnation, state_.buffer.route(),
           std::make_shared<const position_map>(std::move(ends)));
    }
    tell_room(source, *up);
    after_change();
  }

  void tell_room(const std::string& source, attached_source& up) {
    const auto room = state_.buffer.room(source);
    up.told_bytes = room.bytes;
    send(up.port, accepted_atom_v, up.incarnation, up.last_put, room);
  }

  void finish(incarnation_id incarnation, const origin_list_ptr& ended) {
    std::string source;
    if (find(incarnation, source) == nullptr)
      return;
    state_.buffer.forget(*ended);
    if (state_.sink)
      send(state_.sink, finished_atom_v, state_.sink_incarnation, ended);
  }

  void attach(incarnation_id incarnation, const sink_port& sink,
              const route_id& route, const position_map& committed,
              std::uint64_t credit) {
    auto ended = state_.buffer.attach(route, committed, credit);
    if (!ended) {
      if (ended.error().kind == errc::retry)
        state_.context.cell->gaps(1);
      stop_with(ended.error());
      return;
    }
    state_.context.cell->replayed(*ended);
    state_.sink_incarnation = incarnation;
    state_.sink = sink;
    state_.asked_to_commit = false;
    pass_on_committed(std::make_shared<const position_map>(committed));
    answer_resumes();
    after_change();
  }

  void pass_on_committed(const position_map_ptr& positions) {
    for (auto& [source, up] : state_.sources)
      if (up.answered)
        send(up.port, committed_atom_v, up.incarnation, state_.buffer.route(),
             positions);
  }

  void committed(const position_map_ptr& positions) {
    state_.buffer.committed(*positions);
    state_.asked_to_commit = false;
    state_.context.progressed();
    pass_on_committed(positions);
    for (auto& [source, up] : state_.sources)
      if (up.answered && state_.buffer.room(source).bytes != up.told_bytes)
        tell_room(source, up);
    after_change();
  }

  void after_change() {
    auto& buffer = state_.buffer;
    while (auto next = buffer.hand_out()) {
      state_.context.cell->sent((*next)->events.size(), (*next)->body_bytes());
      send(state_.sink, hand_out_atom_v, state_.sink_incarnation,
           std::move(*next));
    }
    bool draining = false;
    for (auto& [source, up] : state_.sources)
      if (up.draining) {
        draining = true;
        if (buffer.empty()) {
          up.draining = false;
          send(up.port, drained_atom_v, up.incarnation);
        }
      }
    if (!state_.asked_to_commit && state_.sink && !buffer.empty()
        && (draining || buffer.wants_commit())) {
      state_.asked_to_commit = true;
      send(state_.sink, commit_now_atom_v, state_.sink_incarnation);
    }
    state_.context.cell->channel_fill(buffer.events(), buffer.bytes());
  }

  channel_state state_;
};

} // namespace

caf::actor spawn_memory_channel(const component_context& context,
                                memory_buffer::options options) {
  context.cell->channel_capacity(options.events_max, options.bytes_max);
  return caf::actor_cast<caf::actor>(
    context.system->spawn<memory_channel>(context, options));
}

} // namespace sluice
