// Configuration cases 45, 48-51, 53-55, 57, 58 and 60: what is around the file.
#include "config/guarantee.hpp"
#include "tests/config/workplace.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <regex>

using namespace sluice::config_test;

namespace sluice::config_test {

// The good file with a kafka sink; `more` are further lines of it.
std::string kafka_json(const workplace& here, const std::string& more = {}) {
  auto text = with(here.good_json(), "\"logger\"", "\"kafka\"");
  text = with(text, "\"path\": \"" + here.dir + "/out.log\"",
              "\"brokers\": \"127.0.0.1:9092\", \"topic\": \"t\"");
  return with(text, "\"channel\": \"c1\"\n",
              "\"channel\": \"c1\"" + (more.empty() ? "" : ",\n" + more)
                + "\n");
}

std::string kafka_flume(const workplace& here, const std::string& more = {}) {
  return with(with(here.good_flume(), "= logger",
                   "= org.apache.flume.sink.kafka.KafkaSink"),
              "a.sinks.k1.path = " + here.dir + "/out.log",
              "a.sinks.k1.kafka.bootstrap.servers = h1:9092,h2:9093\n"
              "a.sinks.k1.kafka.topic = t")
         + more;
}

} // namespace sluice::config_test

BOOST_FIXTURE_TEST_SUITE(config_outside_cases, workplace)

BOOST_AUTO_TEST_CASE(case_45_a_port_in_use_is_found_before_anything_starts) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const place = reinterpret_cast<sockaddr*>(&at);
  BOOST_REQUIRE(::bind(fd, place, size) == 0);
  BOOST_REQUIRE(::listen(fd, 1) == 0);
  BOOST_REQUIRE(::getsockname(fd, place, &size) == 0);
  const auto port = std::to_string(ntohs(at.sin_port));
  const auto text = with(good_json(), "\"node\"",
                         "\"metrics\": {\"port\": " + port + "},\n  \"node\"");
  expect_error(json(text), {":2:23: metrics.port", "127.0.0.1:" + port,
                            "Address already in use"});
  sources.properties
    = {{"flume.monitoring.type", "http"}, {"flume.monitoring.port", port}};
  expect_error(flume(good_flume()), {"127.0.0.1:" + port});
  ::close(fd);
  expect_clean(json(text));
  const auto read = flume(good_flume());
  expect_clean(read);
  BOOST_TEST(read.config.metrics->port == ntohs(at.sin_port));
}

BOOST_AUTO_TEST_CASE(a_port_out_of_range_is_refused) {
  expect_error(json(with(good_json(), "\"node\"",
                         "\"metrics\": {\"port\": 70000},\n  \"node\"")),
               {":2:23: ", "out of range", "from 0 to 65535"});
}

BOOST_AUTO_TEST_CASE(case_48_a_missing_spool_directory_is_an_error) {
  const auto text = with(good_json(), "/spool\"", "/nospool\"");
  expect_error(json(text), {":8:19: ", "/nospool\" does not exist", "create"});
  expect_error(flume(with(good_flume(), "/spool", "/nospool")),
               {":5:25: ", "does not exist"});
  expect_clean(json(with(text, "[\"c1\"]", "[\"c1\"], \"create\": true")));
  BOOST_TEST(!std::filesystem::exists(dir + "/nospool"));
}

BOOST_AUTO_TEST_CASE(case_49_a_spool_directory_that_is_a_file_is_an_error) {
  write("file", "x");
  expect_error(json(with(good_json(), "/spool\"", "/file\"")),
               {":8:19: ", "is not a directory"});
}

BOOST_AUTO_TEST_CASE(case_50_a_spool_directory_without_permission_is_an_error) {
  // Root may do everything, so somebody else looks at a directory of root.
  BOOST_REQUIRE(::chmod(dir.c_str(), 0777) == 0);
  write("config.json", good_json());
  BOOST_REQUIRE(::chmod((dir + "/spool").c_str(), 0555) == 0);
  const auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0))
      ::_exit(2);
    const auto read = read_json(dir + "/config.json", sources, checks);
    const auto all = read.found.all();
    const bool right
      = all.size() == 1 && all[0].at.line == 8
        && to_string(all[0]).find("cannot be written") != std::string::npos;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(case_51_one_spool_directory_in_two_sources_is_an_error) {
  expect_error(flume(with(good_flume(), "a.sources = s1", "a.sources = s1 s2")
                     + "a.sources.s2.type = spooldir\na.sources.s2.spoolDir = "
                     + dir + "/./spool/\na.sources.s2.channels = c1\n"),
               {":12:25: ", "belongs to a.sources.s1 already"});
}

