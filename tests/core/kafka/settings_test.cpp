// What a Kafka sink is told: bad properties, and the choice of a partition.
#include "actors/core/kafka/kafka_settings.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(kafka_settings_suite)

BOOST_AUTO_TEST_CASE(murmur2_gives_the_values_of_kafkas_own_client) {
  BOOST_TEST(static_cast<std::int32_t>(murmur2("21")) == -973932308);
  BOOST_TEST(static_cast<std::int32_t>(murmur2("foobar")) == -790332482);
}

BOOST_AUTO_TEST_CASE(each_property_that_librdkafka_refuses_is_named) {
  const auto c = check_properties(
    {{"linger.ms", "5"}, {"no.such.thing", "1"}, {"acks", "many"}});
  BOOST_REQUIRE(c.size() == 2U);
  BOOST_TEST(c[0].first == "no.such.thing");
  BOOST_TEST(c[1].first == "acks");
}

BOOST_AUTO_TEST_CASE(a_partition_header_wins_only_if_it_names_a_partition) {
  kafka_settings s;
  s.partition_header = "p";
  s.default_partition = 1;
  const header_set good{{"p", "3"}};
  const header_set too_high{{"p", "4"}};
  const header_set torn{{"p", "3x"}};
  BOOST_TEST(choose_partition(s, &good, "l", 4) == 3);
  BOOST_TEST(choose_partition(s, &too_high, "l", 4) == 1);
  BOOST_TEST(choose_partition(s, &torn, "l", 4) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
