// hop_sender: the collector's side of one stream, without I/O.
#pragma once

#include "actors/core/event/progress.hpp"
#include "actors/core/net/address_choice.hpp"
#include "actors/core/net/hop_message.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace sluice {

/// What a collector knows of its stream across its own death (the file `seen`):
/// an owner below it has lost positions.
struct hop_seen {
  std::string cluster_id;
  std::uint64_t term = 0;

  bool operator==(const hop_seen&) const = default;
};

/// Where the stream stands, for the channel: begin at `committed`; what lies
/// before `held` need not be sent.
struct hop_attach {
  position_map committed;
  position_map held;
};

/// What the owner of a sender does after each call, in this order.
struct hop_sender_orders {
  struct connection {
    std::string address;
    std::uint64_t link = 0; ///< what this link is called from now on
  };

  bool hang_up = false; ///< end the link that there is, or is to be
  std::optional<connection> connect;
  std::vector<std::string> frames; ///< on the link that there is now
  std::optional<hop_seen> seen;    ///< to be written
  std::optional<hop_attach> attach;
  position_map committed; ///< the channel may let go of these
  /// Transient: a line for the log. Terminal: nothing happens any more until a
  /// person has acted; everything uncommitted stays in the channel.
  std::optional<failure> complaint;
  bool left = false; ///< the orderly leave is over
};

/// Sends batches to whoever owns the stream and keeps each until the owner
/// says that the next durable stage has it. After any break the owner says
/// where the stream stands, and sending goes on from there. Time comes in with
/// each call. Dies with its actor: the channel then hands out again.
class hop_sender {
public:
  using time = clock_source::steady_time;
  using milliseconds = std::chrono::milliseconds;

