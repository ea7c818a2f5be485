#include "nodes/offline_node.hpp"

#include "nodes/agent_builder.hpp"
#include "nodes/node_name.hpp"
#include "nodes/state_paths.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace sluice {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view slot_suffix = ".slots.a";
constexpr std::string_view other_slot_suffix = ".slots.b";

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> out;
  std::error_code ec;
  for (const auto& each : fs::directory_iterator{directory, ec})
    out.push_back(each.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace

std::optional<route_parts> parts_of(const route_id& route) {
  const auto& text = route.value();
  if (std::count(text.begin(), text.end(), '/') < 3)
    return std::nullopt;
  const auto last = text.rfind('/');
  const auto before = text.rfind('/', last - 1);
  route_parts out{text.substr(before + 1, last - before - 1),
                  text.substr(last + 1)};
  if (out.agent.empty() || out.sink.empty())
    return std::nullopt;
  return out;
}

result<offline_node> offline_node::open(const config::node_config& config,
                                        const command_line& line,
                                        connector connect) {
  const auto directory = state_directory(config, line);
  if (!fs::exists(directory + "/node"))
    return failure{errc::config,
                   "no node has kept anything in " + directory
                     + "; is --state-dir the one that the node runs with?"};
  const auto name = chosen_node_name(config, line, directory);
  if (!name)
    return name.error();
  auto lock = state_lock::take(
    {.directory = directory, .node = *name, .machine_id = machine_id()});
  if (!lock)
    return lock.error();
  offline_node out{std::move(*lock)};
  out.connect_ = std::move(connect);
  node_parts node;
  node.cluster = config.cluster;
  node.node = *name;
  node.state_dir = directory;
  node.positions_command = positions_command_of(line);
  out.prefix_ = config.cluster + "/" + *name + "/";
  for (const auto& agent : config.agents) {
    out.agents_.push_back(agent.name);
    for (const auto& sink : agent.sinks) {
      offline_sink s{route_of(node, agent.name, sink.name), sink.type, "", {}};
      if (sink.type == "kafka")
        s.kafka = kafka_settings_of(node, s.route, sink);
      if (!s.kafka || !s.kafka->transactions) {
        s.kafka.reset();
        s.slots = slots_of(directory, agent.name, sink.name);
      }
      out.sinks_.push_back(std::move(s));
    }
    for (const auto& source : agent.sources) {
      if (source.type == "spooldir")
        continue;
      offline_source s{
        source.name, start_file_of(directory, agent.name, source.name), {}};
      for (const auto& sink : agent.sinks)
        if (std::count(source.channels.begin(), source.channels.end(),
                       sink.channel)
            > 0)
          s.routes.push_back(route_of(node, agent.name, sink.name));
      out.sources_.push_back(std::move(s));
    }
  }
  return out;
}

bool offline_node::has_sink(const route_id& route) const {
  return std::any_of(sinks_.begin(), sinks_.end(),
                     [&](const auto& s) { return s.route == route; });
}

std::string offline_node::slots(const route_id& route) const {
  const auto parts = parts_of(route);
  if (!parts || !is_own(route))
    return {};
  return slots_of(directory(), parts->agent, parts->sink);
}

std::vector<route_id> offline_node::strange_slots() const {
  std::set<std::string> known;
  for (const auto& s : sinks_)
    known.insert(s.slots);
  std::vector<route_id> out;
  for (const auto& name : names_in(directory())) {
    std::string_view stem = name;
    if (!stem.ends_with(slot_suffix) && !stem.ends_with(other_slot_suffix))
      continue;
    stem.remove_suffix(2);
    if (known.contains(directory() + "/" + std::string{stem}))
      continue;
    stem.remove_suffix(slot_suffix.size() - 2);
    // AGENT-SINK; the agents are known, the sink is the rest.
    for (const auto& agent : agents_)
      if (stem.starts_with(agent + "-")) {
        route_id route{prefix_ + agent + "/"
                       + std::string{stem.substr(agent.size() + 1)}};
        if (std::find(out.begin(), out.end(), route) == out.end())
          out.push_back(std::move(route));
        break;
      }
  }
  return out;
}

std::vector<std::string> offline_node::start_files() const {
  std::vector<std::string> out;
  for (const auto& name : names_in(directory()))
    if (name.starts_with("start-") && !name.ends_with(".new")
        && !name.ends_with(".bad"))
      out.push_back(directory() + "/" + name);
  return out;
}

std::vector<kafka_settings> offline_node::topics() const {
  std::vector<kafka_settings> out;
  for (const auto& s : sinks_)
    if (s.kafka && std::none_of(out.begin(), out.end(), [&](const auto& known) {
          return known.brokers == s.kafka->brokers
                 && known.positions_topic == s.kafka->positions_topic;
        }))
      out.push_back(*s.kafka);
  return out;
}

} // namespace sluice
