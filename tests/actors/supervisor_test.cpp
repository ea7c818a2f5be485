// The two supervisors against the rules of OTP, in virtual time.
#include "actors/core/base/log.hpp"
#include "tests/actors/small_node.hpp"

namespace sluice::supervisor_test {

using namespace std::chrono_literals;
using test::small_node;
using words = std::vector<std::string>;

/// Deaths are logged; here they are many and wanted.
struct quietly {
  quietly() {
    log::set_level(log::level::off);
  }
  ~quietly() {
    log::set_level(log::level::info);
  }
  quietly(const quietly&) = delete;
  quietly& operator=(const quietly&) = delete;
};

const failure disk_full{errc::io, "no space left"};

void same(const words& got, const words& wanted) {
  BOOST_TEST(got == wanted, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_SUITE(supervisors, quietly)

BOOST_AUTO_TEST_CASE(children_start_behind_what_they_depend_on) {
  small_node node;
  same(node.news(),
       {"start a.channel", "start a.sink", "start a.chain", "start a.source"});
  BOOST_TEST(node.counted.ready());
}

BOOST_AUTO_TEST_CASE(a_killed_child_is_back_after_its_backoff) {
  small_node node;
  static_cast<void>(node.news());
  BOOST_TEST(node.kill("a.sink"));
  same(node.news(), {"end a.sink"});
  BOOST_TEST(!node.counted.ready());
  node.pass(150ms);
  same(node.news(), {"start a.sink"});
  BOOST_TEST(node.counted.ready());
}

BOOST_AUTO_TEST_CASE(a_death_takes_the_dependents_and_all_start_in_order) {
  small_node node;
  static_cast<void>(node.news());
  node.die("a.channel", disk_full);
  auto ends = node.news();
  BOOST_TEST(ends.size() == 4U);
  BOOST_TEST(ends[0] == "end a.channel");
  node.pass(150ms);
  same(node.news(),
       {"start a.channel", "start a.sink", "start a.chain", "start a.source"});
}

BOOST_AUTO_TEST_CASE(a_successor_starts_after_the_end_of_its_predecessor) {
  small_node node;
  static_cast<void>(node.news());
  node.freeze("a.source");
  node.die("a.channel", disk_full);
  node.pass(10s);
  // The chain holds handles of nobody, but the old source holds the chain's.
  same(node.news(), {"end a.channel", "end a.chain", "end a.sink",
                     "start a.channel", "start a.sink"});
  node.thaw();
  same(node.news(), {"end a.source", "start a.chain", "start a.source"});
}

BOOST_AUTO_TEST_CASE(without_an_end_30_s_after_its_kill_a_child_is_stuck) {
  small_node node;
  node.freeze("a.source");
  node.die("a.channel", disk_full);
  node.pass(29s);
  BOOST_TEST((node.state("a", "source") != component_state::stuck));
  BOOST_TEST((node.state("a") == component_state::running));
  node.pass(2s);
  BOOST_TEST((node.state("a", "source") == component_state::stuck));
  BOOST_TEST((node.state("a") == component_state::down));
  BOOST_TEST(!node.counted.ready());
  // However late the end comes: then the successor starts.
  node.pass(1h);
  static_cast<void>(node.news());
  node.thaw();
  same(node.news(), {"end a.source", "start a.chain", "start a.source"});
  BOOST_TEST((node.state("a") == component_state::running));
  BOOST_TEST(node.counted.ready());
}

BOOST_AUTO_TEST_CASE(past_the_intensity_the_agent_is_down_and_goes_on_trying) {
  small_node node{{"a", "b"}};
  for (int deaths = 0; deaths < 5; ++deaths) {
    node.die("a.sink", disk_full);
    BOOST_TEST((node.state("a") == component_state::running));
    node.pass(4s);
  }
  node.die("a.sink", disk_full);
  BOOST_TEST((node.state("a") == component_state::down));
  BOOST_TEST((node.state("b") == component_state::running));
  BOOST_TEST(!node.counted.ready());
  static_cast<void>(node.news());
  node.pass(301s);
  same(node.news(), {"start a.sink"});
  BOOST_TEST(node.counted.ready());
}

BOOST_AUTO_TEST_CASE(a_child_that_goes_forward_may_die_as_often_as_it_likes) {
  small_node node;
  for (int deaths = 0; deaths < 50; ++deaths) {
    ++node.at("a.sink").beat->progress;
    node.die("a.sink", {errc::exception, "bad luck"});
    node.pass(130ms);
    BOOST_TEST((node.state("a", "sink") == component_state::running));
  }
}

BOOST_AUTO_TEST_CASE(repeated_exceptions_without_progress_stay_down) {
  small_node node;
  for (int deaths = 0; deaths < 6; ++deaths) {
    node.die("a.source", {errc::exception, "poison"});
    node.pass(4s);
  }
  node.pass(24h);
  BOOST_TEST((node.state("a", "source") == component_state::down));
  BOOST_TEST((node.state("a") == component_state::down));
}

BOOST_AUTO_TEST_CASE(a_terminal_reason_keeps_it_and_its_dependents_down) {
  small_node node{{"a", "b"}};
  static_cast<void>(node.news());
  node.die("a.chain", {errc::state_lost, "positions missing"});
  node.pass(24h);
  same(node.news(), {"end a.chain", "end a.source"});
  BOOST_TEST((node.state("a") == component_state::down));
  BOOST_TEST((node.state("a", "sink") == component_state::running));
  BOOST_TEST((node.state("b") == component_state::running));
}

BOOST_AUTO_TEST_CASE(when_a_supervisor_dies_its_children_are_buried_first) {
  small_node node{{"a", "b"}};
  static_cast<void>(node.news());
  node.freeze("a.sink");
  BOOST_TEST(node.kill("a.supervisor"));
  node.pass(10s);
  auto ends = node.news();
  std::sort(ends.begin(), ends.end());
  same(ends, {"end a.chain", "end a.channel", "end a.source"});
  node.thaw();
  node.pass(150ms);
  same(node.news(), {"end a.sink", "start a.channel", "start a.sink",
                     "start a.chain", "start a.source"});
  BOOST_TEST((node.state("b") == component_state::running));
  BOOST_TEST(node.counted.ready());
}

BOOST_AUTO_TEST_CASE(a_child_that_outlives_its_supervisor_is_stuck_after_30_s) {
  small_node node;
  node.freeze("a.sink");
  node.kill("a.supervisor");
  node.pass(31s);
  BOOST_TEST((node.state("a") == component_state::stuck));
  node.thaw();
  node.pass(150ms);
  BOOST_TEST((node.state("a") == component_state::running));
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_always_dies_is_tried_ever_slower) {
  small_node node{{"a", "b"}};
  int starts = 0;
  for (int i = 0; i < 6'000; ++i) {
    node.kill("a.supervisor");
    static_cast<void>(node.news());
    node.pass(100ms);
    for (const auto& word : node.news())
      starts += word == "start a.channel" ? 1 : 0;
  }
  // 10 minutes: at every look it would be 3,000.
  BOOST_TEST(starts > 3);
  BOOST_TEST(starts < 40);
  BOOST_TEST((node.state("b") == component_state::running));
}

BOOST_AUTO_TEST_CASE(the_node_s_supervisor_does_not_end_well_when_killed) {
  small_node node;
  kill_now(node.supervisor);
  node.run();
  BOOST_TEST(node.ended);
  BOOST_TEST(node.ended_badly);
}

BOOST_AUTO_TEST_CASE(a_stop_asks_sources_then_sinks_and_ends_in_reverse_order) {
  small_node node;
  static_cast<void>(node.news());
  node.stop();
  same(node.news(), {"stop a.source", "stop a.sink", "end a.source",
                     "end a.chain", "end a.sink", "end a.channel"});
  BOOST_TEST(node.ended);
  BOOST_TEST(!node.ended_badly);
}

BOOST_AUTO_TEST_CASE(a_stop_waits_3_s_for_what_does_not_go_forward) {
  small_node node;
  node.at("a.source").stubborn = true;
  const auto pass_slowly = [&node](caf::timespan time) {
    for (; time > caf::timespan{0}; time -= 50ms)
      node.pass(50ms);
  };
  node.stop();
  pass_slowly(2900ms);
  BOOST_TEST(!node.ended);
  // A commit: there is hope again.
  ++node.at("a.sink").beat->progress;
  pass_slowly(2900ms);
  BOOST_TEST(!node.ended);
  pass_slowly(200ms);
  BOOST_TEST(node.ended);
}

BOOST_AUTO_TEST_CASE(a_stop_never_takes_longer_than_its_deadline) {
  small_node node;
  node.at("a.source").stubborn = true;
  node.stop();
  for (int i = 0; i < 21 && !node.ended; ++i) {
    ++node.at("a.sink").beat->progress;
    node.pass(1s);
  }
  BOOST_TEST(node.ended);
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_a_sink_that_is_dead) {
  small_node node;
  node.at("a.source").stubborn = true;
  node.die("a.sink", disk_full);
  node.stop();
  BOOST_TEST(node.ended);
}

BOOST_AUTO_TEST_CASE(a_sink_that_waits_for_the_outside_hears_of_the_stop) {
  small_node node;
  node.freeze("a.sink");
  node.stop();
  BOOST_TEST(node.at("a.sink").beat->ending.load());
  node.thaw();
  BOOST_TEST(node.ended);
}

BOOST_AUTO_TEST_CASE(nothing_is_restarted_during_a_stop) {
  small_node node;
  node.at("a.source").stubborn = true;
  node.stop();
  static_cast<void>(node.news());
  node.kill("a.channel");
  node.pass(1h);
  for (const auto& word : node.news())
    BOOST_TEST(!word.starts_with("start"));
  BOOST_TEST(node.ended);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::supervisor_test
