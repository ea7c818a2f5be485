// Flume's files: the grammar, substitution, and every option of its guide.
#include "config/flume_positions.hpp"
#include "config/option_tables.hpp"
#include "tests/config/workplace.hpp"

using namespace sluice::config_test;

BOOST_FIXTURE_TEST_SUITE(config_flume, workplace)

BOOST_AUTO_TEST_CASE(without_a_name_a_flume_file_is_told_from_bad_json) {
  expect_error(json("# agents\nweb.sources = s\nlog.sinks = k\n"),
               {"is a Flume file", "sluice check -n log ",
                "sluice agent -n log -f ", "its agents: log, web"});
  expect_error(json("; web.sources\n"), {"is not JSON"});
}

BOOST_AUTO_TEST_CASE(colon_and_blank_separate_like_the_equals_sign) {
  auto text = with(good_flume(), "a.sources = s1", "a.sources:s1");
  text = with(text, "a.channels = c1", "a.channels c1");
  text = with(text, "a.sinks = k1", "\t a.sinks \t:\t k1 \t");
  expect_clean(flume(text));
}

BOOST_AUTO_TEST_CASE(a_backslash_at_the_end_continues_the_line) {
  const auto text = with(good_flume(), "a.channels.c1.type = memory",
                         "a.channels.c1.type = mem\\\n     ory");
  expect_clean(flume(text));
  expect_error(flume(with(text, "ory", "roy")), {":7:22: ", "\"memroy\""});
}

BOOST_AUTO_TEST_CASE(escapes_are_javas) {
  const auto read
    = flume(good_flume() + "a.sources.s1.fileSuffix = \\u0041\\t\\d\\\\d\\:\n");
  expect_clean(read);
  BOOST_TEST(read.config.agents.at(0).sources.at(0).values.text("suffix")
             == "A\td\\d:");
}

BOOST_AUTO_TEST_CASE(a_broken_unicode_escape_is_found_where_it_stands) {
  expect_error(flume(good_flume() + "a.sources.s1.fileSuffix = .\\u00g1\n"),
               {":11:28: ", "broken \\u escape"});
}

BOOST_AUTO_TEST_CASE(there_is_no_comment_at_the_end_of_a_line) {
  const auto read
    = flume(good_flume() + "a.sources.s1.fileSuffix = .X # no comment\n");
  expect_clean(read);
  BOOST_TEST(read.config.agents.at(0).sources.at(0).values.text("suffix")
             == ".X # no comment");
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_ignored_with_a_warning) {
  expect_warning(flume(good_flume() + "a.sources.s1.fileSuffix =\n"),
                 {":11:1: ", "has no value and is ignored"});
}

BOOST_AUTO_TEST_CASE(an_empty_value_takes_back_an_earlier_one_as_in_java) {
  const auto read = flume(good_flume() + "a.sources.s1.fileSuffix = .X\n"
                          + "a.sources.s1.fileSuffix =\n");
  BOOST_TEST(read.config.agents.at(0).sources.at(0).values.text("suffix")
             == ".COMPLETED");
}

BOOST_AUTO_TEST_CASE(a_value_is_trimmed_of_control_characters_as_in_java) {
  const auto read
    = flume(good_flume() + "a.sources.s1.fileSuffix = \x01.X\x1f\n");
  expect_clean(read);
  BOOST_TEST(read.config.agents.at(0).sources.at(0).values.text("suffix")
             == ".X");
}

BOOST_AUTO_TEST_CASE(a_substitution_that_grows_without_bytes_ends) {
  // Each name doubles the work, and all of it makes nothing.
  std::string text = good_flume();
  for (int i = 0; i < 30; ++i)
    text += "x" + std::to_string(i) + " = ${x" + std::to_string(i + 1) + "}${x"
            + std::to_string(i + 1) + "}\n";
  expect_error(
    flume(text + "x30 = ${env:NO:-}\n" + "a.sources.s1.fileSuffix = ${x0}\n"),
    {":42:27: ", "too many"});
}