BOOST_AUTO_TEST_CASE(case_53_a_spool_directory_with_our_own_output_is_refused) {
  checks.state_dir = dir + "/spool";
  expect_error(json(good_json()), {":8:19: ", "is the state directory"});
  checks.state_dir.clear();
  expect_error(json(with(good_json(), "/out.log", "/spool/out.log")),
               {":20:19: ", "the output would be read again"});
}

BOOST_AUTO_TEST_CASE(
  case_53_a_followed_pattern_with_our_own_output_is_refused) {
  checks.matches = [](const std::string& pattern, const std::string& name) {
    return std::regex_match(name, std::regex{pattern});
  };
  const auto with_group = [&](const std::string& place) {
    return with(
      good_json(), "\"spooldir\",\n          \"path\": \"" + dir + "/spool\"",
      "\"taildir\",\n          \"groups\": {\"g\": \"" + place + "\"}");
  };
  expect_error(json(with_group(dir + "/.*[.]log")),
               {"is followed by agents.a.sources.s1"});
  expect_clean(json(with_group(dir + "/.*[.]txt")));
  std::filesystem::create_directory(dir + "/state");
  checks.state_dir = dir + "/state";
  expect_error(json(with_group(dir + "/state/.*")), {"is the state directory"});
}

BOOST_AUTO_TEST_CASE(case_54_a_state_directory_that_cannot_keep_is_refused) {
  const auto text = with(good_json(), "\"node\"",
                         "\"state_dir\": \"" + dir + "/state\",\n  \"node\"");
  expect_clean(json(text));
  BOOST_TEST(!std::filesystem::exists(dir + "/state"));
  path_facts facts{.exists = true,
                   .is_directory = true,
                   .readable = true,
                   .writable = true,
                   .free_bytes = 1U << 30};
  const auto ask = [&](const path_facts& state) {
    checks.path = [this, state](const std::string& path) {
      return path == dir + "/state" ? state : facts_of(path);
    };
    return json(text);
  };
  auto bad = facts;
  bad.read_only = true;
  expect_error(ask(bad), {":2:16: state_dir", "read-only"});
  bad = facts;
  bad.writable = false;
  expect_error(ask(bad), {":2:16: state_dir", "no permission"});
  bad = facts;
  bad.free_bytes = 0;
  expect_error(ask(bad), {":2:16: state_dir", "full"});
  bad = facts;
  bad.is_directory = false;
  expect_error(ask(bad), {":2:16: state_dir", "not a directory"});
  bad = facts;
  bad.keeps_files = false;
  bad.free_bytes = 0;
  expect_error(ask(bad), {":2:16: state_dir", "no file can be made there"});
  bad = facts;
  bad.volatile_system = "tmpfs";
  expect_warning(ask(bad), {":2:16: ", "tmpfs"});
  bad.volatile_system = "nfs";
  expect_warning(ask(bad), {":2:16: ", "NFS"});
}

BOOST_AUTO_TEST_CASE(case_54_the_real_file_systems_are_told_apart) {
  BOOST_TEST(facts_of("/proc").exists);
  BOOST_TEST(!facts_of("/proc").keeps_files);
  BOOST_TEST(facts_of(dir).keeps_files);
  // Their size of zero is not fullness.
  BOOST_TEST(facts_of("/proc").free_bytes > 0U);
  BOOST_TEST(facts_of(dir).free_bytes < 1ULL << 60U);
  BOOST_TEST(facts_of(dir).is_directory);
  BOOST_TEST(!facts_of(dir + "/no").exists);
  if (std::filesystem::is_directory("/dev/shm"))
    BOOST_TEST(facts_of("/dev/shm").volatile_system == "tmpfs");
}

BOOST_AUTO_TEST_CASE(case_55_a_bad_regex_is_an_error_with_its_position) {
  expect_error(json(with(good_json(), "[\"c1\"]",
                         "[\"c1\"],\n\"interceptors\": [{\"type\": "
                         "\"regex_filter\", \"regex\": \"(a\"}]")),
               {":10:52: ", "interceptors[1].regex", "offset 2"});
  expect_error(flume(good_flume() + "a.sources.s1.includePattern = (a\n"),
               {":11:31: ", "offset 2"});
  const auto taildir
    = with(with(good_flume(), "= spooldir", "= TAILDIR"),
           "a.sources.s1.spoolDir = " + dir + "/spool",
           "a.sources.s1.filegroups = g\na.sources.s1.filegroups.g = " + dir
             + "/x(.log");
  expect_error(flume(taildir), {":6:29: ", "cannot be compiled"});
}

