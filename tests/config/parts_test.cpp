// The parts: tail's argv, units, UTF-8, hints, tables, guarantees, examples.
#include "config/guarantee.hpp"
#include "config/option_tables.hpp"
#include "config/tail_command.hpp"
#include "config/units.hpp"
#include "tests/config/workplace.hpp"

#include <set>

using namespace sluice::config_test;
using sluice::config::tail_command;

BOOST_FIXTURE_TEST_SUITE(config_parts, workplace)

BOOST_AUTO_TEST_CASE(tail_is_understood_with_its_start) {
  using origin = tail_command::origin;
  const auto check = [](const std::vector<std::string>& argv, origin start,
                        std::uint64_t amount) {
    const auto tail = parse_tail(argv);
    BOOST_TEST_REQUIRE(static_cast<bool>(tail));
    BOOST_TEST(tail->path == "/f");
    BOOST_TEST((tail->start == start));
    BOOST_TEST(tail->amount == amount);
  };
  check({"tail", "-F", "/f"}, origin::last_lines, 10);
  check({"/usr/bin/tail", "--follow=name", "--retry", "/f"}, origin::last_lines,
        10);
  check({"tail", "-n", "5", "-F", "/f"}, origin::last_lines, 5);
  check({"tail", "-F", "/f", "-n0"}, origin::last_lines, 0);
  check({"tail", "-n", "+1", "-F", "/f"}, origin::from_line, 1);
  check({"tail", "--lines=+7", "-F", "--", "/f"}, origin::from_line, 7);
  check({"tail", "-c", "100", "-q", "-F", "/f"}, origin::last_bytes, 100);
  check({"tail", "-c+1", "-s", "2", "-F", "/f"}, origin::from_byte, 1);
  check({"tail", "-Fn", "5", "/f"}, origin::last_lines, 5);
  check({"tail", "-qFn5", "/f"}, origin::last_lines, 5);
  check({"tail", "-Fqs2", "-c", "+3", "/f"}, origin::from_byte, 3);
  check({"tail", "-F", "-n", "2b", "/f"}, origin::last_lines, 1024);
  check({"tail", "-F", "-n", "5K", "/f"}, origin::last_lines, 5120);
  check({"tail", "-F", "-n", "+5k", "/f"}, origin::from_line, 5120);
  check({"tail", "-F", "-c", "-5kB", "/f"}, origin::last_bytes, 5000);
  check({"tail", "-F", "-c", "5KiB", "/f"}, origin::last_bytes, 5120);
  check({"tail", "-F", "-c3M", "/f"}, origin::last_bytes, 3U << 20);
  check({"tail", "-F", "-c3MB", "/f"}, origin::last_bytes, 3'000'000);
  check({"tail", "-F", "-c", "15E", "/f"}, origin::last_bytes, 15ULL << 60);
  check({"tail", "-F", "-n", "K", "/f"}, origin::last_lines, 1024);
}

BOOST_AUTO_TEST_CASE(other_commands_are_refused_with_a_reason) {
  for (const std::vector<std::string>& argv :
       std::vector<std::vector<std::string>>{
         {},
         {"cat", "/f"},
         {"tail", "/f"},
         {"tail", "-f", "/f"},
         {"tail", "--follow", "/f"},
         {"tail", "-F"},
         {"tail", "-F", "-"},
         {"tail", "-F", "-q", "/f", "/g"},
         {"tail", "-F", "-n", "/f"},
         {"tail", "-F", "-n", "x", "/f"},
         {"tail", "-fn", "5", "/f"},
         {"tail", "-vF", "/f"},
         {"tail", "-Fz", "/f"},
         {"tail", "-F", "-n", "5w", "/f"},
         {"tail", "-F", "-n", "5bB", "/f"},
         {"tail", "-F", "-n", "5Ki", "/f"},
         {"tail", "-F", "-n", "5KiBx", "/f"},
         {"tail", "-F", "-n", "16E", "/f"},
         {"tail", "-F", "-n", "1Z", "/f"},
         {"tail", "-F", "/f", "-n"},
         {"tail", "-F", "/f", "--pid=1"},
         {"tail", "-F", "/var/log/*.log"},
         {"tail", "-F", "/f", "|", "grep", "x"}})
    BOOST_TEST(!parse_tail(argv));
}

BOOST_AUTO_TEST_CASE(exec_of_another_command_is_a_located_error) {
  const auto exec = [&](const std::string& command) {
    return flume(with(with(good_flume(), "= spooldir", "= exec"),
                      "spoolDir = " + dir + "/spool", "command = " + command));
  };
  expect_clean(exec("tail -F " + dir + "/x"));
  expect_error(exec("cat /etc/passwd"), {":5:24: ", "not built yet"});
  expect_error(exec("tail -q -F /a /b"), {":5:24: ", "several files"});
}

BOOST_AUTO_TEST_CASE(a_tailed_file_cannot_be_the_loggers_own) {
  write("out.log", "");
  expect_error(flume(with(with(good_flume(), "= spooldir", "= exec"),
                          "spoolDir = " + dir + "/spool",
                          "command = tail -F " + dir + "/out.log")),
               {":9:19: ", "the output would be read again"});
}

