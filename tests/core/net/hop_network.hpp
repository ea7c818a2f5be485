// hop_network: collectors and aggregators on a network that breaks, in virtual
// time, reduced to what the hop's state machines see of them.
#pragma once

#include "actors/core/net/hop_receiver.hpp"
#include "actors/core/net/hop_sender.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::hop_test {

/// How often each kind of thing happened, over all worlds.
using tally = std::map<std::string, std::uint64_t>;

/// A small fast generator: worlds are many and short.
class dice {
public:
  explicit dice(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL) {
  }

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    auto z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  std::size_t below(std::size_t n) {
    return next() % n;
  }

  bool chance(std::size_t in_100) {
    return below(100) < in_100;
  }

private:
  std::uint64_t state_;
};

constexpr std::size_t origins_a_stream = 2;
constexpr std::size_t aggregators = 2;

/// The byte at an offset of an origin of a stream.
[[nodiscard]] char byte_at(std::size_t stream, std::size_t o,
                           std::uint64_t offset);
[[nodiscard]] std::string stream_name(std::size_t s);
[[nodiscard]] std::string address_of(std::size_t a);
[[nodiscard]] origin origin_name(std::size_t o);
[[nodiscard]] std::size_t origin_number(const origin& o);

/// The double of Kafka: for each stream who owns it, where it stands, and what
/// was delivered. It checks what it is given and trims nothing.
class positions_double {
public:
  struct stream_state {
    std::uint64_t term = 0;
    std::optional<std::size_t> owner;
    position_map positions;
    std::array<std::uint64_t, origins_a_stream> delivered{};
  };

  std::vector<stream_state> streams;
  std::optional<std::string> problem;

  /// One stream's part of a transaction whose owner was checked.
  void append(std::size_t stream, const batch& b);
  [[nodiscard]] bool owned(std::size_t stream, std::size_t by,
                           std::uint64_t term) const;
};

/// One world: a few streams, each with a collector whose data are either in
/// files that it can read again or in a channel that has them once; two
/// aggregators that share a Kafka.
class hop_network {
public:
  explicit hop_network(std::uint64_t seed);

  /// Runs it to its end. What went wrong, or nothing.
  [[nodiscard]] std::optional<std::string> live(tally& count);

private:
  using time = clock_source::steady_time;
  using milliseconds = std::chrono::milliseconds;

  struct collector {
    std::optional<hop_sender> sender;
    hop_seen seen; ///< on disk
    bool files = true;
    bool leaving = false;
    std::array<std::uint64_t, origins_a_stream> sizes{};
    /// How far its source has read; of a channel: has put.
    std::array<std::uint64_t, origins_a_stream> read{};
    std::array<bool, origins_a_stream> finished{};
    std::deque<batch_ptr> channel; ///< what it has and nobody else, in order
    std::size_t handed_out = 0;
    progress released;
    time back_at{}; ///< when it starts again
  };

  struct reading {
    std::size_t stream = 0;
    std::uint64_t number = 0;
  };

  struct queued {
    std::size_t stream = 0;
    std::uint64_t term = 0;
    batch_ptr content;
  };

  struct adoption {
    std::size_t stream = 0;
    positions_double::stream_state found;
  };

  struct aggregator {
    std::vector<std::optional<hop_receiver>> receivers;
    std::deque<queued> queue;
    std::deque<bool> claims;
    std::deque<bool> leaves;         ///< streams that are to be given up
    std::vector<adoption> adoptions; ///< answers of Kafka on their way
    std::vector<reading> readings;
    std::vector<std::pair<std::size_t, origin>> tombstones;
    bool up = true;
    time back_at{};
    time frozen_until{};
    bool recycle = false;
  };

  struct direction {
    std::deque<std::string> frames; ///< in flight
    std::size_t sent = 0;           ///< bytes of the first that have arrived
    hop_frames arrived;
  };

  struct link {
    std::uint64_t id = 0;
    std::size_t collector = 0;
    std::size_t aggregator = 0;
    std::uint64_t number = 0; ///< what the sender calls it
    bool known_up = false;    ///< to the sender
    bool cut = false;         ///< dead; who does not know yet will be told
    bool told_collector = false;
    bool told_aggregator = false;
    time hung_until{};
    direction up;   ///< to the aggregator
    direction down; ///< to the collector
  };

  /// A frame that a relay delivers on whatever connection there is later.
  struct late_frame {
    std::size_t collector = 0;
    std::size_t aggregator = 0;
    bool to_aggregator = true;
    std::string bytes;
  };

  // --- hop_network.cpp: the world's course

  void one_step(bool calm);
  void break_something();
  void crash_collector(std::size_t c);
  void crash_aggregator(std::size_t a);
  [[nodiscard]] bool finished() const;
  [[nodiscard]] std::string standing() const;
  void check();
  void check_counts();
  void collect(tally& count) const;
  void wrong(const std::string& what);

  // --- hop_network_collectors.cpp

  void start_collector(std::size_t c);
  [[nodiscard]] batch_ptr read_batch(std::size_t c);
  void attach(std::size_t c, const hop_attach& stands);
  void let_go(std::size_t c, const position_map& committed);
  void feed(std::size_t c);
  void finish_origins(std::size_t c);
  void finish_again(std::size_t c);
  void obey(std::size_t c, hop_sender_orders& out);
  void collector_step(std::size_t c);

  // --- hop_network_aggregators.cpp

  void start_aggregator(std::size_t a);
  void obey(std::size_t a, std::size_t s, hop_receiver_orders& out);
  void aggregator_step(std::size_t a);
  void hear_from_kafka(std::size_t a);
  void claim(std::size_t a, std::size_t s);
  void adopt(std::size_t a, const adoption& found);
  void commit(std::size_t a);
  void deliver_tombstones(std::size_t a);
  void recycle(std::size_t a);
  void give_up(std::size_t a, std::size_t s);
  void restart_pipeline(std::size_t a);

  // --- hop_network_links.cpp

  void connect(std::size_t c, const hop_sender_orders::connection& to);
  [[nodiscard]] link* find_link(std::uint64_t id);
  [[nodiscard]] link* link_of(std::size_t c, std::size_t a);
  void send(link& l, bool up, std::string bytes);
  void deliver(link& l, bool up);
  void arrive(link& l, bool up, std::string_view frame);
  void cut(link& l);
  void tell_ends(link& l, bool all);
  void links_step(bool calm);
  void deliver_late(bool calm);
  void lose_a_frame();
  void note(const char* what) {
    ++counted_[what];
  }

  dice random_;
  time now_{std::chrono::hours{1}};
  bool calm_ = false;
  bool lossy_ = false; ///< its relay loses frames of connections that live
  std::uint64_t credit_ = 0;
  std::size_t commit_percent_ = 0; ///< of the steps, while things break
  std::size_t frame_max_ = 0;
  std::size_t page_bytes_ = hop_page_bytes;
  positions_double kafka_;
  std::vector<collector> collectors_;
  std::vector<aggregator> aggregators_;
  std::list<link> links_;
  std::uint64_t link_ids_ = 0;
  std::vector<late_frame> late_;
  std::map<std::pair<std::size_t, std::size_t>, time> partitions_;
  time kafka_back_{};
  std::map<const char*, std::uint64_t> counted_;
  hop_sender::figures senders_{};
  hop_receiver::figures receivers_{};
  std::optional<std::string> problem_;
};

} // namespace sluice::hop_test
