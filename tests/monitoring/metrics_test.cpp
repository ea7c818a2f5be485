// Every verb of a cell shows in the exposition, well-formed and labelled.
#include "monitoring/metrics.hpp"

#include "monitoring/kafka_statistics.hpp"
#include "monitoring/label_text.hpp"
#include "tests/cpu_time.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>

namespace sluice::monitoring_test {

using namespace std::chrono_literals;

class fixed_clock : public clock_source {
public:
  [[nodiscard]] steady_time now() const override {
    return at;
  }

  steady_time at{100s};
};

struct one_node {
  component_cell& cell(component_kind kind) {
    return counted.component({"a1", "x1", kind, "thing"});
  }

  /// The value of the series of `kind` with these further labels.
  [[nodiscard]] std::string value(const std::string& name, component_kind kind,
                                  const std::string& more = "") const {
    const auto start = name
                       + "{node=\"n1\",agent=\"a1\",component_id=\"x1\","
                         "component_kind=\""
                       + to_string(kind) + "\",component_type=\"thing\""
                       + (more.empty() ? "" : "," + more) + "} ";
    std::istringstream lines{counted.expose()};
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(start))
        return line.substr(start.size());
    return "absent";
  }

  fixed_clock time;
  metrics counted{"n1", {{"version", "1.2.3"}}, time};
};

constexpr auto source = component_kind::source;
constexpr auto interceptor = component_kind::interceptor;
constexpr auto channel = component_kind::channel;
constexpr auto sink = component_kind::sink;
constexpr auto supervisor = component_kind::supervisor;

BOOST_FIXTURE_TEST_SUITE(exposition_of_cells, one_node)

BOOST_AUTO_TEST_CASE(what_every_station_counts_shows) {
  for (const auto kind : {source, interceptor, channel, sink}) {
    cell(kind).received(3, 300);
    cell(kind).received(1, 11);
    cell(kind).sent(2, 200);
    BOOST_TEST(value("sluice_component_received_events_total", kind) == "4");
    BOOST_TEST(value("sluice_component_received_event_bytes_total", kind)
               == "311");
    BOOST_TEST(value("sluice_component_sent_events_total", kind) == "2");
    BOOST_TEST(value("sluice_component_sent_event_bytes_total", kind) == "200");
  }
}

