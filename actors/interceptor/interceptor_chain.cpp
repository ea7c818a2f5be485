#include "actors/interceptor/interceptor_chain.hpp"

#include "actors/interceptor/fan_out.hpp"

namespace sluice {

namespace {

class interceptor_chain : public chain_actor::base {
public:
  interceptor_chain(caf::actor_config& config, component_context context,
                    chain_parts parts)
    : chain_actor::base(config),
      context_(std::move(context)),
      parts_(std::move(parts)),
      routes_(parts_.channels.size()) {
    use_house_handlers(this);
  }

  const char* name() const override {
    return context_.name.c_str();
  }

  behavior_type make_behavior() override {
    return {
      [this](resume_atom, incarnation_id incarnation, const std::string& source,
             const upstream_port& port) { resume(incarnation, source, port); },
      [this](put_atom, incarnation_id incarnation, std::uint64_t n,
             const batch_ptr& b) {
        if (of_this_life(incarnation, incarnation_))
          put(n, b);
      },
      [this](finished_atom, incarnation_id incarnation,
             const origin_list_ptr& ended) {
        if (!of_this_life(incarnation, incarnation_))
          return;
        routes_.forget(*ended);
        for (auto& c : parts_.channels)
          send(c, finished_atom_v, incarnation, ended);
      },
      [this](drain_atom, incarnation_id incarnation) {
        if (of_this_life(incarnation, incarnation_))
          for (auto& c : parts_.channels)
            send(c, drain_atom_v, incarnation);
      },
      [this](resumed_atom, incarnation_id incarnation,
             const resume_answer_ptr& answer) {
        if (!of_this_life(incarnation, incarnation_))
          return;
        if (auto all = routes_.answered(sender_index(), *answer))
          send(source_, resumed_atom_v, incarnation,
               std::make_shared<const resume_answer>(std::move(*all)));
      },
      [this](accepted_atom, incarnation_id incarnation, std::uint64_t n,
             window room) {
        if (!of_this_life(incarnation, incarnation_))
          return;
        context_.progressed();
        const auto all = routes_.accepted(sender_index(), n, room);
        send(source_, accepted_atom_v, incarnation, all.n, all.room);
      },
      [this](committed_atom, incarnation_id incarnation, const route_id& route,
             const position_map_ptr& positions) {
        if (!of_this_life(incarnation, incarnation_))
          return;
        if (auto all = routes_.committed(sender_index(), *positions))
          send(source_, committed_atom_v, incarnation, route, all);
      },
      [this](drained_atom, incarnation_id incarnation) {
        if (of_this_life(incarnation, incarnation_)
            && routes_.drained(sender_index()))
          send(source_, drained_atom_v, incarnation);
      },
    };
  }

  void on_exit() override {
    source_ = nullptr;
    parts_.channels.clear();
  }

private:
  std::size_t sender_index() {
    const auto from = current_sender();
    for (std::size_t i = 0; i < parts_.channels.size(); ++i)
      if (caf::actor_cast<caf::strong_actor_ptr>(parts_.channels[i]) == from)
        return i;
    SLUICE_CHECK(false, "an answer from no channel of this chain");
    return 0;
  }

  void resume(incarnation_id incarnation, const std::string& source,
              const upstream_port& port) {
    incarnation_ = incarnation;
    source_ = port;
    routes_.begin();
    for (auto& c : parts_.channels)
      send(c, resume_atom_v, incarnation, source,
           caf::actor_cast<upstream_port>(this));
  }

  void put(std::uint64_t n, const batch_ptr& b) {
    auto& cell = *context_.cell;
    cell.received(b->events.size(), b->body_bytes());
    auto current = b;
    for (auto& step : parts_.interceptors)
      current = step->apply(current);
    const auto sent = current->events.size();
    cell.filtered(b->events.size() - sent);
    cell.sent(sent, current->body_bytes());
    const auto each = parts_.routes->route(current);
    for (std::size_t i = 0; i < parts_.channels.size(); ++i)
      send(parts_.channels[i], put_atom_v, incarnation_, n, each[i]);
  }

  component_context context_;
  chain_parts parts_;
  fan_out routes_;
  incarnation_id incarnation_ = 0;
  upstream_port source_;
};

} // namespace

caf::actor spawn_interceptor_chain(const component_context& context,
                                   chain_parts parts) {
  return caf::actor_cast<caf::actor>(
    context.system->spawn<interceptor_chain>(context, std::move(parts)));
}

} // namespace sluice
