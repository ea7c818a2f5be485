// idempotent: the store of a Kafka sink without transactions.
#pragma once

#include "actors/core/event/undeliverable.hpp"
#include "actors/core/kafka/kafka_client.hpp"
#include "actors/core/kafka/record_sender.hpp"
#include "actors/sink/batch_store.hpp"

#include <functional>
#include <memory>
#include <string>

namespace sluice {

/// What the store is made with.
struct idempotent_parts {
  kafka_settings settings;
  /// A connection of its own for every start.
  std::function<result<std::unique_ptr<kafka_client>>()> connect;
  /// Kept from one start of the sink to the next, while the process lives.
  std::shared_ptr<poison_memory> poison;
  bury_record bury;
  /// Base name of the slot files, in the state directory.
  std::string slots;
  /// True = give up soon; asked at least every 600 ms.
  std::function<bool()> stop = [] { return false; };
  /// True = nothing new is begun: an open gives up too.
  std::function<bool()> ending = [] { return false; };
  /// Why the cluster cannot be used yet; called again and again by `open`.
  std::function<void(const std::string&)> waiting = [](const std::string&) {};
};

/// At least once: a commit sends what was written, waits until all of it has
/// arrived, however long the cluster is away, and then moves the positions in
/// the slot files. Within one life the producer is idempotent, so retries
/// repeat nothing; a death between arrival and positions does. `state_lost`
/// when the route's positions were kept in Kafka before, unless lost_state is
/// `adopt`: then it begins anew.
[[nodiscard]] std::unique_ptr<batch_store>
make_idempotent_store(idempotent_parts parts);

} // namespace sluice
