// hop_bench: one end of a hop and what a test says to it in its peer's place.
#pragma once

#include "actors/core/event/batch_codec.hpp"
#include "actors/core/net/hop_receiver.hpp"
#include "actors/core/net/hop_sender.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace sluice::hop_bench {

using std::chrono::milliseconds;
using time = clock_source::steady_time;

inline stored_position at(std::uint64_t offset) {
  stored_position p;
  p.at = {0, offset};
  return p;
}

/// The bytes [from, to) of an origin as one event.
inline batch_ptr bytes_of(const char* name, std::uint64_t from,
                          std::uint64_t to) {
  auto b = std::make_shared<batch>();
  auto filled = std::make_shared<slab>(to - from);
  std::memset(filled->data(), 'x', to - from);
  b->bytes = std::move(filled);
  b->events.push_back({0, static_cast<std::uint32_t>(to - from)});
  run r;
  r.from_origin = origin{name};
  r.after = {0, from};
  r.from = from;
  r.to = to;
  r.count = 1;
  b->runs.push_back(std::move(r));
  return b;
}

inline std::string encoded(const batch_ptr& b) {
  std::string out;
  put_batch(out, *b);
  return out;
}

/// "a 0-5" for the runs of a batch.
inline std::string spelled(const batch& b) {
  std::string out;
  for (const auto& r : b.runs)
    out += (out.empty() ? "" : ", ") + r.from_origin.value() + " "
           + std::to_string(r.from) + "-" + std::to_string(r.to);
  return out;
}

/// The messages of one kind among frames that are kept by the caller.
template <class Message>
std::vector<Message> all_of(const std::vector<std::string>& frames) {
  std::vector<Message> out;
  for (const auto& f : frames) {
    const auto m = decode_frame(f);
    BOOST_REQUIRE(m);
    if (const auto* x = std::get_if<Message>(&*m))
      out.push_back(*x);
  }
  return out;
}

/// A sender with two addresses, A and B.
struct collector_bench {
  explicit collector_bench(hop_sender::options chosen = options())
    : sender(std::move(chosen)) {
    sender.start(now, out);
    link_up();
  }

  static hop_sender::options options() {
    hop_sender::options o;
    o.stream = "c/n/a/g";
    o.choice.addresses = {"A", "B"};
    o.choice.wait.jitter = 0;
    return o;
  }

  /// Brings up the link that was ordered last.
  void link_up() {
    BOOST_REQUIRE(out.connect.has_value());
    address = out.connect->address;
    link = out.connect->link;
    out = {};
    sender.link_up(link, now, out);
    hear();
  }

  /// Notes the hello among what was said.
  void hear() {
    for (const auto& h : all_of<hop_hello>(out.frames))
      hello = h;
  }

  void say(const hop_message& m) {
    out = {};
    sender.received(link, encode(m), now, out);
    hear();
  }

  void pass(milliseconds some) {
    now += some;
    out = {};
    sender.tick(now, out);
    hear();
  }

  /// Where an origin stands, for a welcome.
  static hop_standing standing(const char* name, std::uint64_t committed,
                               std::uint64_t held) {
    hop_standing s{origin{name}, at(committed), std::nullopt};
    if (held != committed)
      s.held = at(held);
    return s;
  }

  hop_welcome a_welcome(std::uint64_t term,
                        std::vector<hop_standing> origins = {}) {
    return {hello.attempt, term, ++session, 1U << 20,          "cluster",
            "agent/sink",  0,    true,      std::move(origins)};
  }

  void welcome(std::uint64_t term, std::vector<hop_standing> origins = {}) {
    say(a_welcome(term, std::move(origins)));
    acks = 0;
  }

  void ack(const position_map& committed) {
    say(hop_ack{session, acks++, 1U << 20, committed, {}});
  }

  void offer(const batch_ptr& b) {
    out = {};
    BOOST_REQUIRE(sender.offer(b, out));
  }

  void lose_link() {
    out = {};
    sender.link_lost(link, now, out);
  }

  /// What its puts say, put together.
  [[nodiscard]] std::string puts() const {
    std::string spelling;
    std::string whole;
    for (const auto& p : all_of<hop_put>(out.frames)) {
      whole += p.bytes;
      if (!p.last)
        continue;
      const auto b = decode_batch(std::exchange(whole, {}));
      BOOST_REQUIRE(b);
      spelling += (spelling.empty() ? "" : "; ") + spelled(**b);
    }
    return spelling;
  }

  time now{std::chrono::hours{1}};
  hop_sender sender;
  hop_sender_orders out;
  std::string address;
  std::uint64_t link = 0;
  hop_hello hello;
  std::uint64_t session = 100;
  std::uint64_t acks = 0;
};

/// A receiver whose collector speaks on link 1.
struct aggregator_bench {
  explicit aggregator_bench(hop_receiver::options chosen = options())
    : receiver(std::move(chosen)) {
  }

  static hop_receiver::options options() {
    hop_receiver::options o;
    o.stream = "c/n/a/g";
    o.sink = "agent/sink";
    o.cluster_id = "cluster";
    return o;
  }

  void say(const hop_message& m, std::uint64_t on = 1) {
    out = {};
    receiver.received(on, encode(m), now, out);
    hear();
  }

  void hear() {
    frames.clear();
    for (const auto& f : out.frames)
      frames.push_back(f.bytes);
    for (const auto& w : all_of<hop_welcome>(frames)) {
      session = w.session;
      n = 0;
    }
  }

  void hello(std::uint64_t term = 0, std::uint64_t on = 1) {
    say(hop_hello{++attempt, 1, 1, "c/n/a/g", term}, on);
  }

  void adopt(std::uint64_t term, const position_map& committed = {}) {
    out = {};
    receiver.adopt(term, {committed}, now, out);
    hear();
  }

  /// Owns the stream and has a session.
  void open(std::uint64_t term = 1, const position_map& committed = {}) {
    adopt(term, committed);
    hello(term);
    BOOST_REQUIRE(receiver.in_session());
  }

  void put(const batch_ptr& b) {
    const auto bytes = encoded(b);
    say(hop_put{session, n++, true, bytes});
  }

  void commit(const position_map& done) {
    out = {};
    receiver.committed(0, done, now, out);
    hear();
  }

  [[nodiscard]] std::string fresh() const {
    std::string spelling;
    for (const auto& x : out.fresh)
      spelling += (spelling.empty() ? "" : "; ") + spelled(*x.content);
    return spelling;
  }

  template <class Message>
  [[nodiscard]] bool said() const {
    return !all_of<Message>(frames).empty();
  }

  time now{std::chrono::hours{1}};
  hop_receiver receiver;
  hop_receiver_orders out;
  std::vector<std::string> frames;
  std::uint64_t attempt = 0;
  std::uint64_t session = 0;
  std::uint64_t n = 0;
};

} // namespace sluice::hop_bench