BOOST_AUTO_TEST_CASE(keys_of_another_agent_are_ignored_with_a_word) {
  const auto read
    = flume(good_flume() + "b.sources = s1\nb.sources.s1.type = rubbish\n");
  expect_clean(read);
  BOOST_TEST(of_level(read, severity::info).size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_agent_that_is_not_there_has_a_hint) {
  expect_error(
    flume(with(good_flume(), "a.sources = s1\n", "agent.x = y\n"), "agnet"),
    {"has no agent \"agnet\"", "did you mean agent?"});
}

BOOST_AUTO_TEST_CASE(variables_come_from_environment_properties_and_the_file) {
  environment["HOME_OF_LOGS"] = dir;
  environment["WHICH"] = "HOME_OF";
  sources.properties["suffix"] = ".DONE";
  const auto read = flume(
    with(good_flume(), dir + "/spool", "${base}/spool")
    + "base = ${env:${env:WHICH}_LOGS}\n"
      "a.sources.s1.fileSuffix = ${sys:suffix}${env:NO:-.${env:NO:-x}}$${y}\n");
  expect_clean(read);
  const auto& values = read.config.agents.at(0).sources.at(0).values;
  BOOST_TEST(values.text("path") == dir + "/spool");
  BOOST_TEST(values.text("suffix") == ".DONE.x${y}");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_resolved_is_a_located_error) {
  for (const char* text :
       {"${env:NO}", "${sys:no}", "${no}", "${java:version}", "${f1['key']}",
        "${open", "${a.sources.s1.fileSuffix}"})
    expect_error(
      flume(good_flume() + "a.sources.s1.fileSuffix = " + text + "\n"),
      {":11:27: a.sources.s1.fileSuffix: "});
}

BOOST_AUTO_TEST_CASE(a_listed_interceptor_must_be_defined) {
  const std::string s = "a.sources.s1.interceptors";
  expect_error(
    flume(good_flume() + s + " = i1 i2\n" + s + ".i1.type = timestamp\n"),
    {":11:29: ", "\"i2\" is listed but not defined"});
  expect_warning(flume(good_flume() + s + " = i1\n" + s
                       + ".i1.type = timestamp\n" + s + ".i2.type = host\n"),
                 {":13:1: ", "i2: is defined but not listed"});
}

BOOST_AUTO_TEST_CASE(interceptors_keep_the_order_of_their_list) {
  const std::string s = "a.sources.s1.interceptors";
  const auto read = flume(
    good_flume() + s + ".t.type = timestamp\n" + s + ".r.type = regex_filter\n"
    + s + ".r.regex = ^\\\\d+\n" + s + ".r.excludeEvents = TRUE\n" + s
    + " = r t\n" + s + ".t.preserveExisting = true\n");
  expect_clean(read);
  const auto& chain = read.config.agents.at(0).sources.at(0).interceptors;
  BOOST_TEST_REQUIRE(chain.size() == 2U);
  BOOST_TEST(chain[0].name == "r");
  BOOST_TEST(chain[0].values.text("regex") == "^\\d+");
  BOOST_TEST(chain[0].values.flag("exclude"));
  BOOST_TEST(chain[1].values.text("header") == "timestamp");
  BOOST_TEST(chain[1].values.flag("preserve"));
}

BOOST_AUTO_TEST_CASE(flumes_words_become_ours) {
  const auto read
    = flume(good_flume() + "a.sources.s1.deletePolicy = IMMEDIATE\n"
            + "a.sources.s1.consumeOrder = youngest\n"
            + "a.sources.s1.deserializer.maxLineLength = 4096\n");
  expect_clean(read);
  const auto& values = read.config.agents.at(0).sources.at(0).values;
  BOOST_TEST(values.text("on_complete") == "delete");
  BOOST_TEST(values.text("order") == "youngest");
  BOOST_TEST(values.size("max_line") == 4096U);
  expect_error(flume(good_flume() + "a.sources.s1.consumeOrder = random\n"),
               {":11:29: ", "\"random\" is not known", "oldest, youngest"});
}

BOOST_AUTO_TEST_CASE(an_unset_line_length_is_not_flumes_2048) {
  const auto read = flume(good_flume());
  BOOST_TEST(read.config.agents.at(0).sources.at(0).values.size("max_line")
             == 983040U);
}

BOOST_AUTO_TEST_CASE(taildir_uses_the_groups_of_its_list) {
  const auto base = with(with(good_flume(), "= spooldir", "= TAILDIR"),
                         "a.sources.s1.spoolDir = " + dir + "/spool",
                         "a.sources.s1.filegroups = f1 f2\n"
                         "a.sources.s1.filegroups.f1 = /var/log/one.log\n"
                         "a.sources.s1.filegroups.f2 = /var/log/.*\\\\.log");
  auto read = flume(base + "a.sources.s1.headers.f1.kind = app\n"
                    + "a.sources.s1.skipToEnd = true\n");
  expect_clean(read);
  const auto& values = read.config.agents.at(0).sources.at(0).values;
  BOOST_TEST_REQUIRE(values.table("groups").size() == 2U);
  BOOST_TEST(values.table("groups")[1].first == "f2");
  BOOST_TEST(values.table("groups")[1].second == "/var/log/.*\\.log");
  BOOST_TEST(values.table("headers").at(0).first == "f1.kind");
  BOOST_TEST(values.text("start") == "end");
  expect_error(flume(with(base, "= f1 f2", "= f1 f3")),
               {":5:27: ", "the group \"f3\" is not defined"});
  expect_error(flume(with(base, "/var/log/one.log", "one.log")),
               {":6:30: ", "not absolute"});
}

BOOST_AUTO_TEST_CASE(flumes_positions_are_read_as_flume_writes_them) {
  const auto path = dir + "/positions.json";
  const auto read = [&](const std::string& text) {
    std::ofstream{path, std::ios::trunc} << text;
    return read_flume_positions(path);
  };
  const auto good = read(
    R"([{"inode":12,"pos":34,"file":"/a/b.log"},{"inode":5,"pos":0,"file":"/c"}])");
  BOOST_REQUIRE((good && *good));
  BOOST_TEST((*good)->size() == 2U);
  BOOST_TEST((*good)->front().inode == 12U);
  BOOST_TEST((*good)->front().offset == 34U);
  BOOST_TEST((*good)->front().path == "/a/b.log");
  BOOST_TEST(bool(read("[]")));
  const auto missing = read_flume_positions(dir + "/nothing.json");
  BOOST_TEST((missing && !*missing));
  for (const auto* bad :
       {"", " \n", "[", "{}", "7", "[7]", R"([{"inode":1,"pos":2}])",
        R"([{"inode":1,"pos":-2,"file":"/a"}])",
        R"([{"inode":1,"pos":1e99,"file":"/a"}])",
        R"([{"inode":"1","pos":2,"file":"/a"}])",
        R"([{"inode":1,"pos":99999999999999999999,"file":"/a"}])",
        R"([{"inode":1,"pos":2,"file":"a"}])"}) {
    const auto got = read(bad);
    BOOST_REQUIRE_MESSAGE(!got, bad);
    BOOST_TEST((got.error().kind == sluice::errc::state_corrupt));
    BOOST_TEST(got.error().text.find("positions.json") != std::string::npos);
    BOOST_TEST(got.error().text.find('\n') == std::string::npos);
  }
}

// The rows of the guide's tables, appendix A of the notes, that are options
// of the component itself.
const std::map<std::string, std::vector<std::string>>& guide() {
  static const std::map<std::string, std::vector<std::string>> rows{
    {"source exec",
     {"command", "shell", "restartThrottle", "restart", "logStdErr",
      "batchSize", "batchTimeout", "charset"}},
    {"source spooldir",
     {"spoolDir",
      "fileSuffix",
      "deletePolicy",
      "fileHeader",
      "fileHeaderKey",
      "basenameHeader",
      "basenameHeaderKey",
      "includePattern",
      "ignorePattern",
      "trackerDir",
      "trackingPolicy",
      "consumeOrder",
      "pollDelay",
      "recursiveDirectorySearch",
      "maxBackoff",
      "batchSize",
      "inputCharset",
      "decodeErrorPolicy",
      "deserializer",
      "deserializer.maxLineLength",
      "deserializer.outputCharset",
      "bufferMaxLines",
      "bufferMaxLineLength"}},
    {"source taildir",
     {"filegroups", "filegroups.g", "positionFile", "headers.g.k",
      "byteOffsetHeader", "skipToEnd", "idleTimeout", "writePosInterval",
      "batchSize", "maxBatchCount", "backoffSleepIncrement", "maxBackoffSleep",
      "cachePatternMatching", "fileHeader", "fileHeaderKey"}},
    {"sink logger", {"maxBytesToLog"}},
    {"sink null", {"batchSize", "logEveryNEvents"}},
    {"sink kafka",
     {"kafka.bootstrap.servers", "kafka.topic", "flumeBatchSize",
      "kafka.producer.acks", "useFlumeEventFormat", "defaultPartitionId",
      "partitionIdHeader", "allowTopicOverride", "topicHeader",
      "timestampHeader", "header.NAME", "kafka.producer.security.protocol",
      "brokerList", "topic", "batchSize", "requiredAcks"}},
    {"channel memory",
     {"capacity", "transactionCapacity", "keep-alive",
      "byteCapacityBufferPercentage", "byteCapacity"}},
    {"selector replicating", {"optional"}},
    {"interceptor timestamp", {"headerName", "preserveExisting"}},
    {"interceptor host", {"preserveExisting", "useIP", "hostHeader"}},
    {"interceptor static", {"preserveExisting", "key", "value"}},
    {"interceptor regex_filter", {"regex", "excludeEvents"}}};
  return rows;
}

bool takes(const std::string& pattern, const std::string& key) {
  return pattern.ends_with(".*")
           ? key.starts_with(pattern.substr(0, pattern.size() - 1))
           : pattern == key;
}

BOOST_AUTO_TEST_CASE(every_option_of_flumes_guide_is_known) {
  std::size_t seen = 0;
  for (const auto& spec : component_specs()) {
    const auto name = std::string{to_string(spec.at)} + " " + spec.type;
    BOOST_TEST(guide().contains(name), name << " is not in the list");
    for (const auto& key : guide().at(name)) {
      ++seen;
      bool known = false;
      for (const auto& row : spec.options)
        for (const auto& flume : row.flume)
          known = known || takes(flume.key, key);
      for (const auto& foreign : spec.foreign)
        known = known || takes(foreign.key, key);
      BOOST_TEST(known, name << ": " << key << " is not known");
    }
  }
  BOOST_TEST(seen == 81U);
}

BOOST_AUTO_TEST_CASE(what_is_accepted_without_effect_says_what_holds) {
  for (const char* line :
       {"a.channels.c1.keep-alive = 3", "a.sources.s1.trackerDir = x",
        "a.sources.s1.maxBackoff = 4000", "a.sources.s1.inputCharset = GBK",
        "a.sources.s1.decodeErrorPolicy = FAIL"})
    expect_warning(flume(good_flume() + line + "\n"), {":11:1: "});
  expect_clean(flume(good_flume() + "a.sources.s1.inputCharset = utf-8\n"
                     + "a.sources.s1.deserializer = line\n"));
}

BOOST_AUTO_TEST_CASE(what_cannot_work_says_why) {
  for (const char* line :
       {"a.sources.s1.trackingPolicy = tracker_dir",
        "a.sources.s1.recursiveDirectorySearch = true",
        "a.sources.s1.deserializer = AVRO", "a.configfilters = f1"})
    expect_error(flume(good_flume() + line + "\n"), {":11:1: "});
}

BOOST_AUTO_TEST_SUITE_END()
