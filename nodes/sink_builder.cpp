// sink_builder: a sink's options as its store and actor.
#include "actors/core/kafka/rdkafka_client.hpp"
#include "actors/core/store/dead_letter.hpp"
#include "actors/sink/kafka_sink.hpp"
#include "actors/sink/sinks.hpp"
#include "actors/sink/stores.hpp"
#include "nodes/agent_builder.hpp"
#include "nodes/state_paths.hpp"

#include <mutex>
#include <optional>

namespace sluice {

namespace {

/// The dead letters of one sink; opened at the first that there is.
bury_record burial_place(std::string path, std::string route) {
  struct place {
    std::mutex guard;
    std::optional<dead_letter_file> file;
  };
  const auto shared = std::make_shared<place>();
  return [shared, path = std::move(path),
          route = std::move(route)](const buried_record& r) -> result<void> {
    const std::lock_guard lock{shared->guard};
    if (!shared->file) {
      auto opened = dead_letter_file::open({.path = path});
      if (!opened)
        return opened.error();
      shared->file.emplace(std::move(*opened));
    }
    const dead_letter letter{r.from_origin, r.generation, r.from, r.to,
                             route,         r.reason,     r.body};
    auto written = shared->file->write({&letter, 1});
    if (!written)
      shared->file.reset();
    return written;
  };
}

} // namespace

kafka_settings kafka_settings_of(const node_parts& node, const route_id& route,
                                 const config::sink_config& sink) {
  const auto& v = sink.values;
  kafka_settings s;
  s.brokers = v.text("brokers");
  s.topic = v.text("topic");
  s.route = route;
  s.state_directory = node.state_dir;
  s.ids = static_cast<int>(v.integer("ids"));
  s.commit_bytes = v.size("commit_bytes");
  s.commit_interval = v.duration("commit_interval");
  s.positions_topic = v.text("positions_topic");
  s.lost_state = v.text("lost_state") == "adopt" ? lost_state_policy::adopt
                                                 : lost_state_policy::stop;
  s.on_poison = v.text("on_poison") == "stop" ? poison_policy::stop
                                              : poison_policy::dead_letter;
  if (v.has("partition"))
    s.default_partition = static_cast<std::int32_t>(v.integer("partition"));
  if (v.has("partition_header"))
    s.partition_header = v.text("partition_header");
  if (v.has("properties"))
    for (const auto& [key, value] : v.table("properties"))
      s.properties.emplace_back(key, value);
  s.positions_command = node.positions_command;
  return s;
}

namespace {

child_spec kafka_of(const node_parts& node, const config::sink_config& sink,
                    const route_id& route, bury_record bury,
                    component_context c, std::size_t channel) {
  const auto s = kafka_settings_of(node, route, sink);
  auto memory = make_lane_memory();
  return {
    "sink-" + sink.name,
    "sink",
    {channel},
    [c, s, memory, bury, channel](const std::vector<caf::actor>& running) {
      kafka_sink_parts parts;
      parts.settings = s;
      parts.connect = [s] { return connect_kafka(s); };
      parts.memory = memory;
      parts.bury = bury;
      return spawn_kafka_sink(c, std::move(parts),
                              caf::actor_cast<outlet>(running[channel]));
    },
    c.beat,
    c.cell};
}

} // namespace

result<child_spec> build_sink(const node_parts& node,
                              const config::agent_config& agent,
                              const config::sink_config& sink,
                              std::size_t channel) {
  const auto route = route_of(node, agent.name, sink.name);
  const auto slots = slots_of(node.state_dir, agent.name, sink.name);
  const auto bury = burial_place(
    dead_letters_of(node.state_dir, agent.name, sink.name), route.value());
  auto c
    = context_of(node, agent.name, sink.name, component_kind::sink, sink.type);
  if (sink.type == "kafka")
    return kafka_of(node, sink, route, bury, c, channel);
  make_store make;
  if (sink.type == "logger") {
    logger_options o;
    o.path = sink.values.has("path") ? sink.values.text("path") : "";
    o.slots = slots;
    o.rename_command = node.positions_command + " rename OLD " + route.value();
    o.body_max
      = sink.values.has("max_bytes") ? sink.values.size("max_bytes") : 0;
    make = [o, bury]() -> result<std::unique_ptr<batch_store>> {
      return make_logger_store(o, bury);
    };
  } else if (sink.type == "null") {
    make = [slots]() -> result<std::unique_ptr<batch_store>> {
      return make_null_store(slots);
    };
  } else {
    return failure{errc::config, sink.where + ": no sink of type " + sink.type};
  }
  return child_spec{
    "sink-" + sink.name,
    "sink",
    {channel},
    [c, route, make, channel](const std::vector<caf::actor>& running) {
      return spawn_committing_sink(
        c, route, make, caf::actor_cast<outlet>(running[channel]), {});
    },
    c.beat,
    c.cell};
}

} // namespace sluice