  struct options {
    std::string stream;
    address_choice::options choice;
    hop_seen seen;
    /// A longer batch goes in several puts; ≤ 16 MiB.
    std::size_t frame_max = 1U << 20;
    /// What is kept unacknowledged: batches, and memory that they pin.
    std::size_t batches_max = 64;
    std::size_t bytes_max = 8U << 20;
    milliseconds hello_patience{30'000}; ///< for a link, and for an answer
    milliseconds silence_max{15'000};    ///< then the link counts as lost
    milliseconds leave_patience{10'000};
    std::uint64_t seed = 1; ///< random in production
  };

  explicit hop_sender(options chosen);

  /// Begins; once.
  void start(time now, hop_sender_orders& out);

  // --- links; calls for any but the last one ordered are ignored

  void link_up(std::uint64_t link, time now, hop_sender_orders& out);
  /// Also when it never came up.
  void link_lost(std::uint64_t link, time now, hop_sender_orders& out);
  /// One whole frame.
  void received(std::uint64_t link, std::string_view frame, time now,
                hop_sender_orders& out);
  /// Something that is no frame: the link is worth nothing.
  void garbage(std::uint64_t link, time now, hop_sender_orders& out);

  /// Call at `wake()`, or more often.
  void tick(time now, hop_sender_orders& out);
  [[nodiscard]] time wake() const;

  // --- the channel's side

  /// True while it would like another batch.
  [[nodiscard]] bool wants() const;

  /// The next batch of the channel, in its order. False when it is too long
  /// for any frame: then it was not taken.
  [[nodiscard]] bool offer(const batch_ptr& b, hop_sender_orders& out);

  /// Nobody will mention these again; said on until their end is durable.
  void finish(const std::vector<origin>& done, hop_sender_orders& out);

  /// An orderly leave: the owner commits what it holds and gives the stream
  /// up. Offer nothing more.
  void leave(time now, hop_sender_orders& out);

  // --- figures

  [[nodiscard]] bool in_session() const noexcept {
    return state_ == state::session || state_ == state::leaving;
  }

  /// True after a terminal complaint.
  [[nodiscard]] bool stopped() const noexcept {
    return state_ == state::stopped;
  }

  [[nodiscard]] const progress& acknowledged() const noexcept {
    return acknowledged_;
  }

  [[nodiscard]] const hop_seen& seen() const noexcept {
    return seen_;
  }

  /// Batches that are not acknowledged.
  [[nodiscard]] std::size_t kept() const noexcept {
    return window_.size();
  }

  struct figures {
    std::uint64_t puts = 0;
    std::uint64_t pieces = 0; ///< of them, those that did not end a batch
    std::uint64_t pages = 0;  ///< of welcomes, beyond the first
    std::uint64_t resent = 0; ///< batches sent before, in another session
    std::uint64_t sessions = 0;
    std::uint64_t waits_for_credit = 0;
    std::uint64_t stale_terms = 0;  ///< welcomes refused for a lower term
    std::uint64_t late_answers = 0; ///< to earlier hellos or sessions
    std::uint64_t moves = 0;
    std::uint64_t retries = 0;
    std::uint64_t lost_links = 0;
    std::uint64_t missing_acks = 0; ///< sessions that lost one on the way
  };

  [[nodiscard]] const figures& count() const noexcept {
    return count_;
  }

private:
  enum class state {
    idle,       ///< not begun, or left
    connecting, ///< a link is ordered
    waiting,    ///< until `wake_`, to connect or to say hello again
    hello,      ///< said; no answer yet
    session,
    leaving, ///< bye is said
    stopped,
  };

  struct entry {
    batch_ptr content;
    std::size_t cost = 0;
    std::string encoded;  ///< only while it waits for credit
    std::size_t sent = 0; ///< bytes of its puts in this session
    bool sent_before = false;
  };

  void connect(hop_sender_orders& out);
  void say_hello(time now, hop_sender_orders& out);
  void end_session();
  void lose_link(time now, hop_sender_orders& out);
  void wait_until(time at, bool keep_link, hop_sender_orders& out);
  void stop(failure why, hop_sender_orders& out);
  void refuse(failure why, time now, hop_sender_orders& out);

  void on(const hop_welcome& m, time now, hop_sender_orders& out);
  void on(const hop_ack& m, time now, hop_sender_orders& out);
  void on(const hop_moved& m, time now, hop_sender_orders& out);
  void on(const hop_retry& m, time now, hop_sender_orders& out);
  void on(const hop_refused& m, time now, hop_sender_orders& out);
  void on(const hop_released& m, time now, hop_sender_orders& out);

  [[nodiscard]] bool mine(std::uint64_t attempt, std::uint64_t session);
  void begin_session(time now, hop_sender_orders& out);
  [[nodiscard]] std::optional<std::string>
  below_acknowledged(const position_map& committed) const;
  void acknowledge(const position_map& committed, hop_sender_orders& out);
  void forget(const origin& o);
  void pump(hop_sender_orders& out);
  void send(entry& e, hop_sender_orders& out);
  void say_finished(hop_sender_orders& out);

  options options_;
  address_choice choice_;
  std::mt19937_64 random_;
  hop_seen seen_;
  std::string sink_; ///< what the stream ends in, once an owner has said it

  state state_ = state::idle;
  std::uint64_t link_ = 0;
  bool linked_ = false; ///< `link_` is up
  time wake_{};

  std::uint64_t attempt_ = 0;
  hop_welcome welcome_; ///< its pages so far
  std::uint32_t pages_ = 0;

  std::uint64_t session_ = 0;
  std::uint64_t n_ = 0;
  std::uint64_t ack_n_ = 0; ///< of the next ack
  std::uint64_t credit_ = 0;
  std::uint64_t outstanding_ = 0; ///< bytes sent in this session, not settled

  bool attached_ = false;
  progress acknowledged_;
  progress held_; ///< as the owner said when the session began
  std::deque<entry> window_;
  std::size_t next_ = 0; ///< the first of the window that is not dealt with
  std::size_t window_bytes_ = 0;
  std::set<origin> offered_;  ///< in this object's life
  std::set<origin> finished_; ///< said on until the end is durable
  std::set<origin> gone_;     ///< it is; a batch in the window mentions it
  figures count_;
};

} // namespace sluice
