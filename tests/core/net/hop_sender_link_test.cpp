// hop_sender: how a collector goes from answer to answer and link to link.
#include "tests/core/net/hop_bench.hpp"

namespace sluice::hop_sender_link_test {

using namespace hop_bench;

BOOST_AUTO_TEST_SUITE(a_collector)

BOOST_FIXTURE_TEST_CASE(drops_the_answer_to_an_earlier_hello, collector_bench) {
  const auto late = a_welcome(9);
  say(hop_retry{hello.attempt, 0, {}, ""});
  pass(milliseconds{200});
  say(late);
  BOOST_TEST(!sender.in_session());
  BOOST_TEST(sender.count().late_answers == 1U);
  welcome(1);
  BOOST_TEST(sender.in_session());
}

BOOST_FIXTURE_TEST_CASE(drops_what_is_of_another_session_or_said_twice,
                        collector_bench) {
  welcome(1);
  offer(bytes_of("a", 0, 5));
  say(hop_ack{session - 1, 0, 9, {{origin{"a"}, at(5)}}, {}});
  say(hop_retry{0, session - 1, {}, ""});
  say(hop_moved{0, session - 1, {}});
  BOOST_TEST(sender.in_session());
  BOOST_TEST(sender.kept() == 1U);
  ack({});
  say(hop_ack{session, 0, 9, {{origin{"a"}, at(5)}}, {}});
  BOOST_TEST(sender.kept() == 1U);
  BOOST_TEST(sender.count().late_answers == 4U);
}

BOOST_FIXTURE_TEST_CASE(says_hello_again_when_an_ack_is_missing,
                        collector_bench) {
  welcome(1);
  const auto before = hello.attempt;
  say(hop_ack{session, 1, 9, {}, {}});
  BOOST_TEST(!sender.in_session());
  pass(milliseconds{200});
  BOOST_TEST(hello.attempt != before);
}

BOOST_FIXTURE_TEST_CASE(stays_at_the_address_that_says_retry, collector_bench) {
  say(hop_retry{hello.attempt, 0, milliseconds{700}, "Kafka is down"});
  BOOST_TEST(out.complaint->text == "Kafka is down");
  BOOST_TEST(!out.hang_up);
  pass(milliseconds{699});
  BOOST_TEST(out.frames.empty());
  pass(milliseconds{1});
  BOOST_TEST(all_of<hop_hello>(out.frames).size() == 1U);
  BOOST_TEST(!out.connect.has_value());
}

BOOST_FIXTURE_TEST_CASE(goes_where_it_is_moved, collector_bench) {
  welcome(1);
  say(hop_moved{0, session, {"elsewhere", "B"}});
  BOOST_TEST(out.hang_up);
  pass(milliseconds{200});
  link_up();
  BOOST_TEST(address == "B");
}

BOOST_FIXTURE_TEST_CASE(asks_elsewhere_when_no_answer_comes, collector_bench) {
  pass(milliseconds{29'999});
  BOOST_TEST(!out.hang_up);
  pass(milliseconds{1});
  BOOST_TEST(out.hang_up);
  pass(milliseconds{200});
  link_up();
  BOOST_TEST(address == "B");
}

BOOST_FIXTURE_TEST_CASE(takes_an_owner_that_is_silent_for_lost,
                        collector_bench) {
  welcome(1);
  pass(milliseconds{14'000});
  ack({});
  pass(milliseconds{14'999});
  BOOST_TEST(sender.in_session());
  // Of another session is no sign of life.
  say(hop_ack{session + 1, 0, 9, {}, {}});
  pass(milliseconds{1});
  BOOST_TEST(out.hang_up);
  BOOST_TEST(!sender.in_session());
}

BOOST_FIXTURE_TEST_CASE(ignores_what_an_earlier_link_says, collector_bench) {
  const auto old = link;
  lose_link();
  pass(milliseconds{200});
  link_up();
  out = {};
  sender.received(old, encode(a_welcome(1)), now, out);
  sender.link_lost(old, now, out);
  sender.garbage(old, now, out);
  BOOST_TEST(!sender.in_session());
  BOOST_TEST(!out.hang_up);
}

BOOST_FIXTURE_TEST_CASE(stops_when_it_is_refused, collector_bench) {
  say(hop_refused{hello.attempt, errc::state_lost, "positions missing"});
  BOOST_TEST(sender.stopped());
  BOOST_TEST(out.hang_up);
  BOOST_TEST((out.complaint->kind == errc::state_lost));
  BOOST_TEST((sender.wake() == time::max()));
}

BOOST_FIXTURE_TEST_CASE(hangs_up_on_what_is_no_frame_of_an_aggregator,
                        collector_bench) {
  for (const hop_message& m :
       {hop_message{hop_hello{1, 1, 1, "s", 0}}, hop_message{hop_bye{1}},
        hop_message{hop_put{1, 0, true, ""}},
        hop_message{hop_finished{1, {}}}}) {
    say(m);
    BOOST_TEST(out.hang_up);
    pass(std::chrono::minutes{1});
    link_up();
  }
  out = {};
  sender.received(link, "garbage", now, out);
  BOOST_TEST(out.hang_up);
  pass(std::chrono::minutes{1});
  link_up();
  out = {};
  sender.garbage(link, now, out);
  BOOST_TEST(out.hang_up);
}

BOOST_FIXTURE_TEST_CASE(leaves_when_the_owner_has_given_the_stream_up,
                        collector_bench) {
  welcome(1);
  offer(bytes_of("a", 0, 5));
  out = {};
  sender.leave(now, out);
  BOOST_TEST(all_of<hop_bye>(out.frames).size() == 1U);
  BOOST_TEST(!sender.wants());
  ack({{origin{"a"}, at(5)}});
  BOOST_TEST(!out.committed.empty());
  BOOST_TEST(!out.left);
  say(hop_released{session});
  BOOST_TEST(out.left);
  BOOST_TEST(out.hang_up);
}

BOOST_FIXTURE_TEST_CASE(leaves_without_an_answer_after_a_while,
                        collector_bench) {
  welcome(1);
  out = {};
  sender.leave(now, out);
  pass(milliseconds{9'999});
  BOOST_TEST(!out.left);
  pass(milliseconds{1});
  BOOST_TEST(out.left);
}

BOOST_FIXTURE_TEST_CASE(leaves_at_once_when_it_has_no_session,
                        collector_bench) {
  out = {};
  sender.leave(now, out);
  BOOST_TEST(out.left);
  BOOST_TEST(out.hang_up);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::hop_sender_link_test
