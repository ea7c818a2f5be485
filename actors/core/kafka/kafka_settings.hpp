// kafka_settings: what a Kafka sink is told, and its check before it runs.
#pragma once

#include "actors/core/event/event.hpp"
#include "actors/core/event/position.hpp"
#include "actors/core/kafka/topic_reader.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// What to do when positions that were there before are missing.
enum class lost_state_policy { stop, adopt };

/// What to do with a record that can never be delivered.
enum class poison_policy { dead_letter, stop };

/// Takes what librdkafka says about one producer: its transactional id and a
/// JSON text that lives for the call. Comes every 5 s for each producer that is
/// used, from the thread that uses it.
using statistics_hook
  = std::function<void(std::string_view id, std::string_view json)>;

struct kafka_settings {
  std::string brokers;
  std::string topic;
  route_id route;
  /// Which of the route's lanes this is.
  std::uint32_t lane = 0;
  /// Keeps the file `seen`.
  std::filesystem::path state_directory;
  /// Off: an idempotent producer, no positions topic, at least once.
  bool transactions = true;
  /// Transactional ids used in turn: 1 or 2.
  int ids = 2;
  std::size_t commit_bytes = 4 << 20;
  std::chrono::milliseconds commit_interval{50};
  std::string positions_topic = "_sluice_positions";
  std::int32_t positions_partitions = 16;
  std::chrono::milliseconds transaction_timeout{10'000};
  lost_state_policy lost_state = lost_state_policy::stop;
  poison_policy on_poison = poison_policy::dead_letter;
  /// Where everything goes, unless a header says otherwise.
  std::optional<std::int32_t> default_partition;
  /// A header that names the partition; empty: none.
  std::string partition_header;
  /// The most records of one transaction: librdkafka keeps 176 B for each.
  std::size_t records_max = 100'000;
  /// Raw librdkafka properties of producers and readers; these win.
  client_properties properties;
  /// How to call `sluice positions` for this node, for the messages of a stop.
  std::string positions_command = "sluice positions";
  /// Unset: librdkafka keeps no statistics.
  statistics_hook on_statistics;
};

/// Every property that librdkafka refuses, with its complaint.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
check_properties(const client_properties& properties);

/// The version of the librdkafka that runs, as it says it.
[[nodiscard]] std::string kafka_library_version();

/// How long to wait for the end of the positions topic: every transaction that
/// is open is decided by then.
[[nodiscard]] std::chrono::milliseconds load_patience(const kafka_settings& s);

/// The transactional id of turn `turn` of a lane.
[[nodiscard]] std::string transactional_id(const kafka_settings& s, int turn);

/// Java's murmur2, by which Kafka's own clients choose a partition.
[[nodiscard]] std::uint32_t murmur2(std::string_view key) noexcept;

/// The partition of a run's records: the partition header, the default, the
/// header `key` by murmur2, or the CRC32C of the lineage, in this order.
/// Never depends on anything but its arguments. A partition header that is
/// no number of a partition is as if absent.
[[nodiscard]] std::int32_t choose_partition(const kafka_settings& s,
                                            const header_set* headers,
                                            std::string_view lineage,
                                            std::int32_t partitions);

} // namespace sluice
