// memory_buffer: what a memory channel knows and decides, without an actor.
#pragma once

#include "actors/core/event/progress.hpp"
#include "actors/protocol.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace sluice {

/// A bounded queue between sources and one sink that lets go only of what the
/// sink's store has committed. Everything it decides follows from positions:
/// after any death it is right again as soon as both sides have said where
/// they stand. Dies with its actor; nothing is lost, since sources read again.
class memory_buffer {
public:
  struct options {
    /// The memory that queued and taken batches may pin, shared evenly by the
    /// sources; a source may exceed its share by one unit.
    std::uint64_t bytes_max = 16U << 20;
    /// 0: no bound by events.
    std::uint64_t events_max = 0;
    /// The configured sources of the channel; at least 1.
    std::size_t sources = 1;
  };

  explicit memory_buffer(options chosen);

  // --- the sink's side

  /// A sink (re)starts with what its store has. Trims to it, puts what was
  /// taken back at the head and starts counting `credit` anew. `retry` when
  /// something between the store and the queue is missing (a gap);
  /// `state_lost` when the store is behind what this channel let go of. Gives
  /// the number of events that will be handed out again.
  result<std::uint64_t> attach(const route_id& route,
                               const position_map& committed,
                               std::uint64_t credit);

  /// More credit in bytes.
  void add_credit(std::uint64_t bytes);

  /// The next batch within the credit; to a sink that holds nothing one of
  /// any size.
  std::optional<batch_ptr> hand_out();

  /// The sink's store has these. Frees what they cover.
  void committed(const position_map& by_sink);

  /// True while a source waits for room: the sink should commit.
  [[nodiscard]] bool wants_commit() const;

  // --- the sources' side

  /// True once a sink has attached: before that nobody knows where to go on.
  [[nodiscard]] bool ready() const noexcept {
    return attached_;
  }

  /// Where the route stands, for a source that (re)starts.
  [[nodiscard]] resume_answer resume(const std::string& source);

  /// What came of a put.
  struct put_outcome {
    std::size_t duplicates = 0;
    std::size_t reframed = 0;
    std::size_t events = 0;
  };

  /// Queues what is new in `b`. `retry` on a gap.
  result<put_outcome> put(const std::string& source, const batch_ptr& b);

  /// How much more the source may send.
  [[nodiscard]] window room(const std::string& source) const;

  /// Nobody will mention these again.
  void forget(const std::vector<origin>& done);

  // --- figures

  /// True when nothing is queued or taken.
  [[nodiscard]] bool empty() const noexcept {
    return queued_.empty() && taken_.empty();
  }

  [[nodiscard]] std::uint64_t events() const noexcept {
    return events_;
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return bytes_;
  }

  [[nodiscard]] const route_id& route() const noexcept {
    return route_;
  }

private:
  struct entry {
    batch_ptr content;
    std::string source;
    std::uint64_t cost = 0;
    bool put_back = false;
  };

  struct share {
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;
  };

  void charge(const entry& e);
  void release(const entry& e);
  result<void> drop_settled(std::deque<entry>& queue);
  result<void> check_follows(const position_map& committed) const;

  options options_;
  bool attached_ = false;
  route_id route_{};
  /// What the sink's store has, as far as this channel knows.
  progress committed_;
  /// Where sending goes on: everything before it is queued, taken or stored.
  progress held_;
  std::deque<entry> queued_;
  std::deque<entry> taken_;
  std::map<std::string, share> shares_;
  std::uint64_t events_ = 0;
  std::uint64_t bytes_ = 0;
  std::int64_t credit_ = 0;
};

} // namespace sluice
