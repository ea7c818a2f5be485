// Configuration cases 24-36 and 39-43: components, their names, types, links.
#include "tests/config/workplace.hpp"

using namespace sluice::config_test;

BOOST_FIXTURE_TEST_SUITE(config_link_cases, workplace)

BOOST_AUTO_TEST_CASE(case_24_an_agent_without_sources_is_shown_an_example) {
  auto text = good_json();
  const auto from = text.find("      \"sources\"");
  text.erase(from, text.find("      \"channels\": {") - from);
  expect_error(json(text), {":4:5: agents.a: has no sources", "smallest"});
}

BOOST_AUTO_TEST_CASE(case_25_an_agent_without_sinks_is_shown_an_example) {
  auto text = good_json();
  const auto from = text.find(",\n      \"sinks\"");
  text.erase(from, text.find("\n    }\n  }\n}") - from);
  expect_error(json(text), {":4:5: agents.a: has no sinks", "smallest"});
}

BOOST_AUTO_TEST_CASE(case_26_an_agent_without_channels_is_shown_an_example) {
  auto text = good_json();
  const auto from = text.find("      \"channels\": {");
  text.erase(from, text.find("      \"sinks\"") - from);
  expect_error(json(text), {":4:5: agents.a: has no channels", "smallest"});
  expect_error(flume(with(with(good_flume(), "a.channels = c1\n", ""),
                          "a.channels.c1.type = memory\n", "")),
               {": a: has no channels", "a.channels.c.type = memory"});
}

BOOST_AUTO_TEST_CASE(the_smallest_example_works) {
  const auto read = json(R"({"agents": {"a": {"sources": {"s": {"type": )"
                         R"("spooldir", "path": ")"
                         + dir
                         + R"(/spool", "channels": ["c"]}}, "channels": )"
                           R"({"c": {"type": "memory"}}, "sinks": {"k": )"
                           R"({"type": "logger", "channel": "c"}}}}})");
  expect_clean(read);
}

BOOST_AUTO_TEST_CASE(case_27_a_source_on_an_unknown_channel_names_both) {
  expect_error(
    json(with(good_json(), "[\"c1\"]", "[\"c1\", \"c2\"]")),
    {":9:23: ", "source s1 names the channel \"c2\"", "did you mean c1?"});
  expect_error(flume(with(good_flume(), "s1.channels = c1", "s1.channels = x")),
               {":6:25: ", "source s1 names the channel \"x\""});
}

BOOST_AUTO_TEST_CASE(case_28_a_sink_on_an_unknown_channel_names_both) {
  expect_error(
    json(with(good_json(), "\"channel\": \"c1\"", "\"channel\": \"c2\"")),
    {":21:22: ", "sink k1 names the channel \"c2\""});
  expect_error(flume(with(good_flume(), "k1.channel = c1", "k1.channel = c2")),
               {":10:22: ", "sink k1 names the channel \"c2\""});
}

BOOST_AUTO_TEST_CASE(case_29_a_sink_with_two_channels_names_both) {
  expect_error(json(with(good_json(), "\"channel\": \"c1\"",
                         "\"channel\": [\"c1\", \"c2\"]")),
               {":21:22: ", "one channel, not c1, c2"});
  expect_error(
    flume(with(good_flume(), "k1.channel = c1", "k1.channel = c1 c2")),
    {":10:22: ", "one channel, not c1, c2"});
}

BOOST_AUTO_TEST_CASE(case_30_a_channel_that_nobody_writes_is_a_warning) {
  expect_warning(
    flume(with(with(good_flume(), "a.channels = c1", "a.channels = c1 c2"),
               "a.sinks = k1", "a.sinks = k1 k2")
          + "a.channels.c2.type = memory\na.sinks.k2.type = null\n"
            "a.sinks.k2.channel = c2\n"),
    {":11:1: ", "a.channels.c2: no source writes"});
}

BOOST_AUTO_TEST_CASE(case_31_a_channel_that_nobody_reads_is_an_error) {
  expect_error(
    flume(with(with(good_flume(), "a.channels = c1", "a.channels = c1 c2"),
               "s1.channels = c1", "s1.channels = c1 c2")
          + "a.channels.c2.type = memory\n"),
    {":11:1: ", "a.channels.c2: no sink reads"});
}

