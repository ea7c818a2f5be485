// memory_buffer: the channel lets go only of what is committed.
#include "actors/channel/memory_buffer.hpp"

#include "actors/core/base/failpoint.hpp"
#include "tests/actors/batches.hpp"

#include <boost/test/unit_test.hpp>

namespace sluice::memory_buffer_test {

using test::at;
using test::lines;

const route_id route{"c/n/a/k"};

memory_buffer attached(memory_buffer::options options = {}) {
  memory_buffer b{options};
  BOOST_REQUIRE(b.attach(route, {}, 1U << 20));
  return b;
}

BOOST_AUTO_TEST_SUITE(memory_buffer_suite)

BOOST_AUTO_TEST_CASE(nobody_is_told_where_to_go_on_before_a_sink_has_attached) {
  memory_buffer b{{}};
  BOOST_TEST(!b.ready());
  BOOST_REQUIRE(b.attach(route, at("f", 7), 100));
  BOOST_TEST(b.ready());
  const auto answer = b.resume("s");
  BOOST_TEST(answer.routes.at(route).at(origin{"f"}).held.at.offset == 7U);
}

BOOST_AUTO_TEST_CASE(a_batch_handed_out_stays_until_it_is_committed) {
  auto b = attached();
  BOOST_REQUIRE(b.put("s", lines("f", 0, "ab\n")));
  BOOST_TEST(b.hand_out().has_value());
  BOOST_TEST(!b.empty());
  b.committed(at("f", 2));
  BOOST_TEST(!b.empty());
  b.committed(at("f", 3));
  BOOST_TEST(b.empty());
  BOOST_TEST(b.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_new_sink_gets_what_its_predecessor_had_taken) {
  auto b = attached();
  BOOST_REQUIRE(b.put("s", lines("f", 0, "a\n")));
  BOOST_REQUIRE(b.put("s", lines("f", 2, "b\n")));
  BOOST_TEST(b.hand_out().has_value());
  BOOST_TEST(b.hand_out().has_value());
  const auto replayed = b.attach(route, at("f", 2), 1U << 20);
  BOOST_REQUIRE(replayed);
  BOOST_TEST(*replayed == 1U);
  const auto again = b.hand_out();
  BOOST_REQUIRE(again.has_value());
  BOOST_TEST((*again)->body((*again)->events[0]) == "b");
  BOOST_TEST(!b.hand_out().has_value());
}

BOOST_AUTO_TEST_CASE(an_attach_inside_a_batch_trims_it) {
  auto b = attached();
  BOOST_REQUIRE(b.put("s", lines("f", 0, "a\nb\nc\n")));
  BOOST_REQUIRE(b.attach(route, at("f", 2), 1U << 20));
  const auto rest = b.hand_out();
  BOOST_REQUIRE(rest.has_value());
  BOOST_TEST((*rest)->events.size() == 2U);
  BOOST_TEST((*rest)->runs[0].from == 2U);
}

BOOST_AUTO_TEST_CASE(two_runs_of_one_origin_in_a_batch_are_no_gap) {
  auto b = attached();
  auto two = std::make_shared<batch>(*lines("f", 0, "a\nb\n"));
  auto second = two->runs[0];
  two->runs[0].to = 2;
  two->runs[0].count = 1;
  second.from = 2;
  second.after = {0, 2};
  second.first = 1;
  second.count = 1;
  second.slab_offset = 2;
  two->runs.push_back(second);
  BOOST_REQUIRE(b.put("s", two));
  BOOST_TEST(static_cast<bool>(b.attach(route, {}, 100)));
  BOOST_TEST(static_cast<bool>(b.attach(route, at("f", 2), 100)));
  BOOST_TEST(b.hand_out().has_value());
}

BOOST_AUTO_TEST_CASE(a_sink_that_lost_what_was_committed_is_refused_for_good) {
  auto b = attached();
  BOOST_REQUIRE(b.put("s", lines("f", 0, "a\n")));
  static_cast<void>(b.hand_out());
  b.committed(at("f", 2));
  const auto again = b.attach(route, {}, 100);
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error().kind == errc::state_lost));
}

BOOST_AUTO_TEST_CASE(a_put_that_does_not_follow_is_a_gap_and_a_repeat_is_not) {
  auto b = attached();
  BOOST_REQUIRE(b.put("s", lines("f", 0, "a\n")));
  const auto repeat = b.put("s", lines("f", 0, "a\n"));
  BOOST_REQUIRE(repeat);
  BOOST_TEST(repeat->duplicates == 1U);
  const auto gap = b.put("s", lines("f", 4, "c\n"));
  BOOST_REQUIRE(!gap);
  BOOST_TEST((gap.error().kind == errc::retry));
}

BOOST_AUTO_TEST_CASE(windows_are_private_so_one_source_cannot_use_up_another) {
  auto b = attached({1000, 0, 2});
  BOOST_REQUIRE(b.put("greedy", lines("f", 0, std::string(2000, 'x') + "\n")));
  BOOST_TEST(!b.room("greedy").open());
  BOOST_TEST(b.room("other").bytes == 500);
}

BOOST_AUTO_TEST_CASE(a_bound_in_events_closes_the_window) {
  auto b = attached({1U << 20, 2, 1});
  BOOST_TEST(b.room("s").events == 2);
  BOOST_REQUIRE(b.put("s", lines("f", 0, "a\nb\n")));
  BOOST_TEST(!b.room("s").open());
  BOOST_TEST(!b.wants_commit());
  static_cast<void>(b.hand_out());
  BOOST_TEST(b.wants_commit());
}

BOOST_AUTO_TEST_CASE(without_credit_only_an_idle_sink_gets_a_batch) {
  memory_buffer b{{}};
  BOOST_REQUIRE(b.attach(route, {}, 0));
  BOOST_REQUIRE(b.put("s", lines("f", 0, "a\n")));
  BOOST_REQUIRE(b.put("s", lines("f", 2, "b\n")));
  BOOST_TEST(b.hand_out().has_value());
  BOOST_TEST(!b.hand_out().has_value());
  b.committed(at("f", 2));
  BOOST_TEST(b.hand_out().has_value());
}

BOOST_AUTO_TEST_CASE(an_origin_that_is_finished_is_forgotten) {
  auto b = attached();
  BOOST_REQUIRE(b.put("s", lines("f", 0, "a\n")));
  static_cast<void>(b.hand_out());
  b.committed(at("f", 2));
  b.forget({origin{"f"}});
  BOOST_TEST(b.resume("s").routes.at(route).empty());
}

#if defined(SLUICE_FAILPOINTS)
BOOST_AUTO_TEST_CASE(
  a_channel_that_does_not_put_back_what_was_taken_is_caught) {
  fault::plant("taken_not_put_back");
  auto b = attached();
  BOOST_REQUIRE(b.put("s", lines("f", 0, "a\n")));
  static_cast<void>(b.hand_out());
  BOOST_REQUIRE(b.attach(route, {}, 100));
  BOOST_TEST(!b.hand_out().has_value());
  fault::plant("");
}
#endif

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::memory_buffer_test
