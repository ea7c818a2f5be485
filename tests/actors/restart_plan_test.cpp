// restart_plan: OTP's rules with dependencies.
#include "actors/supervisor/restart_plan.hpp"

#include <boost/test/unit_test.hpp>

namespace sluice::restart_plan_test {

using namespace std::chrono_literals;
using time_point = restart_plan::time_point;

/// channel <- sink, channel <- chain <- source, as every agent has them.
struct four_children {
  four_children() {
    channel = plan.add("channel c", {});
    sink = plan.add("sink k", {channel});
    chain = plan.add("chain s", {channel});
    source = plan.add("source s", {chain});
    start_all();
  }

  std::vector<std::size_t> start_all() {
    std::vector<std::size_t> started;
    while (const auto i = plan.to_start(now))
      started.push_back(*i);
    return started;
  }

  void die(std::size_t i, errc kind = errc::io, std::uint64_t progress = 0,
           const std::string& text = "x") {
    plan.on_down(i, {kind, text}, progress, now);
  }

  time_point now{1h};
  restart_plan plan{{}, 1};
  std::size_t channel = 0;
  std::size_t sink = 0;
  std::size_t chain = 0;
  std::size_t source = 0;
};

using indices = std::vector<std::size_t>;

BOOST_FIXTURE_TEST_SUITE(restart_plan_suite, four_children)

BOOST_AUTO_TEST_CASE(a_death_takes_transitive_dependents_in_reverse_order) {
  die(channel);
  BOOST_TEST(plan.to_kill(now) == (indices{source, chain, sink}),
             boost::test_tools::per_element());
  BOOST_TEST(plan.to_kill(now).empty());
}

BOOST_AUTO_TEST_CASE(successors_start_in_order_after_every_down) {
  die(channel);
  static_cast<void>(plan.to_kill(now));
  now += 1s;
  BOOST_TEST(start_all().empty());
  die(source, errc::killed);
  die(sink, errc::killed);
  BOOST_TEST(start_all().empty());
  die(chain, errc::killed);
  BOOST_TEST(start_all() == (indices{channel, sink, chain, source}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_leaf_restarts_alone_after_its_backoff) {
  die(source);
  BOOST_TEST(plan.to_kill(now).empty());
  BOOST_TEST(start_all().empty());
  BOOST_REQUIRE(plan.next_look().has_value());
  now += 200ms;
  BOOST_TEST(start_all() == (indices{source}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_the_first_death_of_a_cascade_counts) {
  for (int i = 0; i < 10; ++i) {
    die(channel, errc::io, static_cast<std::uint64_t>(i) + 1);
    static_cast<void>(plan.to_kill(now));
    for (const auto c : {source, chain, sink})
      die(c, errc::killed);
    now += 1s;
    BOOST_TEST(start_all().size() == 4U);
  }
  BOOST_TEST(!plan.is_down());
}

BOOST_AUTO_TEST_CASE(past_the_intensity_a_reason_that_may_heal_goes_on_slower) {
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST((plan.state(source) == child_state::running));
    die(source);
    if (i < 5)
      now += 4s;
    static_cast<void>(start_all());
  }
  BOOST_TEST(plan.is_down());
  now += 400s;
  BOOST_TEST(start_all().size() == 1U);
}

BOOST_AUTO_TEST_CASE(past_the_intensity_exceptions_stay_down) {
  for (int i = 0; i < 6; ++i) {
    die(source, errc::exception);
    now += 4s;
    static_cast<void>(start_all());
  }
  BOOST_TEST((plan.state(source) == child_state::failed));
  BOOST_TEST(plan.is_down());
}

BOOST_AUTO_TEST_CASE(progress_forgets_earlier_deaths_and_resets_the_backoff) {
  for (int i = 0; i < 50; ++i) {
    die(sink, errc::exception, static_cast<std::uint64_t>(i) + 1);
    now += 130ms;
    BOOST_TEST(start_all().size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_terminal_reason_stays_down_and_keeps_dependents_down) {
  die(channel, errc::state_lost);
  for (const auto i : plan.to_kill(now))
    die(i, errc::killed);
  now += 1h;
  BOOST_TEST(start_all().empty());
  BOOST_TEST(plan.all_down());
  BOOST_TEST((plan.last_failure(channel).kind == errc::state_lost));
}

BOOST_AUTO_TEST_CASE(the_same_gap_twice_is_terminal) {
  die(channel, errc::retry, 0, "gap in f: 1");
  for (const auto i : plan.to_kill(now))
    die(i, errc::killed);
  now += 1s;
  BOOST_TEST(start_all().size() == 4U);
  die(channel, errc::retry, 0, "gap in f: 1");
  BOOST_TEST((plan.state(channel) == child_state::failed));
  BOOST_TEST((plan.last_failure(channel).kind == errc::second_gap));
}

BOOST_AUTO_TEST_CASE(a_child_that_gives_no_down_is_stuck_and_is_waited_for) {
  die(channel);
  static_cast<void>(plan.to_kill(now));
  die(chain, errc::killed);
  die(source, errc::killed);
  now += 31s;
  static_cast<void>(plan.to_kill(now));
  BOOST_TEST((plan.state(sink) == child_state::stuck));
  BOOST_TEST(start_all().empty());
  die(sink, errc::killed);
  BOOST_TEST(start_all().size() == 4U);
}

BOOST_AUTO_TEST_CASE(a_stopped_plan_starts_nothing) {
  plan.stop();
  die(source);
  now += 1h;
  BOOST_TEST(start_all().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::restart_plan_test
