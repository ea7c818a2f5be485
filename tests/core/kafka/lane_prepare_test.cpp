// A transaction that is begun before it is due.
#include "tests/core/kafka/lane_world.hpp"

using namespace sluice;
using namespace sluice::kafka_lines;
using namespace sluice::lane_test;

BOOST_AUTO_TEST_SUITE(kafka_lane_prepare)

BOOST_AUTO_TEST_CASE(what_was_prepared_waits_for_the_transaction_and_leads_it) {
  world w{1};
  auto l = w.make(*w.memory);
  BOOST_REQUIRE(l->start());
  BOOST_REQUIRE(l->settle(std::chrono::seconds{5}));
  const auto commits = l->statistics().commits.load();
  BOOST_REQUIRE(l->prepare({lines_from(0, 3)}));
  BOOST_REQUIRE(l->prepare({lines_from(3 * line_bytes, 2)}));
  BOOST_TEST(w.committed().empty());
  BOOST_REQUIRE(l->transact({lines_from(5 * line_bytes, 1)}));
  BOOST_REQUIRE(l->settle(std::chrono::seconds{5}));
  BOOST_TEST(l->statistics().commits == commits + 1);
  auto wanted = expected_lines();
  wanted.resize(6);
  BOOST_TEST((w.committed() == wanted));
}

BOOST_AUTO_TEST_CASE(what_was_only_prepared_comes_again_after_a_death) {
  world w{1};
  auto first = w.make(*w.memory);
  BOOST_REQUIRE(first->start());
  BOOST_REQUIRE(first->prepare({lines_from(0, 3)}));
  first.reset();
  auto second = w.make(*w.memory);
  auto found = second->start();
  BOOST_REQUIRE(found);
  BOOST_TEST((*found)[origin{"o"}].at.offset == 0U);
  BOOST_REQUIRE(second->transact({lines_from(0, 1)}));
  BOOST_REQUIRE(second->settle(std::chrono::seconds{5}));
  BOOST_TEST((w.committed() == std::vector<std::string>{line_of(0)}));
}

BOOST_AUTO_TEST_CASE(what_was_prepared_is_settled_without_another_line) {
  world w{1};
  auto l = w.make(*w.memory);
  BOOST_REQUIRE(l->start());
  BOOST_REQUIRE(l->prepare({lines_from(0, 2)}));
  BOOST_REQUIRE(l->settle(std::chrono::seconds{5}));
  BOOST_TEST(w.committed().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
