// death_log: what is said of a child that dies again and again.
#include "actors/supervisor/death_log.hpp"

#include "tests/core/base/captured_log.hpp"

#include <boost/test/unit_test.hpp>

namespace sluice::death_log_test {

BOOST_AUTO_TEST_SUITE(deaths)

BOOST_AUTO_TEST_CASE(a_broker_that_stays_away_is_one_line_a_minute) {
  const test::captured_log heard;
  death_log child;
  for (int i = 0; i < 10; ++i)
    child.died("a", "sink-k", {errc::unavailable, "no broker"}, 0);
  BOOST_TEST(heard.count("sink-k went down (unavailable): no broker") == 1);
}

BOOST_AUTO_TEST_CASE(another_reason_and_a_death_after_progress_are_news) {
  const test::captured_log heard;
  death_log child;
  child.died("a", "k", {errc::unavailable, "no broker"}, 0);
  child.died("a", "k", {errc::disk_full, "no room"}, 0);
  child.died("a", "k", {errc::disk_full, "no room"}, 1);
  child.died("a", "k", {errc::disk_full, "no room"}, 1);
  BOOST_TEST(heard.count("no broker") == 1);
  BOOST_TEST(heard.count("no room") == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::death_log_test
