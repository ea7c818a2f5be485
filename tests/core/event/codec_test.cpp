// codec: what was stored comes back, or is refused.
#include "actors/core/event/codec.hpp"

#include "actors/core/base/crc32c.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>
#include <random>

namespace sluice::event_test {

namespace {

std::string drawn_text(std::mt19937_64& random) {
  std::string out(random() % 30, ' ');
  for (auto& c : out)
    c = static_cast<char>(random());
  return out;
}

stored_position drawn_position(std::mt19937_64& random) {
  stored_position p;
  p.at = {random(), random() >> random() % 64};
  p.proof.tail_crc = static_cast<std::uint32_t>(random());
  p.proof.tail_length = static_cast<std::uint16_t>(random());
  p.proof.size = random();
  p.proof.mtime_ns = static_cast<std::int64_t>(random());
  p.proof.lineage = drawn_text(random);
  p.proof.path = drawn_text(random);
  return p;
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_stored_position)

BOOST_AUTO_TEST_CASE(comes_back_as_it_was) {
  std::mt19937_64 random{3};
  for (int i = 0; i < 20'000; ++i) {
    const auto p = drawn_position(random);
    const auto back = decode_position(encode(p));
    BOOST_REQUIRE(back);
    BOOST_REQUIRE((*back == p));
  }
}

BOOST_AUTO_TEST_CASE(is_refused_with_any_bit_flipped) {
  std::mt19937_64 random{4};
  for (int i = 0; i < 50; ++i) {
    const auto bytes = encode(drawn_position(random));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      auto damaged = bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      BOOST_REQUIRE(!decode_position(damaged));
    }
  }
}

BOOST_AUTO_TEST_CASE(is_refused_when_torn_or_longer) {
  std::mt19937_64 random{5};
  const auto bytes = encode(drawn_position(random));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    BOOST_REQUIRE(!decode_position(bytes.substr(0, size)));
  BOOST_TEST(!decode_position(bytes + "x"));
  // Even where the checksum is right.
  auto longer = bytes.substr(0, bytes.size() - 4) + "x";
  put_u32(longer, crc32c(longer));
  BOOST_TEST(!decode_position(longer));
}

BOOST_AUTO_TEST_CASE(of_a_newer_version_is_told_from_damage) {
  auto bytes = encode({});
  bytes[0] = 9;
  BOOST_TEST((decode_position(bytes).error().kind == errc::unsupported));
}

BOOST_AUTO_TEST_CASE(of_a_version_that_never_was_is_damage) {
  auto bytes = encode({});
  bytes[0] = 0;
  bytes.resize(bytes.size() - 4);
  put_u32(bytes, crc32c(bytes));
  const auto read = decode_position(bytes);
  BOOST_TEST_REQUIRE(!read);
  BOOST_TEST((read.error().kind == errc::state_corrupt));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::event_test
