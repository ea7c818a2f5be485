// lane: sends batches to Kafka in transactions of two ids in turn.
#pragma once

#include "actors/core/event/batch.hpp"
#include "actors/core/kafka/kafka_client.hpp"
#include "actors/core/kafka/kafka_settings.hpp"
#include "actors/core/kafka/positions_topic.hpp"
#include "actors/core/kafka/record_sender.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace sluice {

/// What the caller keeps from one lane object to the next of the same lane.
struct lane_memory {
  poison_memory poison;
  /// Incarnations that this process wrote or found at its first LOAD.
  std::set<std::uint64_t> incarnations;
  bool loaded_once = false;
  bool fenced = false;
  /// Only a planted bug keeps and trusts it: what was sent, committed or not.
  position_map sent;
};

/// What a lane asks of its owner.
struct lane_hooks {
  /// True = give up soon; asked at least every 200 ms from any thread.
  std::function<bool()> stop = [] { return false; };
  /// Why the cluster cannot be used yet; called again and again by `start`.
  std::function<void(const std::string&)> waiting = [](const std::string&) {};
  /// Called from the committer thread after each commit that is known.
  std::function<void(const position_map&)> on_committed
    = [](const position_map&) {};
  bury_record dead_letters;
};

/// Counts since the lane object was made; with the transactions of a
/// predecessor that were open when it was fenced off. Safe to read from any
/// thread.
struct lane_statistics {
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> aborted{0};
  std::atomic<std::uint64_t> fenced{0};
  std::atomic<std::uint64_t> recycled{0};
};

/// One incarnation of a lane, by the rules R1-R4 of exactly once: both ids are
/// fenced before the positions are read; transaction n + 1 is sent after all
/// of n arrived and committed after n is known to be; after anything unclear
/// this object is worthless: destroy it, make another, go on from what its
/// `start` gives. All calls from one thread.
class lane {
public:
  /// `client` and `memory` outlive it. `incarnation` is never used twice.
  lane(kafka_settings settings, kafka_client& client, lane_memory& memory,
       lane_hooks hooks, std::uint64_t incarnation);
  /// Waits for the committer; aborts what is open; releases all pins last.
  ~lane();

  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  /// Fences, reads the positions and commits a first transaction. The
  /// positions committed so far, or `unavailable`, `identity`, `state_lost`,
  /// `state_corrupt`, `config`, `killed`.
  [[nodiscard]] result<position_map> start();

  /// Begins the next transaction with these batches without waiting for
  /// anything: until `transact` the broker can learn of it. With one id only
  /// nothing can be sent while a commit is under way: then they just wait.
  [[nodiscard]] result<void> prepare(std::vector<batch_ptr> batches);

  /// Sends `batches`, with what was prepared before them, as one transaction
  /// and returns when every record has arrived; its commit goes on beside.
  /// Batches without events wait for the next data, at most 1 s: call with an
  /// empty list now and then.
  [[nodiscard]] result<void> transact(std::vector<batch_ptr> batches);

  /// Waits until all that was handed over is committed.
  [[nodiscard]] result<void> settle(std::chrono::milliseconds patience);

  /// Their positions are deleted with the next commit.
  void finish(const std::vector<origin>& origins);

  [[nodiscard]] const lane_statistics& statistics() const noexcept {
    return statistics_;
  }

private:
  struct job {
    kafka_producer* producer = nullptr;
    position_map positions;
    std::vector<origin> finished;
    std::vector<batch_ptr> pins;
    lane_mark mark;
  };

  result<void> open(loaded_positions& found);
  /// After a failure every later call gives the same one.
  result<void> final_word(result<void> done);
  result<void> still_sound();
  result<void> learn_facts();
  result<void> check_identity();
  result<void> fence(int turn);
  result<void> load(loaded_positions& into, isolation level);
  result<void> check_meta();
  result<void> judge(const loaded_positions& found);
  void look_at_idle();
  result<void> begin_transaction();
  result<void> add_records();
  result<void> noted_fencing(result<void> sent);
  result<void> send_transaction();
  result<void> deliver(kafka_producer& p);
  void hand_over(kafka_producer& p);
  result<void> await_commit(std::chrono::milliseconds patience);
  result<void> commit_now(job& j);
  result<void> send_positions(kafka_producer& p, const position_map& positions,
                              const std::vector<origin>& finished);
  [[nodiscard]] result<void> commit_or_why();
  void commit_loop();
  result<void> note_seen(const lane_mark& m, bool now);
  void note_fencing(const kafka_producer::condition& seen);
  failure unclear(kafka_producer& p, const std::string& what);

  kafka_settings settings_;
  kafka_client& client_;
  lane_memory& memory_;
  lane_hooks hooks_;
  lane_mark mark_;
  /// The last transaction that a predecessor began, committed or not.
  std::uint64_t begun_ = 0;
  topic_facts facts_;
  std::int32_t own_partition_ = 0;
  lane_statistics statistics_;

  // The pins stand before the producers: they are released after them.
  std::vector<batch_ptr> sending_;
  std::vector<batch_ptr> waiting_;
  std::optional<record_sender> sender_; ///< of the transaction that is open
  job job_;
  std::vector<origin> finished_;
  std::chrono::steady_clock::time_point last_commit_{};
  std::chrono::steady_clock::time_point last_seen_{};
  std::vector<std::unique_ptr<kafka_producer>> producers_;
  std::uint64_t turn_ = 0;
  kafka_producer* open_ = nullptr;

  std::mutex guard_;
  std::condition_variable changed_;
  bool busy_ = false;
  bool stop_committer_ = false;
  std::atomic<bool> fenced_now_{false};
  std::optional<failure> broken_;
  std::thread committer_;
};

} // namespace sluice
