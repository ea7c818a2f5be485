// Configuration cases 13-23: options and their values.
#include "tests/config/workplace.hpp"

using namespace sluice::config_test;

namespace sluice::config_test {

// The good file with one more line at the channel or at the sink.
std::string at_channel(const workplace& here, const std::string& line) {
  return with(here.good_json(), "\"type\": \"memory\"\n",
              "\"type\": \"memory\",\n          " + line + "\n");
}

std::string at_source(const workplace& here, const std::string& line) {
  return with(here.good_json(), "\"channels\": [\"c1\"]\n",
              "\"channels\": [\"c1\"],\n          " + line + "\n");
}

} // namespace sluice::config_test

BOOST_FIXTURE_TEST_SUITE(config_value_cases, workplace)

BOOST_AUTO_TEST_CASE(case_13_an_unknown_top_key_has_a_hint) {
  expect_error(json(with(good_json(), "\"node\"", "\"nod\"")),
               {":2:3: nod: unknown option", "did you mean node?"});
  expect_error(json(with(good_json(), "\"agents\"", "\"agnets\"")),
               {":3:3: agnets: unknown option", "did you mean agents?"});
}

BOOST_AUTO_TEST_CASE(case_13_an_unknown_agent_key_of_flume_has_a_hint) {
  expect_error(flume(with(good_flume(), "a.sinks = k1", "a.sink = k1")),
               {":3:1: a.sink: ", "did you mean sinks?"});
}

BOOST_AUTO_TEST_CASE(case_14_an_unknown_option_has_a_hint) {
  expect_error(
    json(with(good_json(), "\"path\"", "\"paht\"")),
    {":8:11: agents.a.sources.s1.paht: unknown option", "did you mean path?"});
  expect_error(
    flume(with(good_flume(), "spoolDir", "spoolDri")),
    {":5:1: a.sources.s1.spoolDri: unknown option", "did you mean spoolDir?"});
}

BOOST_AUTO_TEST_CASE(case_14_flumes_key_in_a_native_file_names_ours) {
  expect_error(json(with(good_json(), "\"path\"", "\"spoolDir\"")),
               {"spoolDir: unknown option", "did you mean path?"});
}

BOOST_AUTO_TEST_CASE(case_14_a_misspelt_structural_key_is_one_mistake) {
  expect_error(json(with(good_json(), "\"channels\": [", "\"chanels\": [")),
               {":9:11: ", "did you mean channels?"});
  expect_error(json(with(good_json(), "\"channel\":", "\"chanel\":")),
               {":21:11: ", "did you mean channel?"});
  expect_error(json(with(good_json(), "\"type\"", "\"tpye\"")),
               {":7:11: ", "did you mean type?"});
}

BOOST_AUTO_TEST_CASE(case_15_a_string_for_a_number_is_refused) {
  expect_error(json(at_channel(*this, "\"capacity\": \"100\"")),
               {":15:23: agents.a.channels.c1.capacity: \"100\" is a string",
                "expected an integer from 1 to 1000000000"});
}

BOOST_AUTO_TEST_CASE(case_15_flumes_strings_are_parsed_by_type) {
  const auto read = flume(good_flume() + "a.channels.c1.capacity = 100\n");
  expect_clean(read);
  BOOST_TEST(read.config.agents.at(0).channels.at(0).values.integer("capacity")
             == 100);
  expect_error(flume(good_flume() + "a.channels.c1.capacity = many\n"),
               {":11:26: a.channels.c1.capacity: \"many\" is not an integer"});
}

BOOST_AUTO_TEST_CASE(case_16_a_number_for_a_string_is_refused) {
  expect_error(json(at_source(*this, "\"suffix\": 5")),
               {":10:21: ", "\"5\" is a number", "expected a string"});
}

BOOST_AUTO_TEST_CASE(case_17_a_float_for_an_integer_is_refused) {
  expect_error(json(at_channel(*this, "\"capacity\": 1.5")),
               {":15:23: ", "not an integer"});
  expect_error(json(at_channel(*this, "\"capacity\": 1e3")),
               {":15:23: ", "not an integer"});
  expect_error(flume(good_flume() + "a.channels.c1.capacity = 1.5\n"),
               {":11:26: ", "not an integer"});
}

BOOST_AUTO_TEST_CASE(case_18_a_negative_capacity_is_out_of_range) {
  expect_error(json(at_channel(*this, "\"capacity\": -1")),
               {":15:23: ", "out of range", "from 1 to"});
  expect_error(flume(good_flume() + "a.channels.c1.capacity = -1\n"),
               {":11:26: ", "out of range"});
}

