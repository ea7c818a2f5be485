// hop_receiver: the aggregator's side of one stream, without I/O.
#pragma once

#include "actors/core/base/clock.hpp"
#include "actors/core/event/progress.hpp"
#include "actors/core/net/hop_message.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The credit of each of `streams` streams that share `budget` bytes.
[[nodiscard]] std::uint64_t hop_credit(std::uint64_t budget,
                                       std::size_t streams);

/// What the owner of a receiver does after each call, in this order.
struct hop_receiver_orders {
  struct frame {
    std::uint64_t link = 0;
    std::string bytes;
  };

  struct taken {
    std::uint64_t term = 0; ///< the sink's gate compares it
    batch_ptr content;
  };

  /// For the next stage, in this order, each once.
  std::vector<taken> fresh;
  /// For the sink: tombstones with the next commit.
  std::vector<origin> finished;
  std::vector<frame> frames;
  std::vector<std::uint64_t> hang_up;
  /// A collector knows a higher term: read the positions to the end, beginning
  /// now; say `adopt` or `not_mine`, then `read_to_end` with this number.
  std::optional<std::uint64_t> read_again;
  /// Take the stream from its holder, then say `adopt`, or `unreachable`.
  bool claim = false;
  /// Commit what is held, give the stream up, then say `gave_up`.
  bool give_up = false;
  std::optional<failure> complaint;
};

/// Takes the puts of one stream's session by the receiving rule and says what
/// the next durable stage has committed. It knows who owns the stream only by
/// what it is told, and is wrong for a while when another took it: the sink's
/// gate, which compares terms, is what keeps data right; this keeps it moving.
/// Time comes in with each call. Dies with its process: nothing is lost, since
/// the collector keeps what is not acknowledged.
class hop_receiver {
public:
  using time = clock_source::steady_time;
  using milliseconds = std::chrono::milliseconds;

  struct options {
    std::string stream;
    std::string sink;       ///< agent/sink that it ends in
    std::string cluster_id; ///< of the Kafka cluster with the positions
    std::size_t paths = 1;  ///< required routes; the ack is their minimum
    std::uint64_t credit = 8U << 20; ///< until `set_credit`
    milliseconds heartbeat{5'000};
    std::size_t page_bytes = hop_page_bytes; ///< of positions in a frame
    std::uint64_t seed = 1;                  ///< random in production
  };

  explicit hop_receiver(options chosen);

  // --- links

  /// One whole frame, from any link.
  void received(std::uint64_t link, std::string_view frame, time now,
                hop_receiver_orders& out);
  void link_lost(std::uint64_t link);
  /// Call at `wake()`, or more often.
  void tick(time now, hop_receiver_orders& out);
  [[nodiscard]] time wake() const;

  // --- who owns the stream, as read from the positions topic or just written

  /// This aggregator does, under `term`; for each path where its store stands.
  /// Ignored when a higher term is known. A new term ends the session and
  /// forgets what was held; the same term only moves forward.
  void adopt(std::uint64_t term, const std::vector<position_map>& committed,
             time now, hop_receiver_orders& out);
  /// Somebody else or nobody does.
  void not_mine(std::uint64_t term, const std::vector<std::string>& addresses,
                time now, hop_receiver_orders& out);
  /// A reading that was ordered has been done, and what it found been said.
  void read_to_end(std::uint64_t number, time now, hop_receiver_orders& out);
  /// Kafka does not answer: whoever waits shall ask here again.
  void unreachable(milliseconds wait, const std::string& why,
                   hop_receiver_orders& out);
  /// Take no more (this node shuts down, or a better one is back): orders
  /// `give_up` as a `bye` does.
  void retire(hop_receiver_orders& out);
  /// The stream is nobody's now, under `term`.
  void gave_up(std::uint64_t term, const std::vector<std::string>& addresses,
               time now, hop_receiver_orders& out);

  // --- the next stage

  /// It started anew and has everything before `held`: ends the session.
  void restarted(const position_map& held, time now, hop_receiver_orders& out);
  /// A path's store has these.
  void committed(std::size_t path, const position_map& by_path, time now,
                 hop_receiver_orders& out);
  /// Their tombstones are durable.
  void forgotten(const std::vector<origin>& gone, time now,
                 hop_receiver_orders& out);
  /// Told to the collector with the next ack.
  void set_credit(std::uint64_t bytes);