BOOST_AUTO_TEST_CASE(a_good_kafka_sink_is_clean_in_both_formats) {
  expect_clean(json(kafka_json(*this)));
  const auto read = flume(
    kafka_flume(*this, "a.sinks.k1.kafka.producer.compression.type = lz4\n"));
  expect_clean(read);
  const auto& sink = read.config.agents.at(0).sinks.at(0);
  BOOST_TEST(sink.values.text("brokers") == "h1:9092,h2:9093");
  BOOST_TEST(sink.values.table("properties").at(0).first == "compression.type");
  BOOST_TEST(sink.values.table("properties").at(0).second == "lz4");
}

BOOST_AUTO_TEST_CASE(case_57_a_kafka_sink_without_brokers_is_refused) {
  expect_error(
    json(with(kafka_json(*this), "\"brokers\": \"127.0.0.1:9092\", ", "")),
    {":18:9: ", "has no brokers"});
  expect_error(
    flume(with(kafka_flume(*this),
               "a.sinks.k1.kafka.bootstrap.servers = h1:9092,h2:9093\n", "")),
    {":8:1: ", "has no kafka.bootstrap.servers"});
}

BOOST_AUTO_TEST_CASE(case_57_a_broker_must_be_host_and_port) {
  for (const char* broker : {"localhost", "h:", ":9092", "h:0", "h:70000",
                             "h:9092,", "a b:9092", "h:9o92"})
    expect_error(json(with(kafka_json(*this), "127.0.0.1:9092", broker)),
                 {":20:22: ", "is not host:port"});
  expect_clean(json(with(kafka_json(*this), "127.0.0.1:9092",
                         "[::1]:9092, SSL://h.example-1.org:9093")));
}

BOOST_AUTO_TEST_CASE(case_57_an_unknown_property_is_librdkafkas_to_refuse) {
  expect_error(json(kafka_json(*this, "\"properties\": {\"client.id\": \"x\",\n"
                                      "\"compresion.type\": \"lz4\"}")),
               {":23:20: ", "properties.compresion.type",
                "No such configuration property"});
  expect_error(flume(kafka_flume(
                 *this, "a.sinks.k1.kafka.producer.compresion.type = x\n")),
               {":12:45: a.sinks.k1.kafka.producer.compresion.type"});
}

BOOST_AUTO_TEST_CASE(case_57_acks_1_contradicts_exactly_once) {
  expect_error(json(kafka_json(*this, "\"properties\": {\"acks\": 1}")),
               {":22:24: ", "acks=1 contradicts transactions"});
  expect_error(
    flume(kafka_flume(*this, "a.sinks.k1.kafka.producer.acks = 1\n"
                             "a.sinks.k1.delivery = exactly_once\n")),
    {":12:34: ", "acks=1 contradicts transactions"});
}

BOOST_AUTO_TEST_CASE(case_57_flumes_acks_1_is_raised_with_a_warning) {
  for (const char* line : {"kafka.producer.acks = 1\n", "requiredAcks = 1\n"}) {
    const auto read
      = flume(kafka_flume(*this, std::string{"a.sinks.k1."} + line));
    expect_warning(read, {":12:", "acks=1 is raised to all"});
    BOOST_TEST(
      read.config.agents.at(0).sinks.at(0).values.table("properties").empty());
  }
  expect_clean(
    flume(kafka_flume(*this, "a.sinks.k1.kafka.producer.acks = all\n")));
}

BOOST_AUTO_TEST_CASE(what_the_sink_decides_itself_cannot_be_set) {
  expect_error(json(kafka_json(*this, "\"properties\": "
                                      "{\"transactional.id\": \"x\"}")),
               {":22:36: ", "decided by sluice itself"});
  expect_warning(
    flume(kafka_flume(*this, "a.sinks.k1.kafka.producer.linger.ms = 5\n")),
    {":12:39: ", "ignored"});
}

BOOST_AUTO_TEST_CASE(a_topic_of_flumes_default_is_said_aloud) {
  const auto read
    = flume(with(kafka_flume(*this), "a.sinks.k1.kafka.topic = t\n", ""));
  expect_warning(read, {"has no kafka.topic", "default-flume-topic"});
  BOOST_TEST(read.config.agents.at(0).sinks.at(0).values.text("topic")
             == "default-flume-topic");
}