BOOST_AUTO_TEST_CASE(case_19_a_number_beyond_64_bits_is_out_of_range) {
  for (const char* number : {"9223372036854775808", "18446744073709551616",
                             "99999999999999999999999999"}) {
    expect_error(
      json(at_channel(*this, std::string{"\"capacity\": "} + number)),
      {":15:23: ", "out of range"});
    expect_error(
      flume(good_flume() + "a.channels.c1.capacity = " + number + "\n"),
      {":11:26: ", "out of range"});
  }
  expect_error(json(at_channel(*this, "\"bytes\": \"9223372036854775808GiB\"")),
               {":15:20: ", "out of range"});
}

BOOST_AUTO_TEST_CASE(case_20_nan_and_infinity_are_refused) {
  expect_error(json(at_channel(*this, "\"capacity\": NaN")),
               {":15:", "is not JSON"});
  expect_error(json(at_channel(*this, "\"capacity\": 1e999")),
               {":15:", "1e999"});
  expect_error(flume(good_flume() + "a.channels.c1.capacity = NaN\n"),
               {":11:26: ", "not an integer"});
}

BOOST_AUTO_TEST_CASE(case_21_a_size_or_duration_without_unit_is_refused) {
  expect_error(json(at_channel(*this, "\"bytes\": 1000000")),
               {":15:20: ", "no unit", "\"16MiB\""});
  expect_error(json(at_channel(*this, "\"bytes\": \"1000000\"")),
               {":15:20: ", "no unit"});
  expect_error(json(at_source(*this, "\"poll_interval\": 500")),
               {":10:28: ", "no unit", "\"200ms\""});
}

BOOST_AUTO_TEST_CASE(case_21_flumes_unitless_options_have_flumes_unit) {
  const auto read = flume(good_flume() + "a.sources.s1.pollDelay = 250\n"
                          + "a.channels.c1.byteCapacity = 1000000\n"
                          + "a.sinks.k1.maxBytesToLog = 16\n");
  expect_clean(read);
  const auto& agent = read.config.agents.at(0);
  BOOST_TEST(agent.sources.at(0).values.duration("poll_interval").count()
             == 250);
  BOOST_TEST(agent.channels.at(0).values.size("bytes") == 1'000'000U);
  BOOST_TEST(agent.sinks.at(0).values.size("max_bytes") == 16U);
}

BOOST_AUTO_TEST_CASE(case_22_an_unknown_unit_is_refused) {
  expect_error(json(at_channel(*this, "\"bytes\": \"16MX\"")),
               {":15:20: ", "\"16MX\" has an unknown unit"});
  expect_error(json(at_source(*this, "\"poll_interval\": \"5 moons\"")),
               {":10:28: ", "unknown unit"});
}

BOOST_AUTO_TEST_CASE(case_23_an_interval_of_zero_is_refused) {
  expect_error(json(at_source(*this, "\"poll_interval\": \"0s\"")),
               {":10:28: ", "out of range", "from 1ms to 1h"});
  expect_error(flume(good_flume() + "a.sources.s1.pollDelay = 0\n"),
               {":11:26: ", "out of range"});
}

BOOST_AUTO_TEST_CASE(sizes_and_durations_carry_units) {
  const auto read
    = json(at_source(*this, "\"poll_interval\": \"1.5s\", \"max_line\": "
                            "\"64 KiB\""));
  expect_clean(read);
  const auto& values = read.config.agents.at(0).sources.at(0).values;
  BOOST_TEST(values.duration("poll_interval").count() == 1500);
  BOOST_TEST(values.size("max_line") == 65536U);
  BOOST_TEST(values.is_set("max_line"));
  BOOST_TEST(!values.is_set("suffix"));
  BOOST_TEST(values.text("suffix") == ".COMPLETED");
}

BOOST_AUTO_TEST_CASE(null_arrays_and_objects_are_refused_where_they_stand) {
  for (const char* value : {"null", "[]", "{}", "true"})
    expect_error(json(at_source(*this, std::string{"\"suffix\": "} + value)),
                 {":10:21: ", "expected a string"});
  expect_error(json(with(good_json(), "\"logger\"", "null")),
               {":19:19: ", "\"null\""});
}

BOOST_AUTO_TEST_CASE(an_option_under_two_names_is_refused) {
  expect_error(flume(good_flume() + "a.sources.s1.path = /x\n"),
               {":11:1: ", "sets the same as spoolDir"});
}

BOOST_AUTO_TEST_CASE(all_errors_of_a_file_come_in_one_pass) {
  auto text = with(good_json(), "\"n1\"", "5");
  text = with(text, "\"memory\"", "\"memroy\"");
  text = with(text, "\"channel\": \"c1\"", "\"channel\": \"c9\"");
  const auto read = json(text);
  const auto errors = of_level(read, severity::error);
  BOOST_TEST_REQUIRE(errors.size() == 3U, all_lines(read));
  BOOST_TEST(errors[0].at.line == 2U);
  BOOST_TEST(errors[1].at.line == 14U);
  BOOST_TEST(errors[2].at.line == 21U);
}

BOOST_AUTO_TEST_SUITE_END()
