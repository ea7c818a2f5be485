// kafka_double: a Kafka in memory with abort, LSO, fencing and late EndTxn.
#pragma once

#include "actors/core/kafka/kafka_client.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace sluice {

/// How often, in thousandths, a call meets a fault.
struct double_faults {
  unsigned lost_commit = 0;    ///< EndTxn arrives, its answer does not
  unsigned dropped_commit = 0; ///< EndTxn never arrives
  unsigned late_commit = 0;    ///< answered ok after a retry; the first EndTxn
                               ///< is still under way (KAFKA-17754)
  unsigned lost_produce = 0;   ///< records are dropped, the producer breaks
  unsigned timed_out = 0;      ///< the coordinator ends the transaction and
                               ///< fences its owner
};

/// The cluster. Thread-safe; outlives its clients.
class kafka_double {
public:
  struct entry {
    std::string key;
    std::string value;
    std::string id; ///< transactional id, empty without
    std::uint64_t transaction = 0;
    bool tombstone = false;
  };

  kafka_double(std::uint64_t seed, double_faults faults)
    : random_(seed),
      faults_(faults) {
  }

  /// The committed values of a data partition, in order.
  [[nodiscard]] std::vector<std::string> committed(std::int32_t partition);

  /// Forgets the positions topic, as an operator's delete and create does.
  void empty_positions();

  /// Called without a lock before each read of the positions topic begins.
  std::function<void()> before_load;
  /// Called without a lock after each read that came to the end.
  std::function<void()> after_load;
  std::uint64_t aborted = 0;
  std::uint64_t fenced = 0;
  /// Positions that were produced before all records of their transaction had
  /// arrived.
  std::uint64_t early_positions = 0;
  std::size_t max_message_bytes = 1'000'000;
  std::string cluster_id = "double";
  /// The broker refuses values that begin with this, when not empty.
  std::string refused_prefix;
  /// Who was fenced hears it as real clients do when a request is under way:
  /// the flush ends, and the records are reported as refused.
  bool fencing_refuses = false;

private:
  friend class double_client;
  friend class double_producer;
  friend class double_reader;

  struct owner {
    std::uint64_t epoch = 0;
    std::uint64_t open = 0; ///< its transaction, 0 = none
  };
  struct late {
    std::string id;
    std::uint64_t epoch = 0;
    int after = 0; ///< operations until it arrives
  };
  enum class fate { open, committed, aborted };

  bool draw(unsigned thousandths) {
    return random_() % 1000 < thousandths;
  }
  void tick();
  void end(owner& o, fate f);

  std::mutex guard_;
  std::mt19937_64 random_;
  double_faults faults_;
  std::map<std::string, owner> owners_;
  std::map<std::uint64_t, fate> fates_{{0, fate::committed}};
  std::uint64_t transactions_ = 0;
  std::map<std::int32_t, std::vector<entry>> data_;
  std::map<std::int32_t, std::vector<entry>> positions_;
  std::vector<late> late_;
};

/// A client of the double: 2 data partitions, 4 of the positions topic.
class double_client final : public kafka_client {
public:
  explicit double_client(kafka_double& cluster) : cluster_(cluster) {
  }

  result<std::unique_ptr<kafka_producer>>
  make_producer(const std::string& transactional_id) override;
  result<topic_facts> describe(std::chrono::milliseconds) override;
  result<std::unique_ptr<topic_reader>> open_positions(isolation) override;

private:
  kafka_double& cluster_;
};

} // namespace sluice