BOOST_AUTO_TEST_CASE(what_a_source_says_shows) {
  auto& c = cell(source);
  c.received_raw(9'007'199'254'740'992);
  c.lag_bytes(5);
  c.missed_bytes(6);
  c.reframed(7);
  c.files_open(8);
  c.files_completed(9);
  c.unreadable_files(10);
  c.unmarked_files(11);
  BOOST_TEST(value("sluice_component_received_bytes_total", source)
             == "9007199254740992");
  BOOST_TEST(value("sluice_source_lag_bytes", source) == "5");
  BOOST_TEST(value("sluice_source_missed_bytes_total", source) == "6");
  BOOST_TEST(value("sluice_reframed_total", source) == "7");
  BOOST_TEST(value("sluice_source_files_open", source) == "8");
  BOOST_TEST(value("sluice_source_files_completed_total", source) == "9");
  BOOST_TEST(value("sluice_source_unreadable_files", source) == "10");
  BOOST_TEST(value("sluice_source_unmarked_files", source) == "11");
  c.lag_bytes(0);
  BOOST_TEST(value("sluice_source_lag_bytes", source) == "0");
}

BOOST_AUTO_TEST_CASE(the_oldest_uncommitted_ages_until_it_is_committed) {
  const auto age = "sluice_source_oldest_uncommitted_seconds";
  BOOST_TEST((cell(source), value(age, source)) == "0");
  cell(source).oldest_uncommitted(time.at - 1500ms);
  BOOST_TEST(value(age, source) == "1.5");
  time.at += 1s;
  BOOST_TEST(value(age, source) == "2.5");
  cell(source).nothing_uncommitted();
  BOOST_TEST(value(age, source) == "0");
}

BOOST_AUTO_TEST_CASE(what_is_not_delivered_shows_with_its_reason) {
  cell(interceptor).filtered(4);
  cell(interceptor).filtered(5, filter_reason::no_route);
  cell(source).discarded(discard_reason::overflow, 6);
  cell(sink).dead_letters(dead_letter_reason::too_large, 7);
  const auto filtered = "sluice_component_filtered_events_total";
  BOOST_TEST(value(filtered, interceptor, "reason=\"regex\"") == "4");
  BOOST_TEST(value(filtered, interceptor, "reason=\"no_route\"") == "5");
  const auto discarded = "sluice_component_discarded_events_total";
  BOOST_TEST(value(discarded, source, "reason=\"overflow\"") == "6");
  BOOST_TEST(value(discarded, source, "reason=\"stopped\"") == "0");
  BOOST_TEST(value("sluice_dead_letters_total", sink, "reason=\"too_large\"")
             == "7");
}

BOOST_AUTO_TEST_CASE(errors_and_restarts_show_by_type) {
  cell(sink).errors(error_stage::sending, errc::unavailable);
  cell(sink).errors("sending", "unavailable");
  cell(sink).errors("processing", "state_lost");
  cell(sink).errors("sending", "no such type");
  cell(sink).restarted(errc::killed);
  cell(sink).restarted("killed");
  const auto errors = "sluice_component_errors_total";
  BOOST_TEST(value(errors, sink, "error_type=\"unavailable\",stage=\"sending\"")
             == "2");
  BOOST_TEST(
    value(errors, sink, "error_type=\"state_lost\",stage=\"processing\"")
    == "1");
  BOOST_TEST(value(errors, sink, "error_type=\"other\",stage=\"sending\"")
             == "1");
  BOOST_TEST(value(errors, sink, "error_type=\"io\",stage=\"sending\"") == "0");
  BOOST_TEST(value("sluice_actor_restarts_total", sink, "reason=\"killed\"")
             == "2");
}

BOOST_AUTO_TEST_CASE(what_a_channel_says_shows) {
  auto& c = cell(channel);
  c.channel_capacity(1000, 2000);
  c.channel_fill(10, 20);
  c.replayed(1);
  c.deduplicated(2);
  c.gaps(3);
  BOOST_TEST(value("sluice_channel_events", channel) == "10");
  BOOST_TEST(value("sluice_channel_bytes", channel) == "20");
  BOOST_TEST(value("sluice_channel_capacity_events", channel) == "1000");
  BOOST_TEST(value("sluice_channel_capacity_bytes", channel) == "2000");
  BOOST_TEST(value("sluice_replayed_events_total", channel) == "1");
  BOOST_TEST(value("sluice_deduplicated_events_total", channel) == "2");
  BOOST_TEST(value("sluice_gaps_total", channel) == "3");
  BOOST_TEST(counted.gaps_total() == 3U);
  c.channel_capacity(static_cast<std::uint64_t>(-1), 2000);
  BOOST_TEST(value("sluice_channel_capacity_events", channel) == "+Inf");
}

BOOST_AUTO_TEST_CASE(commits_show_with_their_times) {
  auto& c = cell(sink);
  c.commits(1);
  c.aborts(2);
  c.fenced(3);
  c.commit_took(30ms);
  c.commit_took(50ms);
  c.commit_took(60s);
  BOOST_TEST(value("sluice_sink_commits_total", sink) == "1");
  BOOST_TEST(value("sluice_sink_aborted_total", sink) == "2");
  BOOST_TEST(value("sluice_sink_fenced_total", sink) == "3");
  const auto bucket = "sluice_sink_commit_seconds_bucket";
  BOOST_TEST(value(bucket, sink, "le=\"0.025\"") == "0");
  BOOST_TEST(value(bucket, sink, "le=\"0.05\"") == "2");
  BOOST_TEST(value(bucket, sink, "le=\"30\"") == "2");
  BOOST_TEST(value(bucket, sink, "le=\"+Inf\"") == "3");
  BOOST_TEST(value("sluice_sink_commit_seconds_count", sink) == "3");
  BOOST_TEST(value("sluice_sink_commit_seconds_sum", sink) == "60.08");
}

BOOST_AUTO_TEST_CASE(librdkafkas_statistics_become_figures) {
  const auto json = [](int base) {
    return R"({"name":"p","msg_cnt":)" + std::to_string(base)
           + R"(,"msg_size":20,"tx":30,"tx_bytes":40,"rx_bytes":50,"brokers":)"
             R"({"a":{"rtt":{"avg":600}},"b":{"rtt":{"avg":700}},"c":{}}})";
  };
  kafka_statistics of{&cell(sink)};
  of.take("x-0", json(10));
  BOOST_TEST(value("sluice_kafka_queue_messages", sink) == "10");
  // The other producer of the sink adds to it, a newer word replaces.
  of.take("x-1", json(5));
  of.take("x-0", json(1));
  BOOST_TEST(value("sluice_kafka_queue_messages", sink) == "6");
  BOOST_TEST(value("sluice_kafka_queue_bytes", sink) == "40");
  BOOST_TEST(value("sluice_kafka_requests_total", sink) == "60");
  BOOST_TEST(value("sluice_kafka_sent_bytes_total", sink) == "80");
  BOOST_TEST(value("sluice_kafka_received_bytes_total", sink) == "100");
  BOOST_TEST(value("sluice_kafka_round_trip_seconds", sink) == "0.0007");
  for (const char* bad : {"", "{", "[]", "null"})
    BOOST_TEST(!parse_kafka_statistics(bad).has_value());
  BOOST_TEST(parse_kafka_statistics("{\"brokers\":{\"a\":1}}").has_value());
}

BOOST_AUTO_TEST_CASE(librdkafkas_figures_show_once_there_are_any) {
  BOOST_TEST((cell(sink), value("sluice_kafka_queue_messages", sink))
             == "absent");
  cell(sink).kafka({1, 2, 3, 4, 5, 2'500});
  BOOST_TEST(value("sluice_kafka_queue_messages", sink) == "1");
  BOOST_TEST(value("sluice_kafka_queue_bytes", sink) == "2");
  BOOST_TEST(value("sluice_kafka_sent_bytes_total", sink) == "3");
  BOOST_TEST(value("sluice_kafka_received_bytes_total", sink) == "4");
  BOOST_TEST(value("sluice_kafka_requests_total", sink) == "5");
  BOOST_TEST(value("sluice_kafka_round_trip_seconds", sink) == "0.0025");
}

BOOST_AUTO_TEST_CASE(exactly_one_state_is_on_and_its_text_is_kept) {
  auto& c = cell(supervisor);
  c.state(component_state::backing_off, "broker refuses");
  c.state(component_state::running, "");
  for (std::size_t i = 0; i < component_state_count; ++i) {
    const auto state = static_cast<component_state>(i);
    const auto label = std::string{"state=\""} + to_string(state) + "\"";
    BOOST_TEST(value("sluice_component_state", supervisor, label)
               == (state == component_state::running ? "1" : "0"));
  }
  BOOST_TEST(c.condition().text.empty());
  BOOST_TEST(c.condition().last_error == "broker refuses");
}

BOOST_AUTO_TEST_CASE(a_long_text_is_cut_between_characters) {
  std::string text(511, 'x');
  cell(sink).state(component_state::down, text + "\xc3\xa9" + "tail");
  BOOST_TEST(cell(sink).condition().text == text);
}

BOOST_AUTO_TEST_CASE(the_node_and_its_process_show) {
  const auto text = counted.expose();
  BOOST_TEST(text.find("sluice_build_info{node=\"n1\",version=\"1.2.3\"} 1\n")
             != std::string::npos);
  for (const char* name :
       {"process_cpu_seconds_total", "process_resident_memory_bytes",
        "process_open_fds", "process_max_fds", "process_start_time_seconds",
        "process_threads", "process_virtual_memory_bytes"}) {
    const auto at = text.find(std::string{"\n"} + name + "{node=\"n1\"} ");
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, name);
    const auto number = text.substr(text.find("} ", at) + 2);
    // A test may well have used no tick of the processor yet.
    if (std::string{name} != "process_cpu_seconds_total")
      BOOST_TEST(std::stod(number) > 0, name);
  }
}

BOOST_AUTO_TEST_CASE(labels_are_escaped_and_made_utf8) {
  counted.component({"a\"\\\nb", "\xff\xfe", source, "caf\xc3\xa9"});
  const auto text = counted.expose();
  BOOST_TEST(text.find("agent=\"a\\\"\\\\\\nb\"") != std::string::npos);
  BOOST_TEST(text.find("component_type=\"caf\xc3\xa9\"") != std::string::npos);
  BOOST_TEST(text.find('\xff') == std::string::npos);
  for (const char* wrong : {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xf5", "a\xc3"})
    BOOST_TEST(label_text(wrong).find("\\x") != std::string::npos);
  for (const char* right :
       {"", "a", "\xc2\x80", "\xe2\x82\xac", "\xf0\x9f\x9a\x97"})
    BOOST_TEST(label_text(right) == right);
}

BOOST_AUTO_TEST_CASE(every_line_is_a_comment_or_a_series_and_help_comes_once) {
  for (const auto kind : {source, interceptor, channel, sink, supervisor})
    cell(kind).kafka({});
  std::istringstream lines{counted.expose()};
  std::map<std::string, int> helps;
  std::set<std::string> series;
  for (std::string line; std::getline(lines, line);) {
    BOOST_REQUIRE(!line.empty());
    std::istringstream words{line};
    std::string mark, what, name;
    words >> mark >> what >> name;
    if (mark == "#") {
      BOOST_TEST((what == "HELP" || what == "TYPE"), line);
      if (what == "HELP")
        BOOST_TEST(++helps[name] == 1, line);
    } else {
      const auto end = line.rfind(' ');
      BOOST_TEST((line.starts_with("sluice_") || line.starts_with("process_")),
                 line);
      BOOST_TEST(series.insert(line.substr(0, end)).second, line);
      BOOST_TEST(line.find("{node=\"n1\"") != std::string::npos, line);
    }
  }
  BOOST_TEST(helps.size() > 35U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(cells_of_a_node, one_node)

BOOST_AUTO_TEST_CASE(a_successor_goes_on_with_the_same_cell) {
  auto& first = cell(source);
  first.received(1, 1);
  for (int i = 0; i < 100; ++i)
    counted.component({"a1", std::to_string(i), channel, "memory"});
  BOOST_TEST(&counted.component({"a1", "x1", source, "other type"}) == &first);
  BOOST_TEST(first.read().received_events == 1U);
  BOOST_TEST(&cell(sink) != &first);
}

BOOST_AUTO_TEST_CASE(ready_means_that_every_component_runs) {
  BOOST_TEST(!counted.ready());
  cell(source).state(component_state::running, "");
  BOOST_TEST(counted.ready());
  cell(sink);
  BOOST_TEST(!counted.ready());
  for (std::size_t i = 0; i < component_state_count; ++i) {
    const auto state = static_cast<component_state>(i);
    cell(sink).state(state, "");
    BOOST_TEST(counted.ready() == (state == component_state::running));
  }
}

BOOST_AUTO_TEST_CASE(a_retired_agent_is_gone_until_it_comes_back) {
  cell(source).received(5, 5);
  auto& other = counted.component({"a2", "x1", source, "thing"});
  other.state(component_state::running, "");
  counted.retire("a1");
  BOOST_TEST(counted.ready());
  BOOST_TEST(counted.components().size() == 1U);
  BOOST_TEST(value("sluice_component_received_events_total", source)
             == "absent");
  cell(source);
  BOOST_TEST(value("sluice_component_received_events_total", source) == "5");
}

BOOST_AUTO_TEST_CASE(a_scrape_while_all_count_reads_whole_numbers) {
  auto& c = cell(source);
  std::thread writer{[&c] {
    for (int i = 0; i < 200'000; ++i) {
      c.received(1, 10);
      if (i % 1000 == 0)
        c.state(component_state::waiting, std::string(300, 'a' + i % 26));
    }
  }};
  std::uint64_t last = 0;
  for (int i = 0; i < 50; ++i) {
    const auto now = c.read().received_events;
    BOOST_TEST(now >= last);
    last = now;
    const auto text = c.condition().text;
    BOOST_TEST(text.find_first_not_of(text.substr(0, 1)) == std::string::npos);
    BOOST_TEST(!counted.expose().empty());
  }
  writer.join();
  BOOST_TEST(c.read().received_events == 200'000U);
  BOOST_TEST(c.read().received_event_bytes == 2'000'000U);
}

BOOST_AUTO_TEST_CASE(counting_and_scraping_cost_little) {
  auto& c = cell(source);
  constexpr int rounds = 10'000'000;
  const auto begin = test::cpu_seconds();
  for (int i = 0; i < rounds; ++i)
    c.received(static_cast<std::uint64_t>(i), 7);
  const auto each = (test::cpu_seconds() - begin) / rounds / 2;
  for (int i = 0; i < 7; ++i)
    for (const auto kind : {source, interceptor, channel, sink})
      counted.component({"a", std::to_string(i), kind, "t"}).restarted("io");
  const auto scrape = test::cpu_seconds();
  const auto text = counted.expose();
  const auto scraped = test::cpu_seconds() - scrape;
  const auto series = std::count(text.begin(), text.end(), '\n');
  std::cout << "counting: " << each * 1e9 << " ns a counter; "
            << "scrape: " << scraped * 1e3 << " ms for " << series
            << " lines\n";
  // Wide margins: the machine is shared. A lock or a lookup would break them.
  BOOST_TEST(each < 20e-9 * test::sanitizer_factor);
  BOOST_TEST(series > 900);
  BOOST_TEST(scraped < 0.1 * test::sanitizer_factor);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::monitoring_test
