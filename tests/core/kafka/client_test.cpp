// The client without any cluster: what a person is told.
#include "actors/core/kafka/rdkafka_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace sluice::kafka_client_test {

/// Nothing listens on port 1 of the loopback.
kafka_settings nobody_there() {
  kafka_settings s;
  s.brokers = "127.0.0.1:1";
  s.topic = "t";
  s.route = route_id{"c/n/a/s"};
  return s;
}

} // namespace sluice::kafka_client_test

using namespace sluice::kafka_client_test;

BOOST_AUTO_TEST_SUITE(kafka_client_suite)

BOOST_AUTO_TEST_CASE(a_broker_that_is_down_is_told_with_the_reason) {
  auto client = connect_kafka(nobody_there());
  BOOST_REQUIRE(client);
  auto facts = (*client)->describe(std::chrono::milliseconds{500});
  BOOST_REQUIRE(!facts);
  BOOST_TEST((facts.error().kind == errc::unavailable));
  BOOST_TEST(facts.error().text.find("Connection refused") != std::string::npos,
             facts.error().text);
}

BOOST_AUTO_TEST_CASE(init_says_again_and_keeps_the_reason_while_it_waits) {
  auto client = connect_kafka(nobody_there());
  BOOST_REQUIRE(client);
  auto producer = (*client)->make_producer("id-0");
  BOOST_REQUIRE(producer);
  BOOST_TEST(
    ((*producer)->init(std::chrono::milliseconds{300}) == step::again));
  const auto seen = (*producer)->state();
  BOOST_REQUIRE(seen.why.has_value());
  BOOST_TEST(seen.why->text.find("Connection refused") != std::string::npos,
             seen.why->text);
  BOOST_TEST(!seen.fatal);
}

BOOST_AUTO_TEST_CASE(a_producers_statistics_come_to_whoever_wants_them) {
  auto settings = nobody_there();
  std::string id;
  std::string json;
  settings.on_statistics = [&](std::string_view who, std::string_view what) {
    id = who;
    json = what;
  };
  settings.properties = {{"statistics.interval.ms", "10"}};
  auto client = connect_kafka(settings);
  BOOST_REQUIRE(client);
  auto producer = (*client)->make_producer("id-0");
  BOOST_REQUIRE(producer);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{9};
  while (json.empty() && std::chrono::steady_clock::now() < until) {
    static_cast<void>((*producer)->init(std::chrono::milliseconds{20}));
    static_cast<void>((*producer)->state());
  }
  BOOST_TEST(id == "id-0");
  BOOST_TEST(json.find("\"msg_cnt\"") != std::string::npos, json);
}

BOOST_AUTO_TEST_CASE(a_property_that_librdkafka_refuses_stops_at_once) {
  auto settings = nobody_there();
  settings.properties = {{"no.such.thing", "1"}};
  auto client = connect_kafka(settings);
  BOOST_REQUIRE(!client);
  BOOST_TEST((client.error().kind == errc::config));
  BOOST_TEST(client.error().text.find("no.such.thing") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