BOOST_AUTO_TEST_CASE(units_are_read_and_shown) {
  BOOST_TEST(parse_size("16MiB").amount == 16 << 20);
  BOOST_TEST(parse_size("1.5 KiB").amount == 1536);
  BOOST_TEST(parse_size("1MB").amount == 1'000'000);
  BOOST_TEST(parse_duration("2min").amount == 120'000);
  BOOST_TEST(parse_duration("3", "s").amount == 3'000);
  BOOST_TEST((parse_size("x").problem == unit_problem::not_a_number));
  BOOST_TEST((parse_size("").problem == unit_problem::not_a_number));
  BOOST_TEST((parse_size("1.2.3MiB").problem == unit_problem::not_a_number));
  BOOST_TEST((parse_size("-").problem == unit_problem::not_a_number));
  BOOST_TEST((parse_size("1mib").problem == unit_problem::unknown_unit));
  BOOST_TEST((parse_size("1").problem == unit_problem::no_unit));
  BOOST_TEST(show_size(960 << 10) == "960KiB");
  BOOST_TEST(show_size(1000) == "1000B");
  BOOST_TEST(show_duration(3'600'000) == "1h");
}

BOOST_AUTO_TEST_CASE(hints_are_near_or_absent) {
  const string_list names{"topic", "brokers", "transactions"};
  BOOST_TEST(nearest("topci", names) == "topic");
  BOOST_TEST(nearest("TOPIC", names) == "topic");
  BOOST_TEST(nearest("transaction", names) == "transactions");
  BOOST_TEST(nearest("colour", names).empty());
  BOOST_TEST(nearest(std::string(1'000'000, 'x'), names).empty());
}

BOOST_AUTO_TEST_CASE(data_cannot_forge_a_line_of_diagnostics) {
  const auto line = to_string(diagnostic{
    severity::error, {"f\n", 1, 2}, "a\x1b[0m", in_quotes("x\ny"), {}, {}});
  for (const char c : line)
    BOOST_TEST(static_cast<unsigned char>(c) >= 0x20);
}

BOOST_AUTO_TEST_CASE(every_row_of_the_tables_is_complete) {
  for (const auto& spec : component_specs()) {
    std::set<std::string> keys;
    BOOST_TEST(!spec.summary.empty(), spec.type);
    for (const auto& row : spec.options) {
      BOOST_TEST(keys.insert(row.key).second, spec.type << "." << row.key);
      BOOST_TEST(!row.help.empty(), spec.type << "." << row.key);
      BOOST_TEST(!(row.required && row.fallback), spec.type << "." << row.key);
      if (row.kind == option_kind::choice)
        BOOST_TEST(!row.choices.empty(), spec.type << "." << row.key);
      for (const auto& flume : row.flume)
        for (const auto& [theirs, ours] : flume.words)
          BOOST_TEST(std::count(row.choices.begin(), row.choices.end(), ours)
                     == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(guarantees_are_computed_for_each_route) {
  const auto read = flume(
    with(with(with(good_flume(), "a.channels = c1", "a.channels = c1 c2 c3"),
              "s1.channels = c1", "s1.channels = c1 c2 c3"),
         "a.sinks = k1", "a.sinks = k1 k2 k3")
    + "a.channels.c2.type = memory\na.channels.c3.type = memory\n"
      "a.sinks.k2.type = null\na.sinks.k2.channel = c2\n"
      "a.sinks.k3.type = logger\na.sinks.k3.channel = c3\n");
  expect_clean(read);
  const auto routes = guarantees_of(read.config.agents.at(0));
  BOOST_TEST_REQUIRE(routes.size() == 3U);
  BOOST_TEST(to_string(routes[0]) == "s1 → c1 → k1: exactly once");
  BOOST_TEST((routes[1].level == guarantee_level::nothing));
  BOOST_TEST((routes[2].level == guarantee_level::at_least_once));
  BOOST_TEST(routes[2].limited_by.find("standard output") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(both_examples_of_the_pilot_say_the_same) {
  environment = {{"PILOT_DIR", dir}, {"PILOT_BROKERS", "127.0.0.1:9092"}};
  const std::string examples = SLUICE_EXAMPLES;
  const auto native = read_json(examples + "/pilot.json", sources, checks);
  expect_clean(native);
  BOOST_TEST_REQUIRE(native.config.agents.size() == 2U);
  for (const auto& ours : native.config.agents) {
    const auto theirs
      = read_flume(examples + "/pilot.conf", ours.name, sources, checks);
    expect_clean(theirs);
    const auto& agent = theirs.config.agents.at(0);
    for (const auto* each : {&ours, &agent}) {
      const auto routes = guarantees_of(*each);
      BOOST_TEST_REQUIRE(routes.size() == 1U);
      BOOST_TEST((routes[0].level == guarantee_level::exactly_once));
      BOOST_TEST(
        each->sources.at(0).interceptors.at(0).values.text("regex").starts_with(
          "^[0-9]{14},"));
    }
    BOOST_TEST(ours.sources[0].type == agent.sources[0].type);
    BOOST_TEST(ours.sinks[0].type == agent.sinks[0].type);
    for (const char* key : {"path", "brokers", "topic", "transactions"})
      if (ours.sinks[0].values.is_set(key))
        BOOST_TEST(ours.sinks[0].values.text(key)
                   == agent.sinks[0].values.text(key));
    if (ours.sources[0].type == "exec")
      BOOST_TEST(ours.sources[0].values.list("command")
                   == agent.sources[0].values.list("command"),
                 boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()
