// The fleet's lines: pure functions, and told from garbage.
#include "simulator/record.hpp"

#include "actors/core/text/pattern.hpp"
#include "tests/simulator/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <set>

using namespace sluice;
using namespace sluice::simulator;
using namespace sluice::simulator_test;

namespace sluice::simulator_test {

constexpr std::int64_t new_year_2026 = 1'767'225'600;

fleet cars_fleet(std::uint64_t seed) {
  fleet f;
  f.start = new_year_2026;
  f.seed = seed;
  return f;
}

fleet drivers_fleet(std::uint64_t seed) {
  fleet f = cars_fleet(seed);
  f.kind = fleet_kind::drivers;
  f.period = 1;
  return f;
}

std::string some_lines(const fleet& f, std::uint64_t from, std::uint64_t to) {
  line_writer writer(f);
  std::string text;
  for (auto i = from; i < to; ++i) {
    writer.record(i, text);
    writer.garbage(i, text);
  }
  return text;
}

pattern expression(std::string_view regex) {
  return *pattern::compile(regex);
}

bool matches(const pattern& p, std::string_view line) {
  return p.search(line) == pattern::outcome::match;
}

} // namespace sluice::simulator_test

BOOST_AUTO_TEST_SUITE(simulator_record)

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_bytes_wherever_one_begins) {
  for (auto f : {cars_fleet(7), drivers_fleet(7)}) {
    f.garbage_ppm = 300'000;
    const auto whole = some_lines(f, 0, 2000);
    BOOST_TEST(whole == some_lines(f, 0, 2000));
    BOOST_TEST(whole == some_lines(f, 0, 777) + some_lines(f, 777, 2000));
    f.seed = 8;
    BOOST_TEST(whole != some_lines(f, 0, 2000));
  }
}

BOOST_AUTO_TEST_CASE(a_trip_record_is_below_4_kb_and_uses_its_range) {
  auto f = drivers_fleet(1);
  f.line_max = 4000;
  std::size_t least = 5000;
  std::size_t most = 0;
  for (const auto& line : lines_of(some_lines(f, 0, 3000))) {
    least = std::min(least, line.size() + 1);
    most = std::max(most, line.size() + 1);
  }
  BOOST_TEST(most <= 4000U);
  BOOST_TEST(most > 3900U);
  BOOST_TEST(least >= 2000U);
  BOOST_TEST(least < 2100U);
}

BOOST_AUTO_TEST_CASE(a_day_of_the_default_cars_is_about_100_megabytes) {
  const auto f = cars_fleet(1);
  BOOST_TEST(records_per_day(f) == 2'880'000U);
  // The mean of every 1000th round stands for the day.
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  for (std::uint64_t round = 0; round < 28'800; round += 1000, records += 100)
    bytes += some_lines(f, round * 100, round * 100 + 100).size();
  const auto day = bytes * records_per_day(f) / records;
  BOOST_TEST_MESSAGE("a day has " << day << " bytes");
  BOOST_TEST(day > 90'000'000U);
  BOOST_TEST(day < 140'000'000U);
}

BOOST_AUTO_TEST_CASE(every_record_matches_its_expression_and_tells_its_id) {
  const auto status = expression(status_regex);
  const auto trip = expression(trip_regex);
  for (const auto& f : {cars_fleet(5), drivers_fleet(5)}) {
    const auto lines = lines_of(some_lines(f, 1000, 6000));
    BOOST_TEST_REQUIRE(lines.size() == 5000U);
    for (std::uint64_t i = 0; i < lines.size(); ++i) {
      record_id id;
      BOOST_TEST_REQUIRE((recognize(lines[i], id) == line_form::record));
      BOOST_TEST((id.kind == f.kind));
      BOOST_TEST(id.number == (1000 + i) % f.count);
      BOOST_TEST(id.sequence == (1000 + i) / f.count);
      BOOST_TEST(seconds_of(id.stamp)
                 == f.start
                      + static_cast<std::int64_t>(id.sequence * f.period));
      BOOST_TEST(matches(status, lines[i]) == (f.kind == fleet_kind::cars));
      BOOST_TEST(matches(trip, lines[i]) == (f.kind == fleet_kind::drivers));
    }
  }
}

BOOST_AUTO_TEST_CASE(garbage_of_every_sort_matches_no_expression) {
  const auto status = expression(status_regex);
  const auto trip = expression(trip_regex);
  for (auto f : {cars_fleet(9), drivers_fleet(9)}) {
    f.garbage_ppm = 1'000'000;
    line_writer writer(f);
    int halves = 0;
    int binaries = 0;
    int wrong = 0;
    for (std::uint64_t i = 0; i < 30'000; ++i) {
      std::string record;
      std::string line;
      writer.record(i, record);
      BOOST_TEST_REQUIRE(writer.garbage(i, line));
      BOOST_TEST_REQUIRE(line.find('\n') == line.size() - 1);
      line.pop_back();
      record_id id;
      BOOST_TEST_REQUIRE((recognize(line, id) == line_form::other));
      BOOST_TEST_REQUIRE(!matches(status, line));
      BOOST_TEST_REQUIRE(!matches(trip, line));
      if (record.starts_with(line))
        ++halves;
      else if ((line[0] & 0x80) != 0)
        ++binaries;
      else
        ++wrong;
    }
    BOOST_TEST(halves > 5000);
    BOOST_TEST(binaries > 5000);
    BOOST_TEST(wrong > 5000);
  }
}

BOOST_AUTO_TEST_CASE(recognition_agrees_with_the_expressions_on_broken_lines) {
  const auto status = expression(status_regex);
  const auto trip = expression(trip_regex);
  const auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  constexpr std::string_view bytes = "0129ABCDFLRNafpst,,.\\x \t";
  for (auto f : {cars_fleet(seed), drivers_fleet(seed)}) {
    f.line_max = 160;
    for (auto line : lines_of(some_lines(f, 0, 50'000))) {
      const auto at = random() % line.size();
      const char c = bytes[random() % bytes.size()];
      switch (random() % 3) {
      case 0:
        line[at] = c;
        break;
      case 1:
        line.insert(at, 1, c);
        break;
      default:
        line.erase(at, 1 + random() % 3);
        break;
      }
      record_id id;
      const auto form = recognize(line, id);
      const bool expected = matches(status, line) || matches(trip, line);
      BOOST_TEST_REQUIRE((form != line_form::other) == expected, line);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_changed_byte_that_still_matches_is_found_as_mangled) {
  auto line = lines_of(some_lines(drivers_fleet(2), 5, 6)).at(0);
  record_id id;
  line[1000] = line[1000] == 'a' ? 'b' : 'a';
  BOOST_TEST((recognize(line, id) == line_form::mangled));
}

BOOST_AUTO_TEST_CASE(times_and_their_digits_say_the_same) {
  BOOST_TEST(stamp_of(new_year_2026) == 20260101000000U);
  BOOST_TEST(stamp_of(951'868'799) == 20000229235959U);
  for (const std::int64_t t :
       {std::int64_t{0}, new_year_2026, new_year_2026 + 86'399})
    BOOST_TEST(seconds_of(stamp_of(t)) == t);
  for (const std::uint64_t bad :
       {20260230000000U, 20261301000000U, 20260101240000U, 20260101006000U})
    BOOST_TEST(seconds_of(bad) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
