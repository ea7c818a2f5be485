// hop_receiver: an aggregator's sessions and who owns the stream.
#include "tests/core/net/hop_bench.hpp"

namespace sluice::hop_receiver_test {

using namespace hop_bench;

BOOST_AUTO_TEST_SUITE(an_aggregator)

BOOST_FIXTURE_TEST_CASE(claims_a_stream_that_is_not_its_own, aggregator_bench) {
  hello();
  BOOST_TEST(out.claim);
  BOOST_TEST(frames.empty());
  adopt(1, {{origin{"a"}, at(5)}});
  const auto w = all_of<hop_welcome>(frames);
  BOOST_REQUIRE(w.size() == 1U);
  BOOST_TEST(w[0].attempt == attempt);
  BOOST_TEST(w[0].term == 1U);
  BOOST_TEST(w[0].cluster_id == "cluster");
  BOOST_TEST(w[0].sink == "agent/sink");
  BOOST_TEST(w[0].last);
  BOOST_TEST(
    (w[0].origins == std::vector<hop_standing>{{origin{"a"}, at(5), {}}}));
}

BOOST_FIXTURE_TEST_CASE(says_what_is_committed_and_what_is_held,
                        aggregator_bench) {
  open(1, {{origin{"a"}, at(5)}});
  put(bytes_of("a", 5, 9));
  put(bytes_of("b", 0, 2));
  hello(1, 2);
  const auto w = all_of<hop_welcome>(frames);
  BOOST_REQUIRE(w.size() == 1U);
  BOOST_TEST((w[0].origins
              == std::vector<hop_standing>{{origin{"a"}, at(5), at(9)},
                                           {origin{"b"}, {}, at(2)}}));
}

BOOST_AUTO_TEST_CASE(says_where_many_origins_stand_in_pages) {
  aggregator_bench b;
  position_map many;
  for (int i = 0; i < 2'000; ++i)
    many[origin{"origin " + std::to_string(i)}] = at(1);
  b.open(1, many);
  const auto pages = all_of<hop_welcome>(b.frames);
  BOOST_TEST(pages.size() > 3U);
  std::size_t origins = 0;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    BOOST_TEST(pages[i].page == i);
    BOOST_TEST(pages[i].last == (i + 1 == pages.size()));
    BOOST_TEST(b.frames[i].size() < 2 * hop_page_bytes);
    origins += pages[i].origins.size();
  }
  BOOST_TEST(origins == 2'000U);
}

BOOST_FIXTURE_TEST_CASE(reads_to_the_end_before_it_answers_who_knows_more,
                        aggregator_bench) {
  adopt(3);
  hello(5);
  BOOST_REQUIRE(out.read_again.has_value());
  BOOST_TEST(!out.claim);
  BOOST_TEST(frames.empty());
  out = {};
  receiver.not_mine(5, {"other"}, now, out);
  BOOST_TEST(out.claim);
  adopt(6);
  BOOST_TEST(said<hop_welcome>());
}

BOOST_FIXTURE_TEST_CASE(refuses_a_collector_whose_positions_are_missing,
                        aggregator_bench) {
  adopt(3);
  hello(5);
  const auto number = *out.read_again;
  adopt(3);
  BOOST_TEST(frames.empty());
  out = {};
  receiver.read_to_end(number, now, out);
  hear();
  const auto refused = all_of<hop_refused>(frames);
  BOOST_REQUIRE(refused.size() == 1U);
  BOOST_TEST((refused[0].kind == errc::state_lost));
  BOOST_TEST(refused[0].attempt == attempt);
}

BOOST_FIXTURE_TEST_CASE(trusts_no_reading_that_began_before_the_hello,
                        aggregator_bench) {
  adopt(3);
  hello(5);
  const auto earlier = *out.read_again;
  hello(5);
  BOOST_TEST(*out.read_again != earlier);
  out = {};
  receiver.read_to_end(earlier, now, out);
  BOOST_TEST(out.frames.empty());
}

BOOST_FIXTURE_TEST_CASE(says_retry_while_kafka_is_away, aggregator_bench) {
  hello();
  out = {};
  receiver.unreachable(milliseconds{500}, "Kafka is down", out);
  hear();
  const auto r = all_of<hop_retry>(frames);
  BOOST_REQUIRE(r.size() == 1U);
  BOOST_TEST(r[0].attempt == attempt);
  BOOST_TEST((r[0].wait == milliseconds{500}));
  BOOST_TEST(r[0].why == "Kafka is down");
  // Nobody waits any more.
  adopt(1);
  BOOST_TEST(frames.empty());
}

BOOST_FIXTURE_TEST_CASE(lets_a_collector_of_another_version_ask_again,
                        aggregator_bench) {
  say(hop_hello{1, 2, 3, "c/n/a/g", 0});
  BOOST_TEST(said<hop_retry>());
  BOOST_TEST(!out.claim);
}

BOOST_FIXTURE_TEST_CASE(hangs_up_on_a_hello_for_another_stream,
                        aggregator_bench) {
  say(hop_hello{1, 1, 1, "c/n/a/other", 0});
  BOOST_TEST((out.hang_up == std::vector<std::uint64_t>{1}));
}

BOOST_FIXTURE_TEST_CASE(shows_that_it_lives, aggregator_bench) {
  open();
  now += milliseconds{4'999};
  out = {};
  receiver.tick(now, out);
  BOOST_TEST(out.frames.empty());
  now += milliseconds{1};
  receiver.tick(now, out);
  hear();
  BOOST_TEST(all_of<hop_ack>(frames).at(0).committed.empty());
}

BOOST_FIXTURE_TEST_CASE(forgets_what_it_held_under_an_older_term,
                        aggregator_bench) {
  open(1);
  put(bytes_of("a", 0, 5));
  adopt(3, {{origin{"a"}, at(2)}});
  BOOST_TEST(said<hop_retry>());
  BOOST_TEST(!receiver.in_session());
  BOOST_TEST(receiver.held().at(origin{"a"}).offset == 2U);
  BOOST_TEST(receiver.empty());
}

BOOST_FIXTURE_TEST_CASE(keeps_its_session_when_it_reads_its_own_term,
                        aggregator_bench) {
  open(1);
  put(bytes_of("a", 0, 5));
  adopt(1, {{origin{"a"}, at(5)}});
  BOOST_TEST(receiver.in_session());
  BOOST_TEST(said<hop_ack>());
  BOOST_TEST(receiver.empty());
}

BOOST_FIXTURE_TEST_CASE(does_not_go_back_to_a_lower_term, aggregator_bench) {
  open(5);
  adopt(4, {{origin{"a"}, at(9)}});
  out = {};
  receiver.not_mine(4, {}, now, out);
  BOOST_TEST(receiver.in_session());
  BOOST_TEST(receiver.term() == 5U);
  BOOST_TEST(receiver.settled().at(origin{"a"}).offset == 0U);
}

BOOST_FIXTURE_TEST_CASE(sends_its_collector_where_the_stream_went,
                        aggregator_bench) {
  open(1);
  out = {};
  receiver.not_mine(2, {"B"}, now, out);
  hear();
  const auto moved = all_of<hop_moved>(frames);
  BOOST_REQUIRE(moved.size() == 1U);
  BOOST_TEST(moved[0].session == session);
  BOOST_TEST((moved[0].addresses == std::vector<std::string>{"B"}));
  BOOST_TEST(!receiver.mine());
  commit({{origin{"a"}, at(1)}});
  BOOST_TEST(receiver.settled().at(origin{"a"}).offset == 0U);
}

BOOST_FIXTURE_TEST_CASE(gives_a_stream_up_when_its_collector_leaves,
                        aggregator_bench) {
  open(1);
  put(bytes_of("a", 0, 5));
  say(hop_bye{session});
  BOOST_TEST(out.give_up);
  put(bytes_of("a", 5, 9));
  BOOST_TEST(out.fresh.empty());
  BOOST_TEST(!receiver.empty());
  commit({{origin{"a"}, at(5)}});
  BOOST_TEST(said<hop_ack>());
  BOOST_TEST(receiver.empty());
  out = {};
  receiver.gave_up(2, {}, now, out);
  hear();
  BOOST_TEST(said<hop_released>());
  BOOST_TEST(!said<hop_moved>());
  BOOST_TEST(!receiver.mine());
}

BOOST_FIXTURE_TEST_CASE(ignores_a_bye_of_another_session, aggregator_bench) {
  open(1);
  say(hop_bye{session + 1});
  BOOST_TEST(!out.give_up);
}

BOOST_FIXTURE_TEST_CASE(moves_its_collector_when_it_retires, aggregator_bench) {
  open(1);
  out = {};
  receiver.retire(out);
  BOOST_TEST(out.give_up);
  // Who comes meanwhile waits for the end of it.
  hello(1);
  BOOST_TEST(!said<hop_welcome>());
  out = {};
  receiver.gave_up(2, {"B"}, now, out);
  BOOST_TEST(out.claim);
}

BOOST_FIXTURE_TEST_CASE(asks_again_for_what_its_channel_lost,
                        aggregator_bench) {
  open(1);
  put(bytes_of("a", 0, 5));
  put(bytes_of("a", 5, 9));
  commit({{origin{"a"}, at(2)}});
  out = {};
  receiver.restarted({{origin{"a"}, at(5)}}, now, out);
  hear();
  BOOST_TEST(said<hop_retry>());
  BOOST_TEST(receiver.held().at(origin{"a"}).offset == 5U);
  out = {};
  receiver.restarted({}, now, out);
  BOOST_TEST(receiver.held().at(origin{"a"}).offset == 2U);
}

BOOST_FIXTURE_TEST_CASE(ends_the_session_of_a_link_that_is_lost,
                        aggregator_bench) {
  open(1);
  receiver.link_lost(2);
  BOOST_TEST(receiver.in_session());
  receiver.link_lost(1);
  BOOST_TEST(!receiver.in_session());
  BOOST_TEST((receiver.wake() == time::max()));
}

BOOST_FIXTURE_TEST_CASE(tells_a_session_that_a_hello_ended_it,
                        aggregator_bench) {
  open(1);
  const auto before = session;
  hello(1, 2);
  BOOST_TEST(session != before);
  BOOST_REQUIRE(out.frames.size() == 2U);
  BOOST_TEST(out.frames[0].link == 1U);
  BOOST_TEST(all_of<hop_retry>(frames).at(0).session == before);
  BOOST_TEST(out.frames[1].link == 2U);
}

BOOST_FIXTURE_TEST_CASE(hangs_up_on_what_is_no_frame_of_a_collector,
                        aggregator_bench) {
  for (const hop_message& m :
       {hop_message{hop_welcome{1, 1, 1, 1, "c", "s", 0, true, {}}},
        hop_message{hop_ack{}}, hop_message{hop_moved{}},
        hop_message{hop_retry{}}, hop_message{hop_refused{1, errc::config, ""}},
        hop_message{hop_released{}}}) {
    open(1);
    say(m);
    BOOST_TEST(out.hang_up.size() == 1U);
    BOOST_TEST(!receiver.in_session());
  }
  open(1);
  auto damaged = encode(hop_bye{session});
  damaged[8] = static_cast<char>(damaged[8] ^ 1);
  out = {};
  receiver.received(1, damaged, now, out);
  BOOST_TEST(out.hang_up.size() == 1U);
  BOOST_TEST(receiver.count().malformed == 7U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::hop_receiver_test