BOOST_AUTO_TEST_CASE(case_32_a_listed_component_must_be_defined) {
  expect_error(flume(with(good_flume(), "a.sinks = k1", "a.sinks = k1 k2")),
               {":3:11: ", "\"k2\" is listed but not defined"});
  expect_error(json(with(good_json(), "\"type\": \"memory\"", "")),
               {":13:9: agents.a.channels.c1: has no type", "memory"});
}

BOOST_AUTO_TEST_CASE(case_33_a_component_that_is_not_listed_is_a_warning) {
  expect_warning(flume(good_flume() + "a.sinks.k2.type = null\n"),
                 {":11:1: ", "a.sinks.k2: is defined but not listed"});
}

BOOST_AUTO_TEST_CASE(case_34_the_same_name_twice_is_an_error) {
  expect_error(flume(with(good_flume(), "a.sources = s1", "a.sources = s1 s1")),
               {":1:13: ", "\"s1\" stands twice"});
  expect_error(json(with(good_json(), "        }\n      },\n      \"sinks\"",
                         "        },\n        \"c1\": {\"type\": \"memory\"}\n"
                         "      },\n      \"sinks\"")),
               {":16:9: c1: stands twice"});
}

BOOST_AUTO_TEST_CASE(case_35_names_that_differ_only_in_case_are_a_warning) {
  expect_warning(
    flume(with(with(with(good_flume(), "a.channels = c1", "a.channels = c1 C1"),
                    "s1.channels = c1", "s1.channels = c1 C1"),
               "a.sinks = k1", "a.sinks = k1 k2")
          + "a.channels.C1.type = memory\na.sinks.k2.type = null\n"
            "a.sinks.k2.channel = C1\n"),
    {"c1 and C1 differ only in case"});
}

BOOST_AUTO_TEST_CASE(case_36_a_name_with_blank_dot_or_slash_is_an_error) {
  for (const std::string name : {"c 1", "c.1", "c/1", "", "ç"}) {
    auto text = good_json();
    text = with(text, "\"c1\": {", "\"" + name + "\": {");
    text = with(text, "[\"c1\"]", "[\"x\", \"" + name + "\"]");
    const auto read = json(text);
    const auto errors = of_level(read, severity::error);
    BOOST_TEST_REQUIRE(!errors.empty());
    bool found = false;
    for (const auto& each : errors)
      found = found
              || to_string(each).find("cannot be the name of a channel")
                   != std::string::npos;
    BOOST_TEST(found, all_lines(read));
  }
  expect_error(json(with(good_json(), "\"s1\": {", "\"s 1\": {")),
               {":6:9: ", "\"s 1\" cannot be the name of a source"});
  expect_error(json(with(good_json(), "\"a\": {", "\"a/b\": {")),
               {":4:5: ", "\"a/b\" cannot be the name of an agent"});
}

BOOST_AUTO_TEST_CASE(case_39_an_unknown_type_has_a_hint) {
  expect_error(
    json(with(good_json(), "\"spooldir\"", "\"spooldri\"")),
    {":7:19: ", "unknown type \"spooldri\"", "did you mean spooldir?"});
  expect_error(flume(with(good_flume(), "= logger", "= loger")),
               {":8:19: ", "unknown type \"loger\"", "did you mean logger?"});
}

BOOST_AUTO_TEST_CASE(case_39_flumes_types_that_are_not_built_are_told_apart) {
  expect_error(flume(with(good_flume(), "= logger", "= hdfs")),
               {":8:19: ", "Flume's sink \"hdfs\" is not built yet"});
}

BOOST_AUTO_TEST_CASE(case_40_flumes_classes_of_known_types_are_mapped) {
  auto text = with(good_flume(), "= spooldir",
                   "= org.apache.flume.source.SpoolDirectorySource");
  text = with(text, "= memory", "= org.apache.flume.channel.MemoryChannel");
  text = with(text, "= logger", "= org.apache.flume.sink.LoggerSink");
  text += "a.sources.s1.interceptors = i1\n"
          "a.sources.s1.interceptors.i1.type = "
          "org.apache.flume.interceptor.HostInterceptor$Builder\n";
  const auto read = flume(text);
  expect_clean(read);
  const auto& agent = read.config.agents.at(0);
  BOOST_TEST(agent.sources.at(0).type == "spooldir");
  BOOST_TEST(agent.sources.at(0).interceptors.at(0).type == "host");
  BOOST_TEST(agent.channels.at(0).type == "memory");
  BOOST_TEST(agent.sinks.at(0).type == "logger");
}

