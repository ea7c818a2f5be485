// The sinks, and what they can be told.
#include "config/option_tables.hpp"

namespace sluice::config {

namespace {

using verdict = foreign_key::verdict;

option demand() {
  return {.key = "delivery",
          .kind = option_kind::choice,
          .help = "A demand on the routes into this sink; a configuration "
                  "that cannot meet it is refused.",
          .choices = {"at_least_once", "exactly_once"}};
}

// Flume's size of a batch: what it must not exceed is checked.
option batch_events(std::vector<flume_key> flume) {
  return {.key = "batch_events",
          .kind = option_kind::integer,
          .help = "Flume's events of a transaction.",
          .flume = std::move(flume),
          .minimum = 1,
          .maximum = 1'000'000'000,
          .no_effect = "has no effect on the sink: a transaction goes by bytes "
                       "and time",
          .flume_only = true};
}

component_spec logger() {
  return {
    .at = station::sink,
    .type = "logger",
    .aliases = {"org.apache.flume.sink.LoggerSink"},
    .options
    = {{.key = "path",
        .kind = option_kind::path,
        .help = "A file of its own, each event in it exactly once. Unset: "
                "standard output."},
       {.key = "max_bytes",
        .kind = option_kind::size,
        .help = "How much of a body is shown. Unset: all of it.",
        .flume = {{.key = "maxBytesToLog", .unit = "B"}},
        .minimum = 1,
        .maximum = 1LL << 30},
       demand()},
    .summary = "One line for each event."};
}

component_spec null() {
  return {.at = station::sink,
          .type = "null",
          .aliases = {"org.apache.flume.sink.NullSink"},
          .options = {demand(), batch_events({{.key = "batchSize"}})},
          .summary = "Throws every event away, and counts it.",
          .foreign
          = {{.key = "logEveryNEvents",
              .text = "is not needed: the metrics count every event"}}};
}

std::vector<option> kafka_place_options() {
  return {
    {.key = "brokers",
     .kind = option_kind::text,
     .required = true,
     .help = "host:port of one or more brokers, with commas.",
     .flume = {{.key = "kafka.bootstrap.servers"}, {.key = "brokerList"}}},
    {.key = "topic",
     .required = true,
     .help = "The topic; it must exist.",
     .flume = {{.key = "kafka.topic"}, {.key = "topic"}},
     .flume_fallback = "default-flume-topic"},
    {.key = "partition_header",
     .help = "The header that names an event's partition.",
     .flume = {{.key = "partitionIdHeader"}}},
    {.key = "partition",
     .kind = option_kind::integer,
     .help = "The partition of events without that header. Unset: by key, "
             "else by where the event came from, so that order is kept.",
     .flume = {{.key = "defaultPartitionId"}},
     .minimum = 0,
     .maximum = 1'000'000},
    {.key = "properties",
     .kind = option_kind::table,
     .help = "librdkafka's properties: security, compression and the like.",
     .flume = {{.key = "kafka.producer.*"}}},
    {.key = "required_acks",
     .kind = option_kind::integer,
     .help = "Flume's old name of acks.",
     .flume = {{.key = "requiredAcks"}},
     .minimum = -1,
     .maximum = 1,
     .flume_only = true},
  };
}

std::vector<option> kafka_delivery_options() {
  return {
    {.key = "transactions",
     .kind = option_kind::choice,
     .fallback = "on",
     .help = "on: exactly once for consumers that read read_committed. off: "
             "idempotent, at least once.",
     .choices = {"on", "off"}},
    {.key = "commit_interval",
     .kind = option_kind::duration,
     .fallback = "50ms",
     .help = "From one transaction to the next; 200ms costs less.",
     .minimum = 1,
     .maximum = 10'000},
    {.key = "commit_bytes",
     .kind = option_kind::size,
     .fallback = "4MiB",
     .help = "A transaction is committed at this size.",
     .minimum = 64LL << 10,
     .maximum = 256LL << 20},
    {.key = "ids",
     .kind = option_kind::integer,
     .fallback = "2",
     .help = "Producers of a lane: with 2 one produces while the other "
             "commits.",
     .minimum = 1,
     .maximum = 2},
    {.key = "positions_topic",
     .fallback = "_sluice_positions",
     .help = "The topic that keeps the positions."},
    {.key = "lost_state",
     .kind = option_kind::choice,
     .fallback = "stop",
     .help = "A new state directory while the topic has positions: stop, or "
             "adopt what the topic says.",
     .choices = {"stop", "adopt"}},
    {.key = "on_poison",
     .kind = option_kind::choice,
     .fallback = "dead_letter",
     .help = "What becomes of an event that the broker refuses for good.",
     .choices = {"dead_letter", "stop"}},
    demand(),
    batch_events({{.key = "flumeBatchSize"}, {.key = "batchSize"}}),
  };
}

component_spec kafka() {
  auto rows = kafka_place_options();
  for (auto& row : kafka_delivery_options())
    rows.push_back(std::move(row));
  return {
    .at = station::sink,
    .type = "kafka",
    .aliases = {"org.apache.flume.sink.kafka.KafkaSink"},
    .options = std::move(rows),
    .summary = "A Kafka topic, exactly once by transactions.",
    .foreign
    = {{.key = "useFlumeEventFormat",
        .harmless = {"false"},
        .says = verdict::error,
        .text = "Flume's Avro format is not built; the message is the body"},
       {.key = "allowTopicOverride",
        .harmless = {"false"},
        .says = verdict::error,
        .text = "a topic for each event is not built; the sink has one topic"},
       {.key = "topicHeader",
        .says = verdict::error,
        .text = "a topic for each event is not built; the sink has one topic"},
       {.key = "timestampHeader",
        .says = verdict::error,
        .text = "a message's time from a header is not built"},
       {.key = "header.*",
        .says = verdict::error,
        .text = "Kafka headers are not built"},
       {.key = "kafka.flumeBatchSize",
        .text = "does nothing, in Flume neither; the option is "
                "flumeBatchSize"}}};
}

} // namespace

std::vector<component_spec> sink_specs() {
  return {logger(), null(), kafka()};
}

} // namespace sluice::config