  // --- figures

  [[nodiscard]] bool mine() const noexcept {
    return mine_;
  }

  [[nodiscard]] std::uint64_t term() const noexcept {
    return term_;
  }

  [[nodiscard]] bool in_session() const noexcept {
    return session_ != 0;
  }

  [[nodiscard]] const progress& held() const noexcept {
    return held_;
  }

  [[nodiscard]] const progress& settled() const noexcept {
    return committed_;
  }

  /// True when all that was taken is committed.
  [[nodiscard]] bool empty() const noexcept {
    return unsettled_.empty();
  }

  struct figures {
    std::uint64_t batches = 0;
    std::uint64_t trimmed = 0;    ///< batches that were cut
    std::uint64_t duplicates = 0; ///< batches that were here already
    std::uint64_t repeated_puts = 0;
    std::uint64_t late_puts = 0;    ///< of another session
    std::uint64_t missing_puts = 0; ///< sessions that lost one on the way
    std::uint64_t gaps = 0;         ///< sluice_gaps_total: must be zero
    std::uint64_t overruns = 0;     ///< sessions that exceeded their credit
    std::uint64_t malformed = 0;
  };

  [[nodiscard]] const figures& count() const noexcept {
    return count_;
  }

private:
  struct waiting_hello {
    std::uint64_t link = 0;
    hop_hello said;
    std::uint64_t reading = 0; ///< the number of the one that it waits for
    bool read = false;         ///< done
  };

  struct unsettled {
    position_map ends;
    std::size_t bytes = 0;
    std::uint64_t session = 0;
  };

  void on(std::uint64_t link, const hop_hello& m, time now,
          hop_receiver_orders& out);
  void on(std::uint64_t link, const hop_put& m, time now,
          hop_receiver_orders& out);
  void on(std::uint64_t link, const hop_bye& m, time now,
          hop_receiver_orders& out);
  void on(std::uint64_t link, const hop_finished& m, time now,
          hop_receiver_orders& out);

  void answer(time now, hop_receiver_orders& out);
  void refuse(const failure& why, hop_receiver_orders& out);
  void welcome(const waiting_hello& to, time now, hop_receiver_orders& out);
  void end_session();
  void end_with_retry(milliseconds wait, const std::string& why,
                      hop_receiver_orders& out);
  void end_with_move(const std::vector<std::string>& addresses,
                     hop_receiver_orders& out);
  void malformed(std::uint64_t link, const std::string& why,
                 hop_receiver_orders& out);

  /// About what an origin's standing takes in a frame.
  [[nodiscard]] static std::size_t frame_bytes(const origin& o,
                                               const stored_position& p);
  void take(const batch_ptr& b, std::size_t bytes, time now,
            hop_receiver_orders& out);
  void gap(const std::string& where, hop_receiver_orders& out);
  [[nodiscard]] position_map advance_path(std::size_t path,
                                          const position_map& by_path);
  void say_committed(const position_map& moved, time now,
                     hop_receiver_orders& out);
  void drop_settled();
  [[nodiscard]] std::uint64_t credit() const;
  [[nodiscard]] std::uint64_t outstanding(bool of_this_session) const;

  options options_;
  std::mt19937_64 random_;

  std::uint64_t term_ = 0; ///< the highest that was read or written
  bool mine_ = false;
  bool giving_up_ = false;
  bool bye_ = false; ///< the collector asked for it
  std::optional<waiting_hello> waiting_;
  std::uint64_t readings_ = 0;

  std::uint64_t session_ = 0; ///< 0: none
  std::uint64_t link_ = 0;
  std::uint64_t next_n_ = 0; ///< of the next put
  std::uint64_t ack_n_ = 0;
  std::string partial_;       ///< the pieces of a batch so far
  std::uint64_t granted_ = 0; ///< the most that this session was told
  time said_{};

  std::vector<progress> paths_; ///< only when there are several
  progress committed_;
  progress held_;
  std::deque<unsettled> unsettled_;
  std::string last_gap_;
  std::optional<failure> broken_; ///< until a person has acted
  figures count_;
};

} // namespace sluice
