// send_window and fan_out: how much a source may send, and what all routes say.
#include "actors/interceptor/fan_out.hpp"
#include "actors/source/send_window.hpp"
#include "tests/actors/batches.hpp"

#include <boost/test/unit_test.hpp>

namespace sluice::flow_test {

using test::at;

BOOST_AUTO_TEST_SUITE(flow)

BOOST_AUTO_TEST_CASE(what_is_under_way_is_taken_off_the_room_last_told) {
  send_window w;
  w.begin({1000, 100});
  BOOST_TEST(w.sent(400, 10) == 1U);
  BOOST_TEST(w.sent(700, 10) == 2U);
  BOOST_TEST(!w.room().open());
  w.accepted(1, {900, 95});
  BOOST_TEST(w.room().bytes == 200);
  BOOST_TEST(w.room().events == 85);
}

BOOST_AUTO_TEST_CASE(what_a_filter_saves_comes_back_with_the_next_answer) {
  send_window w;
  w.begin({1000, 100});
  const auto n = w.sent(1000, 10);
  BOOST_TEST(!w.room().open());
  w.accepted(n, {990, 99});
  BOOST_TEST(w.room().bytes == 990);
}

BOOST_AUTO_TEST_CASE(a_source_goes_on_when_every_route_has_answered) {
  fan_out both{2};
  resume_answer one;
  one.room = {500, 10};
  one.routes[route_id{"a"}][origin{"f"}].held.at.offset = 5;
  resume_answer two;
  two.room = {300, 20};
  two.routes[route_id{"b"}];
  BOOST_TEST(!both.answered(0, one).has_value());
  const auto all = both.answered(1, two);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST(all->routes.size() == 2U);
  BOOST_TEST(all->room.bytes == 300);
  BOOST_TEST(all->room.events == 10);
}

BOOST_AUTO_TEST_CASE(committed_means_committed_by_every_route) {
  fan_out both{2};
  BOOST_TEST(both.committed(0, at("f", 10)) == nullptr);
  const auto all = both.committed(1, at("f", 4));
  BOOST_REQUIRE(all != nullptr);
  BOOST_TEST(all->at(origin{"f"}).at.offset == 4U);
}

BOOST_AUTO_TEST_CASE(the_tightest_route_decides_how_much_is_sent) {
  fan_out both{2};
  static_cast<void>(both.accepted(0, 5, {100, 9}));
  const auto all = both.accepted(1, 3, {700, 1});
  BOOST_TEST(all.n == 3U);
  BOOST_TEST(all.room.bytes == 100);
  BOOST_TEST(all.room.events == 1);
}

BOOST_AUTO_TEST_CASE(a_drain_is_done_when_every_route_has_drained) {
  fan_out both{2};
  BOOST_TEST(!both.drained(1));
  BOOST_TEST(both.drained(0));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::flow_test
