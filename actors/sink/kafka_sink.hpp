// kafka_sink: the actor that drives a lane of transactions.
#pragma once

#include "actors/component.hpp"
#include "actors/core/event/undeliverable.hpp"
#include "actors/core/kafka/kafka_client.hpp"
#include "actors/core/kafka/kafka_settings.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace sluice {

struct lane_memory;

/// An empty one, for the first start of a sink in this process.
[[nodiscard]] std::shared_ptr<lane_memory> make_lane_memory();

/// What a Kafka sink is made with.
struct kafka_sink_parts {
  kafka_settings settings;
  /// A connection of its own for every start.
  std::function<result<std::unique_ptr<kafka_client>>()> connect;
  /// Kept from one start of the actor to the next, while the process lives.
  std::shared_ptr<lane_memory> memory;
  /// Where records go that can never be delivered.
  bury_record bury;
};

/// Spawns the sink: fences older owners, reads the positions, attaches, and
/// then sends and commits, one transaction while the one before is being
/// committed. After anything unclear it quits and its successor starts over
/// from what Kafka has.
[[nodiscard]] caf::actor spawn_kafka_sink(const component_context& context,
                                          kafka_sink_parts parts,
                                          outlet channel);

} // namespace sluice
