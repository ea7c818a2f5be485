// position_store: whatever dies or breaks, what was confirmed is found again.
#include "actors/core/store/position_store.hpp"

#include "actors/core/base/crc32c.hpp"
#include "actors/core/event/codec.hpp"
#include "tests/core/store/scratch.hpp"

#include <iostream>
#include <random>

namespace sluice::store_test {

position_map one(const std::string& name, std::uint64_t offset) {
  position_map m;
  m[origin{name}] = {{0, offset}, {1, 2, offset, 3, "lineage", "path"}};
  return m;
}

struct store_fixture {
  scratch dir;

  result<position_store> open(std::size_t delta_bytes_max = 1 << 20) {
    return position_store::open({.base = dir.path("s"),
                                 .output_path = dir.path("out"),
                                 .delta_bytes_max = delta_bytes_max});
  }

  /// Opened and started, which must succeed.
  position_store started(std::size_t delta_bytes_max = 1 << 20) {
    auto s = open(delta_bytes_max);
    BOOST_REQUIRE_MESSAGE(s, (s ? "" : s.error().text));
    BOOST_REQUIRE(s->start("id", s->content().length));
    return std::move(*s);
  }
};

std::uint64_t offset_of(const position_store& s, const std::string& name) {
  const auto found = s.content().positions.find(origin{name});
  return found == s.content().positions.end() ? 0 : found->second.at.offset;
}

BOOST_FIXTURE_TEST_SUITE(a_position_store, store_fixture)

BOOST_AUTO_TEST_CASE(finds_again_what_was_committed) {
  {
    auto s = started();
    BOOST_REQUIRE(s.commit({10, one("a", 5), {}}));
    BOOST_REQUIRE(s.commit({20, one("b", 7), {}}));
    BOOST_REQUIRE(s.commit({30, one("a", 9), {origin{"b"}}}));
  }
  const auto s = open();
  BOOST_REQUIRE(s);
  BOOST_TEST(!s->is_new());
  BOOST_TEST(s->content().length == 30U);
  BOOST_TEST(s->content().output == "id");
  BOOST_TEST((s->content().positions == one("a", 9)));
}

BOOST_AUTO_TEST_CASE(without_slots_is_new_and_writes_nothing) {
  const auto s = open();
  BOOST_REQUIRE(s);
  BOOST_TEST(s->is_new());
  BOOST_TEST(!std::filesystem::exists(dir.path("s.a")));
}

BOOST_AUTO_TEST_CASE(stays_small_over_many_commits) {
  auto s = started(4096);
  for (std::uint64_t i = 1; i <= 2'000; ++i)
    BOOST_REQUIRE(s.commit({i, one("a", i), {}}));
  BOOST_TEST(std::filesystem::file_size(dir.path("s.a")) < 8192U);
  BOOST_TEST(std::filesystem::file_size(dir.path("s.b")) < 8192U);
  BOOST_TEST(offset_of(*open(), "a") == 2'000U);
}

BOOST_AUTO_TEST_CASE(drops_a_torn_last_append_at_every_length) {
  {
    auto s = started();
    BOOST_REQUIRE(s.commit({1, one("a", 1), {}}));
    BOOST_REQUIRE(s.commit({2, one("a", 2), {}}));
  }
  const auto whole = content(dir.path("s.a"));
  std::size_t twos = 0;
  std::size_t ones = 0;
  std::size_t zeros = 0;
  for (auto size = whole.size(); size > 0; --size) {
    write(dir.path("s.a"), whole.substr(0, size));
    const auto s = open();
    if (!s) {
      // Not even the snapshot: that was confirmed by the rename.
      BOOST_TEST((s.error().kind == errc::state_corrupt));
      continue;
    }
    const auto at = offset_of(*s, "a");
    twos += at == 2 ? 1 : 0;
    ones += at == 1 ? 1 : 0;
    zeros += at == 0 ? 1 : 0;
  }
  BOOST_TEST(twos == 1U);
  BOOST_TEST(ones > 20U);
  BOOST_TEST(zeros > 20U);
}

BOOST_AUTO_TEST_CASE(never_takes_a_flipped_bit_for_an_answer) {
  {
    auto s = started();
    for (std::uint64_t i = 1; i <= 3; ++i)
      BOOST_REQUIRE(s.commit({i, one("a", i), {}}));
  }
  const auto whole = content(dir.path("s.a"));
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    write(dir.path("s.a"), damaged);
    const auto s = open();
    if (!s)
      ++refused;
    else // Only in the last append, which may have been torn.
      BOOST_TEST(offset_of(*s, "a") == 2U);
  }
  BOOST_TEST(refused > whole.size() * 8 / 2);
}

BOOST_AUTO_TEST_CASE(with_both_slots_damaged_says_what_to_type) {
  write(dir.path("s.a"), "garbage");
  write(dir.path("s.b"), "");
  const auto s = open();
  BOOST_REQUIRE(!s);
  BOOST_TEST((s.error().kind == errc::state_corrupt));
  BOOST_TEST(s.error().text.find("mv '" + dir.path("s.a") + "'")
             != std::string::npos);
  BOOST_TEST(s.error().text.find("mv '" + dir.path("out") + "'")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(with_one_slot_damaged_goes_on_from_the_other) {
  BOOST_REQUIRE(started().commit({1, one("a", 1), {}}));
  static_cast<void>(started());
  write(dir.path("s.b"), "garbage");
  BOOST_TEST(offset_of(*open(), "a") == 1U);
  // And the next start repairs it.
  static_cast<void>(started());
  write(dir.path("s.a"), "garbage");
  BOOST_TEST(offset_of(*open(), "a") == 1U);
}

BOOST_AUTO_TEST_CASE(refuses_a_slot_of_a_newer_version) {
  // Behind the header of 24 bytes stands the version; the checksum is made
  // right again, as a newer version would.
  auto bytes = encode_snapshot(1, {});
  bytes[24] = 2;
  std::string sum;
  put_u32(sum, crc32c(bytes.substr(24), crc32c(bytes.substr(0, 20))));
  bytes.replace(20, 4, sum);
  write(dir.path("s.a"), bytes);
  const auto s = open();
  BOOST_REQUIRE(!s);
  BOOST_TEST((s.error().kind == errc::unsupported));
}

BOOST_AUTO_TEST_CASE(refuses_to_go_on_after_any_failed_call) {
  for (const std::string point : {"store.write", "store.sync"}) {
    auto s = started();
    const auto before = offset_of(s, "a");
    fault::arm(point + "=1*err(28)");
    const auto failed = s.commit({1, one("a", before + 1), {}});
    BOOST_REQUIRE(!failed);
    BOOST_TEST((failed.error().kind == errc::disk_full));
    BOOST_TEST(!s.commit({1, one("a", before + 1), {}}));
    const auto again = open();
    BOOST_REQUIRE(again);
    const auto found = offset_of(*again, "a");
    BOOST_TEST((found == before || found == before + 1));
  }
}

BOOST_AUTO_TEST_CASE(survives_the_failure_of_each_call_in_turn) {
  // Every failable call of many commits and compactions fails once.
  std::size_t failures = 0;
  for (const std::string point :
       {"store.open", "store.read", "store.write", "store.sync", "store.rename",
        "store.sync_directory", "store.compact.before_switch"}) {
    for (int nth = 1; nth <= 40; ++nth) {
      const scratch own;
      const position_store::options options{
        .base = own.path("s"), .output_path = "", .delta_bytes_max = 300};
      fault::arm(point + "=" + std::to_string(nth) + "@1*err(5)");
      std::uint64_t confirmed = 0;
      std::uint64_t tried = 0;
      for (int life = 0; life < 4; ++life) {
        auto s = position_store::open(options);
        if (!s) {
          BOOST_REQUIRE_MESSAGE(!is_terminal(s.error().kind), s.error().text);
          continue;
        }
        const auto found = offset_of(*s, "a");
        BOOST_REQUIRE((found == confirmed || found == tried));
        confirmed = found;
        if (!s->start("", 0))
          continue;
        for (int i = 0; i < 12; ++i) {
          tried = confirmed + 1;
          if (!s->commit({0, one("a", tried), {}})) {
            ++failures;
            break;
          }
          confirmed = tried;
        }
      }
      BOOST_TEST(confirmed >= 24U);
    }
  }
  std::cout << failures << " commits failed\n";
  BOOST_TEST(failures > 20U);
}

BOOST_AUTO_TEST_CASE(compacts_through_a_kill_at_any_moment) {
  std::size_t kills = 0;
  for (int nth = 1; nth <= 10; ++nth)
    for (const std::string point : {"store.compact.before_switch", "store.sync",
                                    "store.write", "store.sync_directory"}) {
      const auto before = offset_of(*open(), "a");
      const bool ended = in_child([&] {
        auto s = open(200);
        if (!s || !s->start("id", 0))
          ::_exit(1);
        fault::arm(point + "=" + std::to_string(nth) + "@kill");
        for (std::uint64_t i = 1; i <= 8; ++i)
          if (!s->commit({0, one("a", before + i), {}}))
            ::_exit(1);
      });
      kills += ended ? 0 : 1;
      const auto s = open();
      BOOST_REQUIRE(s);
      BOOST_TEST(offset_of(*s, "a") >= before);
      BOOST_TEST(offset_of(*s, "a") <= before + 8);
      if (ended)
        BOOST_TEST(offset_of(*s, "a") == before + 8);
    }
  std::cout << kills << " kills\n";
  BOOST_TEST(kills >= 20U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::store_test
