// address_choice: where a collector goes next, and when.
#include "actors/core/net/address_choice.hpp"

#include <boost/test/unit_test.hpp>

namespace sluice::address_choice_test {

using std::chrono::milliseconds;
using time = address_choice::time;

BOOST_AUTO_TEST_SUITE(the_choice_of_an_address)

namespace {

address_choice::options three() {
  address_choice::options o;
  o.addresses = {"A", "B", "C"};
  o.wait.jitter = 0;
  return o;
}

} // namespace

BOOST_AUTO_TEST_CASE(goes_round_and_waits_longer_each_time) {
  address_choice c{three()};
  const time now{};
  BOOST_TEST(c.current() == "A");
  BOOST_TEST((c.after_loss(now) == now + milliseconds{100}));
  BOOST_TEST(c.current() == "B");
  BOOST_TEST((c.after_loss(now) == now + milliseconds{200}));
  BOOST_TEST((c.after_loss(now) == now + milliseconds{400}));
  BOOST_TEST(c.current() == "A");
  c.progressed();
  BOOST_TEST((c.after_loss(now) == now + milliseconds{100}));
}

BOOST_AUTO_TEST_CASE(stays_for_the_dwell_after_a_change_of_owner) {
  address_choice c{three()};
  time now{};
  c.changed_owner(now);
  static_cast<void>(c.after_loss(now));
  BOOST_TEST(c.current() == "A");
  now += milliseconds{5'000};
  static_cast<void>(c.after_loss(now));
  BOOST_TEST(c.current() == "B");
}

BOOST_AUTO_TEST_CASE(dwells_twice_as_long_while_owners_alternate) {
  address_choice c{three()};
  time now{};
  c.changed_owner(now);
  for (const auto seconds : {10, 20, 40, 80, 160, 300, 300}) {
    now += milliseconds{4'000};
    c.changed_owner(now);
    BOOST_TEST((c.after_move(now, {}) == now + std::chrono::seconds{seconds}));
  }
  now += std::chrono::minutes{11};
  c.changed_owner(now);
  BOOST_TEST((c.after_move(now, {}) >= now + std::chrono::seconds{5}));
  BOOST_TEST((c.after_move(now, {}) < now + std::chrono::seconds{40}));
}

BOOST_AUTO_TEST_CASE(takes_the_first_hint_that_it_knows) {
  address_choice c{three()};
  static_cast<void>(c.after_move({}, {"X", "C", "B"}));
  BOOST_TEST(c.current() == "C");
  static_cast<void>(c.after_move({}, {"X"}));
  BOOST_TEST(c.current() == "A");
}

BOOST_AUTO_TEST_CASE(stays_where_it_is_told_to_retry) {
  address_choice c{three()};
  const time now{};
  BOOST_TEST(
    (c.after_retry(now, milliseconds{900}) == now + milliseconds{900}));
  BOOST_TEST(c.current() == "A");
  BOOST_TEST((c.after_retry(now, std::chrono::hours{9})
              == now + std::chrono::minutes{5}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::address_choice_test
