// kafka_client: what a lane needs of Kafka, so that a double can stand in.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/kafka/topic_reader.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// How far a call got that may need several slices of patience.
enum class step {
  done,   ///< it is known to have happened
  again,  ///< not yet: call it again, nothing else
  failed, ///< it did not happen, or nobody knows
};

/// A record that the broker or the client refused.
struct refused_message {
  /// Points into what was produced.
  std::string_view value;
  /// The record itself can never be delivered (too large, invalid).
  bool poison = false;
  std::string why;
};

/// A producer with a transactional id of its own, or without any. What is
/// produced without copy must outlive the producer, or a successful commit.
/// `commit` and `state` may run beside calls of another producer, never beside
/// calls of the same. Destroying it abandons what is open: the broker aborts
/// it at the next init of the id or at the transaction's time-out.
class kafka_producer {
public:
  virtual ~kafka_producer() = default;

  /// Fences older owners of the id; afterwards all their transactions are
  /// decided.
  virtual step init(std::chrono::milliseconds slice) = 0;
  virtual step begin() = 0;
  /// Records without copy for one partition of the data topic. False: not all
  /// of them were taken, the transaction must not be committed.
  virtual bool produce(std::int32_t partition,
                       std::span<const std::string_view> values)
    = 0;
  /// One record for the positions topic, copied; no value = a tombstone.
  virtual bool produce_position(std::int32_t partition, std::string_view key,
                                std::optional<std::string_view> value)
    = 0;
  /// `done` when nothing is under way any more, delivered or refused.
  virtual step flush(std::chrono::milliseconds slice) = 0;
  virtual step commit(std::chrono::milliseconds slice) = 0;
  virtual step abort(std::chrono::milliseconds slice) = 0;

  struct condition {
    bool blip = false;   ///< a connection error was seen: requests may be late
    bool fenced = false; ///< a newer owner took the id, or it timed out
    bool fatal = false;  ///< it will never work again
    std::vector<refused_message> refused;
    std::optional<failure> why; ///< the last thing that went wrong
  };

  /// Everything raised before the call is in the answer.
  [[nodiscard]] virtual condition state() = 0;
};

/// What must be known of the cluster before anything is sent.
struct topic_facts {
  std::string cluster_id;
  std::int32_t partitions = 0;
  std::size_t max_message_bytes = 0;
  std::int32_t positions_partitions = 0;
  std::vector<std::string> warnings;
};

/// A Kafka cluster as one lane sees it. Outlives its producers and readers.
class kafka_client {
public:
  virtual ~kafka_client() = default;

  /// An empty id makes an idempotent producer without transactions.
  [[nodiscard]] virtual result<std::unique_ptr<kafka_producer>>
  make_producer(const std::string& transactional_id) = 0;

  /// Asks for both topics and creates the positions topic when metadata lacks
  /// it; without transactions the data topic is all that is asked for.
  /// `config` when the data topic is missing, `unavailable` otherwise.
  [[nodiscard]] virtual result<topic_facts>
  describe(std::chrono::milliseconds patience) = 0;

  /// A reader of the positions topic.
  [[nodiscard]] virtual result<std::unique_ptr<topic_reader>>
  open_positions(isolation level) = 0;
};

/// Asks until the cluster answers: one that is down is waited for, with a line
/// a minute in the name of `who`; each time `waiting` is told why. Ends with a
/// terminal failure, or `killed` when `stop` says so (asked every 600 ms).
[[nodiscard]] result<topic_facts>
await_facts(kafka_client& client, std::string_view who,
            const std::function<bool()>& stop,
            const std::function<void(const std::string&)>& waiting);

} // namespace sluice
