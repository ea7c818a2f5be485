// hop_message: each message comes back; whatever else arrives is refused.
#include "actors/core/net/hop_message.hpp"

#include "actors/core/base/crc32c.hpp"
#include "actors/core/event/codec.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace sluice::hop_message_test {

namespace {

stored_position at(std::uint64_t offset) {
  stored_position p;
  p.at = {1, offset};
  p.proof.lineage = "app.log";
  p.proof.size = offset;
  return p;
}

/// One of each kind.
std::vector<hop_message> all_messages() {
  hop_welcome w{7, 8, 9, 10, "cluster", "agent/sink", 2, false, {}};
  w.origins.push_back({origin{"a"}, at(5), at(6)});
  w.origins.push_back({origin{"b"}, at(5), std::nullopt});
  return {
    hop_hello{1, 1, 3, "c/n/a/g", 4},
    w,
    hop_put{1, 2, false, "runs"},
    hop_ack{
      1, 2, 3, {{origin{"a"}, at(3)}, {origin{"b"}, at(4)}}, {origin{"c"}}},
    hop_moved{1, 2, {"one:4455", "two:4455"}},
    hop_retry{1, 2, std::chrono::milliseconds{300}, "Kafka is down"},
    hop_refused{1, errc::state_lost, "positions missing"},
    hop_bye{5},
    hop_released{6},
    hop_finished{7, {origin{"a"}, origin{"b"}}},
  };
}

/// `frame` with the length and checksum that its content would have.
std::string mended(std::string frame) {
  frame.resize(frame.size() - 4);
  std::string length;
  put_u32(length, static_cast<std::uint32_t>(frame.size()));
  frame.replace(0, 4, length);
  put_u32(frame, crc32c(frame));
  return frame;
}

errc refusal(std::string_view frame) {
  const auto got = decode_frame(frame);
  BOOST_REQUIRE(!got);
  return got.error().kind;
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_message_between_nodes)

BOOST_AUTO_TEST_CASE(comes_back_as_it_was) {
  for (const auto& m : all_messages()) {
    const auto frame = encode(m);
    const auto back = decode_frame(frame);
    BOOST_REQUIRE(back);
    BOOST_TEST((*back == m));
  }
}

BOOST_AUTO_TEST_CASE(is_refused_with_any_bit_flipped) {
  for (const auto& m : all_messages()) {
    const auto frame = encode(m);
    for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
      auto damaged = frame;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      BOOST_REQUIRE(!decode_frame(damaged));
    }
  }
}

BOOST_AUTO_TEST_CASE(is_refused_when_torn_or_longer) {
  for (const auto& m : all_messages()) {
    const auto frame = encode(m);
    for (std::size_t size = 0; size < frame.size(); ++size)
      BOOST_REQUIRE(!decode_frame(frame.substr(0, size)));
    BOOST_REQUIRE(!decode_frame(frame + "x"));
  }
}

BOOST_AUTO_TEST_CASE(is_refused_when_torn_although_length_and_checksum_agree) {
  for (const auto& m : all_messages()) {
    const auto frame = encode(m);
    for (std::size_t size = 10; size < frame.size(); ++size)
      BOOST_REQUIRE(refusal(mended(frame.substr(0, size)))
                    == errc::state_corrupt);
    BOOST_REQUIRE(!decode_frame(mended(frame + "x")));
  }
}

BOOST_AUTO_TEST_CASE(has_one_spelling_whatever_the_bytes) {
  std::mt19937_64 random{21};
  const auto messages = all_messages();
  int read = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto frame = encode(messages[random() % messages.size()]);
    for (auto n = 1 + random() % 3; n > 0; --n) {
      auto& c = frame[5 + random() % (frame.size() - 5)];
      c = static_cast<char>(random() % 3 == 0 ? 0xff : random() % 4);
    }
    frame = mended(frame);
    const auto back = decode_frame(frame);
    if (!back)
      continue;
    ++read;
    BOOST_REQUIRE(encode(*back) == frame);
  }
  BOOST_TEST(read > 10'000);
}

BOOST_AUTO_TEST_CASE(of_a_newer_version_is_told_from_damage) {
  auto frame = encode(hop_bye{1});
  frame[4] = 2;
  BOOST_TEST((refusal(mended(frame)) == errc::unsupported));
  frame[4] = 0;
  BOOST_TEST((refusal(mended(frame)) == errc::state_corrupt));
}

BOOST_AUTO_TEST_CASE(of_an_unknown_kind_is_refused) {
  for (const int kind : {0, 11, 255}) {
    auto frame = encode(hop_bye{1});
    frame[5] = static_cast<char>(kind);
    BOOST_TEST((refusal(mended(frame)) == errc::state_corrupt));
  }
}

BOOST_AUTO_TEST_CASE(that_claims_a_million_origins_costs_no_memory) {
  auto frame = encode(hop_finished{1, {}});
  frame.replace(frame.size() - 8, 4, "\xff\xff\xff\xff");
  BOOST_TEST((refusal(mended(frame)) == errc::state_corrupt));
}

BOOST_AUTO_TEST_CASE(that_makes_no_sense_is_refused) {
  hop_welcome held_below_committed{1, 1, 1, 1, "c", "s", 0, true, {}};
  held_below_committed.origins.push_back({origin{"a"}, at(5), at(4)});
  const std::vector<hop_message> senseless{
    hop_hello{0, 1, 1, "s", 0},
    hop_hello{1, 2, 1, "s", 0},
    hop_welcome{0, 1, 1, 1, "c", "s", 0, true, {}},
    hop_welcome{1, 1, 0, 1, "c", "s", 0, true, {}},
    held_below_committed,
    hop_refused{1, errc::unavailable, "not for ever"},
  };
  for (const auto& m : senseless)
    BOOST_TEST((refusal(encode(m)) == errc::state_corrupt));
}

BOOST_AUTO_TEST_CASE(with_a_put_costs_what_the_overhead_says) {
  BOOST_TEST(encode(hop_put{1, 2, true, "abc"}).size() == hop_put_overhead + 3);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_frames_of_a_link)

BOOST_AUTO_TEST_CASE(come_out_whole_wherever_the_bytes_are_cut) {
  std::string bytes;
  for (const auto& m : all_messages())
    bytes += encode(m);
  for (std::size_t step = 1; step < 60; ++step) {
    hop_frames frames;
    std::vector<std::string> got;
    for (std::size_t i = 0; i < bytes.size(); i += step) {
      frames.append(std::string_view{bytes}.substr(i, step));
      while (const auto frame = *frames.next())
        got.emplace_back(*frame);
    }
    BOOST_REQUIRE(got.size() == all_messages().size());
    for (std::size_t i = 0; i < got.size(); ++i)
      BOOST_REQUIRE((*decode_frame(got[i]) == all_messages()[i]));
  }
}

BOOST_AUTO_TEST_CASE(with_an_impossible_length_fail_before_more_is_read) {
  for (const std::string_view length :
       {std::string_view{"\0\0\0\0", 4}, std::string_view{"\5\0\0\0", 4},
        std::string_view{"\xff\xff\xff\xff", 4}}) {
    hop_frames frames;
    frames.append(length);
    BOOST_TEST(!frames.next());
    frames.append(encode(hop_bye{1}));
    BOOST_TEST(!frames.next());
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::hop_message_test
