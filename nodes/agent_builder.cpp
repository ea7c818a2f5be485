#include "nodes/agent_builder.hpp"

#include "actors/channel/memory_channel.hpp"
#include "actors/component.hpp"

#include <algorithm>
#include <map>

namespace sluice {

route_id route_of(const node_parts& node, const std::string& agent,
                  const std::string& sink) {
  return route_id{node.cluster + "/" + node.node + "/" + agent + "/" + sink};
}

component_context context_of(const node_parts& node, const std::string& agent,
                             const std::string& name, component_kind kind,
                             const std::string& type) {
  component_context c;
  c.system = node.system;
  c.name = name;
  c.beat = std::make_shared<pulse>();
  c.cell = &node.counted->component({agent, name, kind, type});
  c.clock = node.clock;
  return c;
}

namespace {

child_spec build_channel(const node_parts& node,
                         const config::agent_config& agent,
                         const config::channel_config& channel) {
  memory_buffer::options options;
  options.bytes_max = channel.values.size("bytes");
  if (channel.values.has("capacity"))
    options.events_max
      = static_cast<std::uint64_t>(channel.values.integer("capacity"));
  options.sources = static_cast<std::size_t>(std::max<std::ptrdiff_t>(
    1, std::count_if(
         agent.sources.begin(), agent.sources.end(), [&](const auto& s) {
           return std::count(s.channels.begin(), s.channels.end(), channel.name)
                  > 0;
         })));
  auto c = context_of(node, agent.name, channel.name, component_kind::channel,
                      channel.type);
  return {
    "channel-" + channel.name,
    "channel",
    {},
    [c, options](const auto&) { return spawn_memory_channel(c, options); },
    c.beat,
    c.cell};
}

} // namespace

result<supervision> build_agent(const node_parts& node,
                                const config::agent_config& agent) {
  supervision s;
  s.agent = agent.name;
  s.children = node.children;
  s.clock = node.clock;
  s.cell = &node.counted->component(
    {agent.name, agent.name, component_kind::supervisor, "agent"});
  s.seed = new_incarnation();
  std::map<std::string, std::size_t> channels;
  for (const auto& channel : agent.channels) {
    channels[channel.name] = s.specs.size();
    s.specs.push_back(build_channel(node, agent, channel));
  }
  for (const auto& sink : agent.sinks) {
    auto spec = build_sink(node, agent, sink, channels.at(sink.channel));
    if (!spec)
      return spec.error();
    s.specs.push_back(std::move(*spec));
  }
  for (const auto& source : agent.sources) {
    std::vector<std::size_t> needed;
    for (const auto& channel : source.channels)
      needed.push_back(channels.at(channel));
    auto chain = build_chain(node, agent, source, std::move(needed));
    if (!chain)
      return chain.error();
    const auto chain_index = s.specs.size();
    s.specs.push_back(std::move(*chain));
    auto spec = build_source(node, agent, source, chain_index);
    if (!spec)
      return spec.error();
    s.specs.push_back(std::move(*spec));
  }
  return s;
}

} // namespace sluice
