// chain_builder: a source's interceptors and selector as one child.
#include "actors/interceptor/interceptor_chain.hpp"
#include "actors/selector/selectors.hpp"
#include "nodes/agent_builder.hpp"

#include <utility>

namespace sluice {

namespace {

result<interceptor_ptr> build_interceptor(const config::component_config& c,
                                          const clock_source& clock) {
  const auto& v = c.values;
  if (c.type == "regex_filter")
    return make_regex_filter({v.text("regex"), v.flag("exclude")});
  if (c.type == "timestamp")
    return make_timestamp_interceptor({v.text("header"), v.flag("preserve")},
                                      clock);
  if (c.type == "host")
    return make_host_interceptor(
      {v.text("header"), v.flag("use_ip"), v.flag("preserve")});
  if (c.type == "static")
    return make_static_interceptor(
      {v.text("key"), v.text("value"), v.flag("preserve")});
  return failure{errc::config, "no interceptor of type " + c.type};
}

result<std::vector<interceptor_ptr>>
build_interceptors(const config::source_config& source,
                   const clock_source& clock) {
  std::vector<interceptor_ptr> all;
  for (const auto& c : source.interceptors) {
    auto made = build_interceptor(c, clock);
    if (!made)
      return failure{made.error().kind, c.where + ": " + made.error().text};
    all.push_back(std::move(*made));
  }
  return all;
}

} // namespace

result<child_spec> build_chain(const node_parts& node,
                               const config::agent_config& agent,
                               const config::source_config& source,
                               std::vector<std::size_t> channels) {
  // Made once here, so that what cannot work is said before anything starts.
  if (auto tried = build_interceptors(source, *node.clock); !tried)
    return tried.error();
  auto c = context_of(node, agent.name, source.name,
                      component_kind::interceptor, "chain");
  return child_spec{
    "chain-" + source.name,
    "interceptor",
    channels,
    [c, source, channels](const std::vector<caf::actor>& running) {
      chain_parts parts;
      auto made = build_interceptors(source, *c.clock);
      SLUICE_CHECK(static_cast<bool>(made), "it could be made before");
      parts.interceptors = std::move(*made);
      parts.routes = make_replicating(channels.size());
      for (const auto i : channels)
        parts.channels.push_back(caf::actor_cast<channel_actor>(running[i]));
      return spawn_interceptor_chain(c, std::move(parts));
    },
    c.beat,
    c.cell};
}

} // namespace sluice