BOOST_AUTO_TEST_CASE(case_58_a_demand_that_cannot_be_met_names_the_link) {
  expect_error(
    json(with(with(good_json(), "\"path\": \"" + dir + "/out.log\",\n", ""),
              "\"a\": {", "\"a\": {\"delivery\": \"exactly_once\",")),
    {":4:23: ", "exactly once cannot be given",
     "at least once, limited by sink k1 (logger)"});
  expect_error(json(with(with(good_json(), "\"logger\"", "\"null\""),
                         "\"path\": \"" + dir + "/out.log\"",
                         "\"delivery\": \"exactly_once\"")),
               {"nothing to deliver", "throws every event away"});
  expect_clean(json(with(good_json(), "\"a\": {",
                         "\"a\": {\"delivery\": "
                         "\"exactly_once\",")));
}

BOOST_AUTO_TEST_CASE(without_transactions_exactly_once_cannot_be_demanded) {
  expect_error(json(kafka_json(*this, "\"transactions\": \"off\", "
                                      "\"delivery\": \"exactly_once\"")),
               {":22:", "exactly once cannot be given", "transactions off"});
  expect_clean(json(kafka_json(*this, "\"transactions\": \"off\", "
                                      "\"delivery\": \"at_least_once\"")));
}

BOOST_AUTO_TEST_CASE(scram_with_an_old_librdkafka_is_warned_of) {
  const auto scram = kafka_json(
    *this, "\"properties\": {\"sasl.mechanisms\": \"SCRAM-SHA-256\"}");
  const auto plain
    = kafka_json(*this, "\"properties\": {\"sasl.mechanisms\": \"PLAIN\"}");
  for (const char* old : {"2.0.2", "2.6.0", "1.9.9"}) {
    checks.kafka_library = old;
    expect_warning(json(scram), {"SCRAM-SHA-256 with librdkafka", old,
                                 "client certificates"});
    expect_clean(json(plain));
  }
  for (const char* sound : {"2.6.1", "2.10.0", "3.0.0"}) {
    checks.kafka_library = sound;
    expect_clean(json(scram));
  }
}

BOOST_AUTO_TEST_CASE(a_sinks_batch_size_says_what_holds_instead) {
  expect_warning(flume(kafka_flume(*this, "a.sinks.k1.flumeBatchSize = 9\n")),
                 {":12:1: ", "by bytes and time"});
  expect_error(flume(kafka_flume(*this, "a.sinks.k1.flumeBatchSize = 9\n"
                                        "a.channels.c1.capacity = 5\n")),
               {":12:29: ", "9 events are more than the capacity 5"});
}

BOOST_AUTO_TEST_CASE(case_60_a_secret_in_the_file_is_a_warning_without_it) {
  const auto read = json(
    kafka_json(*this, "\"properties\": {\"sasl.password\": \"hunter2\"}"));
  expect_warning(read, {":22:33: ", "is a secret in the file"});
  BOOST_TEST(all_lines(read).find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(case_60_an_unset_variable_is_an_error) {
  expect_error(json(kafka_json(*this, "\"properties\": {\"sasl.password\": "
                                      "\"${env:KAFKA_PASSWORD}\"}")),
               {":22:33: ", "${env:KAFKA_PASSWORD}\" is not set"});
  expect_error(flume(with(good_flume(), "/spool", "/${env:NO}")),
               {":5:25: ", "${env:NO}\" is not set"});
}

BOOST_AUTO_TEST_CASE(case_60_a_missing_file_of_a_secret_is_an_error) {
  expect_error(json(kafka_json(*this, "\"properties\": {\"sasl.password\": "
                                      "\"${file:"
                                        + dir + "/no}\"}")),
               {":22:33: ", "cannot be read"});
  write("secret", "hunter2\n");
  const auto read
    = json(kafka_json(*this, "\"properties\": {\"sasl.password\": \"${file:"
                               + dir + "/secret}\"}"));
  expect_clean(read);
  BOOST_TEST(
    read.config.agents.at(0).sinks.at(0).values.table("properties").at(0).second
    == "hunter2");
}

BOOST_AUTO_TEST_CASE(case_60_what_came_from_outside_is_never_printed) {
  environment["LEAK"] = "nonsense";
  const auto read = json(kafka_json(
    *this, "\"properties\": {\"sasl.password\": \"${env:LEAK}\"},\n"
           "\"commit_interval\": \"${env:LEAK}\",\n"
           "\"transactions\": \"${env:LEAK}\",\n\"ids\": \"${env:LEAK}\""));
  BOOST_TEST(of_level(read, severity::error).size() == 4U, all_lines(read));
  BOOST_TEST(all_lines(read).find("nonsense") == std::string::npos,
             all_lines(read));
}

BOOST_AUTO_TEST_SUITE_END()
