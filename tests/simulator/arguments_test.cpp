// What people type is understood or refused, never guessed.
#include "simulator/arguments.hpp"

#include "simulator/broker.hpp"
#include "simulator/verify.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace sluice::simulator;

BOOST_AUTO_TEST_SUITE(simulator_arguments)

BOOST_AUTO_TEST_CASE(durations_need_a_unit) {
  BOOST_TEST(parse_duration("90s")->count() == 90'000);
  BOOST_TEST(parse_duration("1.5m")->count() == 90'000);
  BOOST_TEST(parse_duration("250ms")->count() == 250);
  BOOST_TEST(parse_duration("1h")->count() == 3'600'000);
  for (const auto* bad : {"", "10", "s", "10x", "-1s", "10 s", "1e99s", "nans"})
    BOOST_TEST(!parse_duration(bad), bad);
}

BOOST_AUTO_TEST_CASE(sizes_have_thousands_and_powers_of_two) {
  BOOST_TEST(*parse_size("123") == 123U);
  BOOST_TEST(*parse_size("10MB") == 10'000'000U);
  BOOST_TEST(*parse_size("10MiB") == 10'485'760U);
  for (const auto* bad : {"", "MB", "10mb", "-5", "10MB "})
    BOOST_TEST(!parse_size(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_speed_is_positive_or_max) {
  BOOST_TEST(*parse_speed("max") == 0);
  BOOST_TEST(*parse_speed("0.5") == 0.5);
  for (const auto* bad : {"", "0", "-1", "fast", "2x", "inf"})
    BOOST_TEST(!parse_speed(bad), bad);
}

BOOST_AUTO_TEST_CASE(topics_have_a_name_and_partitions) {
  BOOST_TEST(parse_topic("driver:4")->name == "driver");
  BOOST_TEST(parse_topic("driver:4")->partitions == 4);
  BOOST_TEST(parse_topic("driver")->partitions == 1);
  for (const auto* bad : {"", ":4", "a:", "a:0", "a:-1", "a:b", "a:1001"})
    BOOST_TEST(!parse_topic(bad), bad);
}

BOOST_AUTO_TEST_CASE(checks_name_a_ledger_and_an_output) {
  const auto file = parse_check("c.ledger=file:/x/y=z.log");
  BOOST_TEST_REQUIRE(!!file);
  BOOST_TEST(file->ledger == "c.ledger");
  BOOST_TEST(file->files.at(0) == "/x/y=z.log");
  const auto topic = parse_check("d.ledger=kafka:localhost:9092/driver");
  BOOST_TEST_REQUIRE(!!topic);
  BOOST_TEST(topic->brokers == "localhost:9092");
  BOOST_TEST(topic->topic == "driver");
  for (const auto* bad : {"", "x", "=file:a", "x=file:", "x=kafka:h:1",
                          "x=kafka:/t", "x=kafka:h:1/", "x=disk:a"})
    BOOST_TEST(!parse_check(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
