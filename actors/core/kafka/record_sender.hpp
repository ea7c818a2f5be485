// record_sender: how the records of batches go out, in waves.
#pragma once

#include "actors/core/event/batch.hpp"
#include "actors/core/event/undeliverable.hpp"
#include "actors/core/kafka/kafka_client.hpp"
#include "actors/core/kafka/kafka_settings.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sluice {

/// Records that a broker refused; the caller keeps it from sender to sender.
struct poison_memory {
  /// One record a request up to here, since something there was refused.
  std::map<origin, position> suspect;
  /// (origin, generation, end of the event) of what was refused alone.
  std::set<std::tuple<origin, std::uint64_t, std::uint64_t>> refused;
};

/// Hands records to a producer the cheap way: at most one request for each
/// partition is under way, formed from everything there is, and the next wave
/// goes when the one before has arrived. Records that can never be delivered
/// go to the dead letters; after a refusal the range is sent again, one record
/// a request, until the one to blame is known.
class record_sender {
public:
  /// Everything that is referred to outlives it. `wait` flushes the producer:
  /// it returns when nothing is under way any more, or why it gave up.
  record_sender(const kafka_settings& settings, const topic_facts& facts,
                poison_memory& poison, const bury_record& bury,
                std::function<result<void>(kafka_producer&)> wait);

  /// Hands over what fits into the first wave, without waiting. The batch
  /// outlives the producer.
  [[nodiscard]] result<void> add(kafka_producer& p, const batch& b);

  /// Returns when every record that was added has arrived. `retry` after a
  /// refusal: destroy the producer and start over.
  [[nodiscard]] result<void> finish(kafka_producer& p);

  /// Adds all of them and finishes.
  [[nodiscard]] result<void> send(kafka_producer& p,
                                  std::span<const batch_ptr> batches);

private:
  /// Events [first, end) of one run.
  struct stretch {
    const batch* in = nullptr;
    const run* of = nullptr;
    std::uint32_t first = 0;
    std::uint32_t end = 0;
  };
  struct partition_queue {
    std::vector<stretch> stretches;
    std::size_t next = 0;       ///< the first stretch that is not sent
    std::size_t wave_bytes = 0; ///< what this wave carries already
  };

  result<void> collect(const batch& b);
  /// Why an event cannot be sent, and who says so.
  struct objection {
    undeliverable_kind kind = undeliverable_kind::rejected;
    std::string_view reason = {};
  };
  [[nodiscard]] std::optional<objection>
  objection_to(const batch& b, const run& r, std::uint32_t event) const;
  [[nodiscard]] bool goes_alone(const stretch& s) const;
  result<void> bury(const batch& b, const run& r, std::uint32_t event,
                    const objection& why);
  [[nodiscard]] bool fill_wave(partition_queue& queue);
  /// Adds to the wave under way; whether it is a single suspect.
  result<bool> send_some(kafka_producer& p);
  void begin_wave();
  result<void> refuse(const kafka_producer::condition& seen, bool single);

  const kafka_settings& settings_;
  const topic_facts& facts_;
  poison_memory& poison_;
  const bury_record& bury_;
  std::function<result<void>(kafka_producer&)> wait_;
  std::map<std::int32_t, partition_queue> by_partition_;
  std::vector<stretch> in_flight_;
  std::vector<std::string_view> wave_;
};

} // namespace sluice
