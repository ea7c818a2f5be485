// claims: takes streams from their holder by fencing the holder's lane.
#pragma once

#include "actors/core/kafka/kafka_client.hpp"
#include "actors/core/kafka/stream_table.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sluice {

/// A stream that was claimed, or found to be one's own.
struct adopted_stream {
  std::string stream;
  std::uint64_t term = 0;
  /// Where it stood when its holder had been fenced.
  position_map positions;
};

/// The one claimer of an aggregator. Kafka's fencing is the compare-and-set: it
/// fences the holder's ids, reads to the end what the holder has committed,
/// and writes the new owner in a transaction of the holder. Whoever fences
/// later wins, and the loser starts over. A holder that lives finds itself
/// fenced, reads and sees the new term. Blocking work in slices, for one
/// thread. If the process dies here the stream is the old holder's or ours, and
/// the next claim settles which.
class claims {
public:
  struct settings {
    std::string cluster; ///< names the free lanes
    std::string sink;    ///< agent/sink
    std::string route;   ///< of this aggregator's sink; names its lanes
    std::uint32_t lanes = 1;
    std::string address; ///< where this aggregator listens
    std::int32_t positions_partitions = 16;
  };

  /// `client` outlives it.
  claims(settings chosen, kafka_client& client);
  ~claims();

  claims(const claims&) = delete;
  claims& operator=(const claims&) = delete;

  /// This stream shall be ours. Those with the same holder are taken at once.
  void want(const std::string& stream);

  /// Nobody waits for it any more.
  void forget(const std::string& stream);

  [[nodiscard]] bool busy() const noexcept {
    return !wanted_.empty();
  }

  /// Goes on by at most about `slice`. Gives what is ours now, at the next
  /// transaction boundary of its lane. A transient failure ends this attempt
  /// and nothing else: the next call begins a new one, so wait between them.
  /// `state_corrupt` or `unsupported`: a record of this sink cannot be read.
  [[nodiscard]] result<std::vector<adopted_stream>>
  advance(std::chrono::milliseconds slice);

  /// The lane of this aggregator that a stream has.
  [[nodiscard]] std::string own_lane(const std::string& stream) const;

  /// The lane that holds a stream, as far as was read.
  [[nodiscard]] std::string holder_of(const std::string& stream) const;

  [[nodiscard]] const stream_table& table() const noexcept {
    return table_;
  }

  struct figures {
    std::uint64_t claimed = 0; ///< streams
    std::uint64_t found = 0;   ///< streams that were ours already
    std::uint64_t lost = 0;    ///< rounds that another claimer won
    std::uint64_t unclear = 0; ///< rounds whose commit nobody knows
  };

  [[nodiscard]] const figures& count() const noexcept {
    return count_;
  }

private:
  enum class stage { choose, fence, read, write, flush, commit };
  using adopted = std::vector<adopted_stream>;

  [[nodiscard]] std::int32_t partition_of(const std::string& stream) const;
  [[nodiscard]] result<bool> read_to_end(std::chrono::milliseconds slice);
  result<adopted> choose(std::chrono::milliseconds slice);
  result<adopted> fence(std::chrono::milliseconds slice);
  result<adopted> read(std::chrono::milliseconds slice);
  result<adopted> write();
  result<adopted> flush(std::chrono::milliseconds slice);
  result<adopted> commit(std::chrono::milliseconds slice);
  [[nodiscard]] adopted adopt(const std::set<std::string>& streams,
                              std::uint64_t more);
  failure start_over(failure why);

  settings settings_;
  kafka_client& client_;
  stream_table table_;
  std::unique_ptr<topic_reader> reader_;
  bool loaded_ = false; ///< the topic was read to its end once
  std::set<std::string> wanted_;

  stage stage_ = stage::choose;
  std::string holder_;
  std::set<std::string> round_; ///< the streams that are taken from it
  std::vector<std::unique_ptr<kafka_producer>> producers_;
  /// Only a planted bug decides by it: what was known before the fencing.
  std::map<std::string, stream_table::stream> before_;
  figures count_;
};

} // namespace sluice