BOOST_AUTO_TEST_CASE(case_40_aliases_are_known_in_any_letter_case) {
  const auto read = flume(with(good_flume(), "= spooldir", "= SPOOLDIR"));
  expect_clean(read);
  BOOST_TEST(read.config.agents.at(0).sources.at(0).type == "spooldir");
}

BOOST_AUTO_TEST_CASE(case_41_a_custom_java_class_is_refused_as_such) {
  expect_error(
    flume(with(good_flume(), "= logger", "= com.example.MySink")),
    {":8:19: ", "custom Java class not supported", "com.example.MySink"});
}

BOOST_AUTO_TEST_CASE(case_42_a_transaction_above_the_capacity_names_both) {
  expect_error(flume(good_flume() + "a.channels.c1.capacity = 10\n"
                     + "a.channels.c1.transactionCapacity = 20\n"),
               {":12:37: a.channels.c1.transactionCapacity",
                "20 is more than the capacity 10"});
}

BOOST_AUTO_TEST_CASE(case_43_a_batch_above_the_transaction_names_both) {
  expect_error(
    flume(good_flume() + "a.channels.c1.transactionCapacity = 20\n"
          + "a.sources.s1.batchSize = 30\n"),
    {":12:26: a.sources.s1.batchSize", "30 events", "transactionCapacity 20"});
  expect_error(
    json(with(with(good_json(), "\"memory\"", "\"memory\", \"capacity\": 20"),
              "[\"c1\"]", "[\"c1\"], \"batch_events\": 30")),
    {":9:47: ", "30 events", "capacity 20"});
}

BOOST_AUTO_TEST_CASE(a_small_capacity_says_what_it_does_to_transactions) {
  const auto said = [&](const char* capacity) {
    const auto read
      = flume(good_flume() + "a.channels.c1.capacity = " + capacity + "\n");
    expect_clean(read);
    return of_level(read, severity::info).size();
  };
  BOOST_TEST(said("100") == 1U);
  BOOST_TEST(said("100000") == 0U);
}

BOOST_AUTO_TEST_CASE(two_sinks_on_one_channel_are_refused_until_groups_exist) {
  expect_error(flume(with(good_flume(), "a.sinks = k1", "a.sinks = k1 k2")
                     + "a.sinks.k2.type = null\na.sinks.k2.channel = c1\n"),
               {":12:22: ", "sinks k1 and k2", "sink group"});
}

BOOST_AUTO_TEST_CASE(sink_groups_are_one_located_error) {
  expect_error(flume(with(good_flume(), "a.sinks = k1", "a.sinks = k1 k2")
                     + "a.sinks.k2.type = null\na.sinks.k2.channel = c1\n"
                       "a.sinkgroups = g1\na.sinkgroups.g1.sinks = k1 k2\n"),
               {":13:1: ", "sink groups are not built yet"});
}

BOOST_AUTO_TEST_CASE(what_may_wait_is_a_located_error) {
  const std::string s = "a.sources.s1.";
  expect_error(flume(good_flume() + s + "selector.type = multiplexing\n"),
               {":11:30: ", "multiplexing", "not built yet"});
  expect_error(flume(good_flume() + s + "selector.optional = c1\n"),
               {":11:1: ", "optional channels are not built yet"});
  expect_error(
    json(with(good_json(), "[\"c1\"]", "[\"c1\"],\n \"order\": \"directory\"")),
    {":10:11: ", "\"directory\" is not known"});
  expect_error(json(with(good_json(), "[\"c1\"]",
                         "[\"c1\"],\n \"selector\": \"multiplexing\"")),
               {":10:14: ", "not built yet"});
}

BOOST_AUTO_TEST_CASE(a_source_on_two_channels_reads_in_both_formats) {
  const auto read = flume(
    with(with(with(good_flume(), "a.channels = c1", "a.channels = c1 c2"),
              "s1.channels = c1", "s1.channels = c1\t c2"),
         "a.sinks = k1", "a.sinks = k1 k2")
    + "a.channels.c2.type = memory\na.sinks.k2.type = null\n"
      "a.sinks.k2.channel = c2\n");
  expect_clean(read);
  BOOST_TEST(read.config.agents.at(0).sources.at(0).channels
               == (string_list{"c1", "c2"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
