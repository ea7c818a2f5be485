// hop_sender: what a collector sends, keeps and lets go of.
#include "tests/core/net/hop_bench.hpp"

namespace sluice::hop_sender_test {

using namespace hop_bench;

BOOST_AUTO_TEST_SUITE(a_collector)

BOOST_FIXTURE_TEST_CASE(says_hello_with_the_highest_term_it_has_seen,
                        collector_bench) {
  BOOST_TEST(hello.term == 0U);
  BOOST_TEST(hello.stream == "c/n/a/g");
  welcome(4);
  BOOST_TEST((out.seen == hop_seen{"cluster", 4}));
  say(hop_retry{0, session, {}, ""});
  pass(milliseconds{200});
  BOOST_TEST(hello.term == 4U);
}

BOOST_AUTO_TEST_CASE(goes_on_from_the_term_on_disk) {
  auto o = collector_bench::options();
  o.seen = {"cluster", 7};
  collector_bench b{o};
  BOOST_TEST(b.hello.term == 7U);
  b.welcome(7);
  BOOST_TEST(!b.out.seen.has_value());
}

BOOST_FIXTURE_TEST_CASE(attaches_its_channel_where_the_stream_stands,
                        collector_bench) {
  BOOST_TEST(!sender.wants());
  welcome(1, {standing("a", 5, 9), standing("b", 0, 3)});
  BOOST_REQUIRE(out.attach.has_value());
  BOOST_TEST((out.attach->committed == position_map{{origin{"a"}, at(5)}}));
  BOOST_TEST((out.attach->held
              == position_map{{origin{"a"}, at(9)}, {origin{"b"}, at(3)}}));
  BOOST_TEST(sender.wants());
}

BOOST_FIXTURE_TEST_CASE(begins_with_the_last_page_of_a_welcome,
                        collector_bench) {
  auto page = a_welcome(1, {standing("a", 5, 5)});
  page.last = false;
  say(page);
  BOOST_TEST(!sender.in_session());
  page.page = 1;
  page.last = true;
  page.origins = {standing("b", 6, 6)};
  say(page);
  BOOST_TEST(sender.in_session());
  BOOST_TEST(out.attach->committed.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(hangs_up_when_a_page_of_a_welcome_is_missing,
                        collector_bench) {
  auto page = a_welcome(1);
  page.page = 1;
  say(page);
  BOOST_TEST(out.hang_up);
  BOOST_TEST(!sender.in_session());
}

BOOST_FIXTURE_TEST_CASE(hangs_up_when_pages_are_of_two_sessions,
                        collector_bench) {
  auto page = a_welcome(1);
  page.last = false;
  say(page);
  auto other = a_welcome(1);
  other.page = 1;
  say(other);
  BOOST_TEST(out.hang_up);
  BOOST_TEST(!sender.in_session());
}

BOOST_FIXTURE_TEST_CASE(keeps_a_batch_until_it_is_committed, collector_bench) {
  welcome(1);
  offer(bytes_of("a", 0, 5));
  BOOST_TEST(puts() == "a 0-5");
  BOOST_TEST(sender.kept() == 1U);
  ack({{origin{"a"}, at(5)}});
  BOOST_TEST((out.committed == position_map{{origin{"a"}, at(5)}}));
  BOOST_TEST(sender.kept() == 0U);
}

BOOST_FIXTURE_TEST_CASE(keeps_what_is_only_held, collector_bench) {
  welcome(1);
  offer(bytes_of("a", 0, 5));
  say(hop_retry{0, session, {}, ""});
  pass(milliseconds{200});
  welcome(1, {standing("a", 0, 5)});
  BOOST_TEST(puts().empty());
  BOOST_TEST(out.committed.empty());
  BOOST_TEST(sender.kept() == 1U);
}

BOOST_FIXTURE_TEST_CASE(sends_again_what_a_new_owner_lacks, collector_bench) {
  welcome(1);
  offer(bytes_of("a", 0, 5));
  offer(bytes_of("a", 5, 8));
  ack({{origin{"a"}, at(5)}});
  lose_link();
  pass(milliseconds{200});
  link_up();
  welcome(2, {standing("a", 5, 5)});
  BOOST_TEST(puts() == "a 5-8");
  BOOST_TEST(sender.count().resent == 1U);
}

BOOST_FIXTURE_TEST_CASE(sends_whole_what_straddles_held, collector_bench) {
  welcome(1, {standing("a", 0, 3)});
  offer(bytes_of("a", 0, 5));
  BOOST_TEST(puts() == "a 0-5");
}

BOOST_FIXTURE_TEST_CASE(cuts_off_what_is_acknowledged, collector_bench) {
  welcome(1, {standing("a", 3, 3)});
  auto two = std::make_shared<batch>(*bytes_of("b", 0, 2));
  two->runs.insert(two->runs.begin(), bytes_of("a", 0, 3)->runs.front());
  two->runs.front().count = 0;
  two->runs.front().verbatim = false;
  say(hop_retry{0, session, {}, ""});
  offer(two);
  pass(milliseconds{200});
  welcome(1, {standing("a", 3, 3)});
  BOOST_TEST(puts() == "b 0-2");
}

BOOST_FIXTURE_TEST_CASE(refuses_a_lower_term_and_asks_elsewhere,
                        collector_bench) {
  welcome(4);
  lose_link();
  pass(milliseconds{200});
  link_up();
  BOOST_TEST(address == "B");
  welcome(3);
  BOOST_TEST(!sender.in_session());
  BOOST_TEST(out.hang_up);
  BOOST_TEST((out.complaint->kind == errc::unavailable));
  BOOST_TEST(!sender.stopped());
  pass(milliseconds{500});
  link_up();
  BOOST_TEST(address == "A");
}

BOOST_FIXTURE_TEST_CASE(refuses_another_cluster_of_kafka, collector_bench) {
  welcome(4);
  lose_link();
  pass(milliseconds{200});
  link_up();
  auto other = a_welcome(5);
  other.cluster_id = "test cluster";
  say(other);
  BOOST_TEST(!sender.in_session());
  BOOST_TEST((out.complaint->kind == errc::config));
  BOOST_TEST(sender.seen().term == 4U);
}

BOOST_FIXTURE_TEST_CASE(refuses_an_aggregator_that_ends_in_another_sink,
                        collector_bench) {
  welcome(4);
  lose_link();
  pass(milliseconds{200});
  link_up();
  auto other = a_welcome(5);
  other.sink = "agent/other";
  say(other);
  BOOST_TEST(!sender.in_session());
  BOOST_TEST((out.complaint->kind == errc::config));
}

BOOST_FIXTURE_TEST_CASE(stops_when_positions_are_below_what_was_acknowledged,
                        collector_bench) {
  welcome(1);
  offer(bytes_of("a", 0, 5));
  ack({{origin{"a"}, at(5)}});
  say(hop_retry{0, session, {}, ""});
  pass(milliseconds{200});
  welcome(1, {standing("a", 4, 9)});
  BOOST_TEST(sender.stopped());
  BOOST_TEST((out.complaint->kind == errc::state_lost));
  pass(std::chrono::hours{1});
  BOOST_TEST(!out.connect.has_value());
}

BOOST_FIXTURE_TEST_CASE(stops_when_an_acknowledged_origin_is_gone,
                        collector_bench) {
  welcome(1);
  offer(bytes_of("a", 0, 5));
  ack({{origin{"a"}, at(5)}});
  say(hop_retry{0, session, {}, ""});
  pass(milliseconds{200});
  welcome(1);
  BOOST_TEST(sender.stopped());
}

BOOST_FIXTURE_TEST_CASE(does_not_miss_an_origin_that_it_called_finished,
                        collector_bench) {
  welcome(1);
  offer(bytes_of("a", 0, 5));
  ack({{origin{"a"}, at(5)}});
  out = {};
  sender.finish({origin{"a"}}, out);
  BOOST_TEST(all_of<hop_finished>(out.frames).size() == 1U);
  say(hop_retry{0, session, {}, ""});
  pass(milliseconds{200});
  welcome(1);
  BOOST_TEST(sender.in_session());
}

BOOST_FIXTURE_TEST_CASE(does_not_miss_an_origin_that_was_finished_before_it,
                        collector_bench) {
  welcome(1, {standing("a", 5, 5)});
  say(hop_retry{0, session, {}, ""});
  pass(milliseconds{200});
  welcome(1);
  BOOST_TEST(sender.in_session());
}

BOOST_FIXTURE_TEST_CASE(says_finished_until_that_is_durable, collector_bench) {
  welcome(1, {standing("a", 5, 5)});
  out = {};
  sender.finish({origin{"a"}}, out);
  say(hop_retry{0, session, {}, ""});
  pass(milliseconds{200});
  welcome(1, {standing("a", 5, 5)});
  BOOST_TEST(all_of<hop_finished>(out.frames).size() == 1U);
  say(hop_ack{session, 0, 9, {}, {origin{"a"}}});
  say(hop_retry{0, session, {}, ""});
  pass(milliseconds{200});
  welcome(1);
  BOOST_TEST(all_of<hop_finished>(out.frames).empty());
}

BOOST_FIXTURE_TEST_CASE(sends_no_bytes_of_an_origin_that_is_finished,
                        collector_bench) {
  welcome(1, {standing("a", 0, 5)});
  auto both = std::make_shared<batch>(*bytes_of("a", 0, 5));
  both->runs.push_back(bytes_of("b", 0, 3)->runs.front());
  both->runs.back().count = 0;
  both->runs.back().first = 1;
  both->runs.back().verbatim = false;
  offer(both);
  ack({{origin{"a"}, at(5)}});
  out = {};
  sender.finish({origin{"a"}}, out);
  say(hop_ack{session, acks++, 9, {}, {origin{"a"}}});
  say(hop_retry{0, session, {}, ""});
  pass(milliseconds{200});
  welcome(1);
  BOOST_TEST(puts() == "b 0-3");
  ack({{origin{"b"}, at(3)}});
  BOOST_TEST(sender.kept() == 0U);
}

BOOST_FIXTURE_TEST_CASE(sends_no_more_than_its_credit, collector_bench) {
  auto poor = a_welcome(1);
  poor.credit = 1;
  say(poor);
  // One of any size while nothing is under way.
  offer(bytes_of("a", 0, 5));
  BOOST_TEST(puts() == "a 0-5");
  offer(bytes_of("a", 5, 8));
  BOOST_TEST(puts().empty());
  say(hop_ack{session, 0, 1, {{origin{"a"}, at(5)}}, {}});
  BOOST_TEST(puts() == "a 5-8");
}

BOOST_AUTO_TEST_CASE(sends_a_long_batch_in_pieces) {
  auto o = collector_bench::options();
  o.frame_max = hop_put_overhead + 50;
  collector_bench b{o};
  b.welcome(1);
  b.offer(bytes_of("a", 0, 100));
  BOOST_TEST(b.out.frames.size() > 2U);
  for (const auto& f : b.out.frames)
    BOOST_TEST(f.size() <= o.frame_max);
  BOOST_TEST(b.puts() == "a 0-100");
}

BOOST_FIXTURE_TEST_CASE(takes_no_batch_that_no_receiver_would,
                        collector_bench) {
  welcome(1);
  out = {};
  BOOST_TEST(!sender.offer(bytes_of("a", 0, 17U << 20), out));
  BOOST_TEST(sender.kept() == 0U);
}

BOOST_AUTO_TEST_CASE(wants_no_more_than_its_window) {
  auto o = collector_bench::options();
  o.batches_max = 2;
  collector_bench b{o};
  b.welcome(1);
  b.offer(bytes_of("a", 0, 5));
  BOOST_TEST(b.sender.wants());
  b.offer(bytes_of("a", 5, 6));
  BOOST_TEST(!b.sender.wants());
  b.ack({{origin{"a"}, at(5)}});
  BOOST_TEST(b.sender.wants());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::hop_sender_test
