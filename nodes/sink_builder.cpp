// sink_builder: a sink's options as its store and actor.
#include "actors/core/kafka/rdkafka_client.hpp"
#include "actors/core/store/dead_letter.hpp"
#include "actors/sink/idempotent.hpp"
#include "actors/sink/kafka_sink.hpp"
#include "actors/sink/sinks.hpp"
#include "actors/sink/stores.hpp"
#include "monitoring/kafka_statistics.hpp"
#include "nodes/agent_builder.hpp"
#include "nodes/state_paths.hpp"

#include <filesystem>
#include <mutex>
#include <optional>

namespace sluice {

namespace {

dead_letter_reason counted_as(undeliverable_kind kind) {
  switch (kind) {
  case undeliverable_kind::rejected:
    return dead_letter_reason::match_limit;
  case undeliverable_kind::too_large:
    return dead_letter_reason::too_large;
  case undeliverable_kind::refused:
    break;
  }
  return dead_letter_reason::refused;
}

/// The dead letters of one sink; opened at the first that there is.
bury_record burial_place(std::string path, std::string route,
                         component_cell* cell) {
  struct place {
    std::mutex guard;
    std::optional<dead_letter_file> file;
  };
  const auto shared = std::make_shared<place>();
  return [shared, path = std::move(path), route = std::move(route),
          cell](const undeliverable& r) -> result<void> {
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
    else
      cell->dead_letters(counted_as(r.kind), 1);
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
  s.transactions = v.text("transactions") == "on";
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

/// What every sink of this file is built from.
struct sink_place {
  route_id route;
  component_context context;
  bury_record bury;
  /// Base name of the slot files.
  std::string slots;
  std::string rename_command;
  std::size_t channel = 0;
};

/// A connection whose figures go to the cell; its totals begin anew.
result<std::unique_ptr<kafka_client>> connect_counted(kafka_settings s,
                                                      component_cell* cell) {
  s.on_statistics
    = [figures = std::make_shared<kafka_statistics>(cell)](
        auto producer, auto text) { figures->take(producer, text); };
  return connect_kafka(s);
}

/// A lane with the positions in Kafka. Positions that are in the slot files,
/// from a life without transactions, would be forgotten: that is refused.
child_spec kafka_lane_of(const sink_place& at, const kafka_settings& s) {
  kafka_sink_parts parts;
  parts.settings = s;
  parts.connect
    = [s, slots = at.slots,
       cell = at.context.cell]() -> result<std::unique_ptr<kafka_client>> {
    if (s.lost_state == lost_state_policy::stop
        && (std::filesystem::exists(slots + ".a")
            || std::filesystem::exists(slots + ".b")))
      return failure{errc::state_lost,
                     "positions of " + s.route.value() + " are in " + slots
                       + ".a and .b since it ran without transactions; with"
                         " them everything would come again. Set transactions:"
                         " off, or move these files away if that is wanted"};
    return connect_counted(s, cell);
  };
  parts.memory = make_lane_memory();
  parts.bury = at.bury;
  const auto& c = at.context;
  return {
    "sink-" + c.name,
    "sink",
    {at.channel},
    [c, parts, channel = at.channel](const std::vector<caf::actor>& running) {
      return spawn_kafka_sink(c, parts,
                              caf::actor_cast<outlet>(running[channel]));
    },
    c.beat,
    c.cell};
}

make_store idempotent_of(const sink_place& at, const kafka_settings& s) {
  idempotent_parts parts;
  parts.settings = s;
  parts.connect
    = [s, cell = at.context.cell] { return connect_counted(s, cell); };
  parts.poison = std::make_shared<poison_memory>();
  parts.bury = at.bury;
  parts.slots = at.slots;
  parts.stop = [beat = at.context.beat] { return beat->give_up.load(); };
  parts.ending = [beat = at.context.beat] { return beat->ending.load(); };
  parts.waiting = [cell = at.context.cell](const std::string& why) {
    cell->state(component_state::waiting, why);
  };
  return [parts]() -> result<std::unique_ptr<batch_store>> {
    return make_idempotent_store(parts);
  };
}

make_store logger_of(const sink_place& at, const config::options& v) {
  logger_options o;
  o.path = v.has("path") ? v.text("path") : "";
  o.slots = at.slots;
  o.rename_command = at.rename_command;
  o.body_max = v.has("max_bytes") ? v.size("max_bytes") : 0;
  return [o, bury = at.bury]() -> result<std::unique_ptr<batch_store>> {
    return make_logger_store(o, bury);
  };
}

child_spec committing_of(const sink_place& at, make_store make,
                         commit_options when) {
  const auto& c = at.context;
  return {"sink-" + c.name,
          "sink",
          {at.channel},
          [c, route = at.route, make = std::move(make), channel = at.channel,
           when](const std::vector<caf::actor>& running) {
            return spawn_committing_sink(
              c, route, make, caf::actor_cast<outlet>(running[channel]), when);
          },
          c.beat,
          c.cell};
}

} // namespace

result<child_spec> build_sink(const node_parts& node,
                              const config::agent_config& agent,
                              const config::sink_config& sink,
                              std::size_t channel) {
  sink_place at;
  at.route = route_of(node, agent.name, sink.name);
  at.context
    = context_of(node, agent.name, sink.name, component_kind::sink, sink.type);
  at.bury = burial_place(dead_letters_of(node.state_dir, agent.name, sink.name),
                         at.route.value(), at.context.cell);
  at.slots = slots_of(node.state_dir, agent.name, sink.name);
  at.rename_command
    = node.positions_command + " rename OLD " + at.route.value();
  at.channel = channel;
  if (sink.type == "kafka") {
    const auto s = kafka_settings_of(node, at.route, sink);
    if (s.transactions)
      return kafka_lane_of(at, s);
    return committing_of(
      at, idempotent_of(at, s),
      {s.commit_bytes, s.commit_interval, 2 * s.commit_bytes});
  }
  if (sink.type == "logger")
    return committing_of(at, logger_of(at, sink.values), {});
  if (sink.type == "null")
    return committing_of(
      at,
      [slots = at.slots]() -> result<std::unique_ptr<batch_store>> {
        return make_null_store(slots);
      },
      {});
  return failure{errc::config, sink.where + ": no sink of type " + sink.type};
}

} // namespace sluice
