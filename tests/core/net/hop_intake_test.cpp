// hop_receiver: what an aggregator takes, acknowledges and has room for.
#include "tests/core/net/hop_bench.hpp"

namespace sluice::hop_intake_test {

using namespace hop_bench;

BOOST_AUTO_TEST_SUITE(an_aggregator)

BOOST_FIXTURE_TEST_CASE(passes_on_what_follows, aggregator_bench) {
  open(7, {{origin{"a"}, at(5)}});
  put(bytes_of("a", 5, 9));
  BOOST_TEST(fresh() == "a 5-9");
  BOOST_TEST(out.fresh[0].term == 7U);
}

BOOST_FIXTURE_TEST_CASE(cuts_off_what_it_holds, aggregator_bench) {
  open(1, {{origin{"a"}, at(5)}});
  put(bytes_of("a", 0, 9));
  BOOST_TEST(fresh() == "a 5-9");
  put(bytes_of("a", 2, 9));
  BOOST_TEST(fresh().empty());
  BOOST_TEST(receiver.count().trimmed == 1U);
  BOOST_TEST(receiver.count().duplicates == 1U);
}

BOOST_FIXTURE_TEST_CASE(takes_no_put_of_another_session, aggregator_bench) {
  open();
  const auto bytes = encoded(bytes_of("a", 0, 5));
  say(hop_put{session + 1, 0, true, bytes}, 3);
  BOOST_TEST(out.fresh.empty());
  BOOST_REQUIRE(out.frames.size() == 1U);
  BOOST_TEST(out.frames[0].link == 3U);
  BOOST_TEST(all_of<hop_retry>(frames).at(0).session == session + 1);
  BOOST_TEST(receiver.in_session());
}

BOOST_FIXTURE_TEST_CASE(takes_each_put_once, aggregator_bench) {
  open();
  put(bytes_of("a", 0, 5));
  --n;
  put(bytes_of("a", 0, 5));
  BOOST_TEST(out.fresh.empty());
  BOOST_TEST(receiver.in_session());
  BOOST_TEST(receiver.count().repeated_puts == 1U);
}

BOOST_FIXTURE_TEST_CASE(ends_a_session_that_lost_a_put, aggregator_bench) {
  open();
  ++n;
  put(bytes_of("a", 0, 5));
  BOOST_TEST(out.fresh.empty());
  BOOST_TEST(said<hop_retry>());
  BOOST_TEST(!receiver.in_session());
  BOOST_TEST(receiver.count().gaps == 0U);
}

BOOST_FIXTURE_TEST_CASE(ends_a_session_and_counts_when_bytes_do_not_follow,
                        aggregator_bench) {
  open(1, {{origin{"a"}, at(5)}});
  put(bytes_of("a", 6, 9));
  BOOST_TEST(out.fresh.empty());
  BOOST_TEST(said<hop_retry>());
  BOOST_TEST(!receiver.in_session());
  BOOST_TEST(receiver.count().gaps == 1U);
  hello(1);
  BOOST_TEST(said<hop_welcome>());
}

BOOST_FIXTURE_TEST_CASE(gives_up_at_the_second_gap_at_one_position,
                        aggregator_bench) {
  open(1, {{origin{"a"}, at(5)}});
  put(bytes_of("a", 6, 9));
  hello(1);
  put(bytes_of("b", 0, 2));
  put(bytes_of("a", 6, 9));
  BOOST_TEST((out.complaint->kind == errc::second_gap));
  hello(1);
  BOOST_TEST((all_of<hop_refused>(frames).at(0).kind == errc::second_gap));
}

BOOST_FIXTURE_TEST_CASE(acknowledges_only_what_is_committed, aggregator_bench) {
  open();
  put(bytes_of("a", 0, 5));
  BOOST_TEST(!said<hop_ack>());
  commit({{origin{"a"}, at(3)}});
  const auto acks = all_of<hop_ack>(frames);
  BOOST_REQUIRE(acks.size() == 1U);
  BOOST_TEST((acks[0].committed == position_map{{origin{"a"}, at(3)}}));
  // What did not change is not said again.
  commit({{origin{"a"}, at(3)}});
  BOOST_TEST(frames.empty());
}

BOOST_AUTO_TEST_CASE(acknowledges_what_every_path_has_committed) {
  auto o = aggregator_bench::options();
  o.paths = 2;
  aggregator_bench b{o};
  b.receiver.adopt(1, {{{origin{"a"}, at(5)}}, {{origin{"a"}, at(7)}}}, b.now,
                   b.out);
  b.hello(1);
  BOOST_TEST(b.receiver.settled().at(origin{"a"}).offset == 5U);
  b.put(bytes_of("a", 5, 9));
  b.out = {};
  b.receiver.committed(1, {{origin{"a"}, at(9)}}, b.now, b.out);
  BOOST_TEST(b.out.frames.empty());
  b.receiver.committed(0, {{origin{"a"}, at(8)}}, b.now, b.out);
  b.hear();
  BOOST_TEST((all_of<hop_ack>(b.frames).at(0).committed
              == position_map{{origin{"a"}, at(8)}}));
  // An origin that one of them has never heard of.
  b.out = {};
  b.receiver.committed(0, {{origin{"b"}, at(1)}}, b.now, b.out);
  BOOST_TEST(b.out.frames.empty());
}

BOOST_FIXTURE_TEST_CASE(numbers_its_acks, aggregator_bench) {
  open();
  put(bytes_of("a", 0, 5));
  for (std::uint64_t i = 0; i < 3; ++i) {
    commit({{origin{"a"}, at(1 + i)}});
    BOOST_TEST(all_of<hop_ack>(frames).at(0).n == i);
  }
  hello(1);
  commit({{origin{"a"}, at(5)}});
  BOOST_TEST(all_of<hop_ack>(frames).at(0).n == 0U);
}

BOOST_AUTO_TEST_CASE(acknowledges_many_origins_in_pages) {
  aggregator_bench b;
  b.open();
  position_map many;
  for (int i = 0; i < 2'000; ++i)
    many[origin{"origin " + std::to_string(i)}] = at(1);
  b.commit(many);
  const auto acks = all_of<hop_ack>(b.frames);
  BOOST_TEST(acks.size() > 3U);
  std::size_t origins = 0;
  for (std::size_t i = 0; i < acks.size(); ++i) {
    BOOST_TEST(acks[i].n == i);
    origins += acks[i].committed.size();
  }
  BOOST_TEST(origins == 2'000U);
}

BOOST_FIXTURE_TEST_CASE(passes_on_what_is_finished_and_says_when_it_is_durable,
                        aggregator_bench) {
  open(1, {{origin{"a"}, at(5)}});
  say(hop_finished{session + 1, {origin{"a"}}});
  BOOST_TEST(out.finished.empty());
  say(hop_finished{session, {origin{"a"}}});
  BOOST_TEST((out.finished == std::vector<origin>{origin{"a"}}));
  out = {};
  receiver.forgotten({origin{"a"}}, now, out);
  hear();
  BOOST_TEST((all_of<hop_ack>(frames).at(0).forgotten
              == std::vector<origin>{origin{"a"}}));
  hello(1);
  BOOST_TEST(all_of<hop_welcome>(frames).at(0).origins.empty());
}

BOOST_AUTO_TEST_CASE(shares_its_room_among_streams) {
  const std::uint64_t MiB = 1U << 20;
  BOOST_TEST(hop_credit(64 * MiB, 16) == 4 * MiB);
  BOOST_TEST(hop_credit(64 * MiB, 1) == 8 * MiB);
  BOOST_TEST(hop_credit(64 * MiB, 0) == 8 * MiB);
  BOOST_TEST(hop_credit(64 * MiB, 100'000) == MiB / 16);
}

BOOST_AUTO_TEST_CASE(grants_no_room_that_an_earlier_session_fills) {
  auto o = aggregator_bench::options();
  o.credit = 1'000;
  aggregator_bench b{o};
  b.open(1);
  const auto bytes = encoded(bytes_of("a", 0, 5)).size();
  b.put(bytes_of("a", 0, 5));
  b.hello(1);
  BOOST_TEST(all_of<hop_welcome>(b.frames).at(0).credit == 1'000 - bytes);
  b.commit({{origin{"a"}, at(5)}});
  BOOST_TEST(all_of<hop_ack>(b.frames).at(0).credit == 1'000U);
  b.receiver.set_credit(10);
  b.put(bytes_of("a", 5, 6));
  b.commit({{origin{"a"}, at(6)}});
  BOOST_TEST(all_of<hop_ack>(b.frames).at(0).credit == 10U);
}

BOOST_AUTO_TEST_CASE(ends_a_session_that_exceeds_its_credit) {
  auto o = aggregator_bench::options();
  o.credit = 10;
  aggregator_bench b{o};
  b.open(1);
  // One of any size while nothing is under way.
  b.put(bytes_of("a", 0, 5));
  BOOST_TEST(b.fresh() == "a 0-5");
  b.put(bytes_of("a", 5, 6));
  BOOST_TEST(b.out.fresh.empty());
  BOOST_TEST(b.said<hop_retry>());
  BOOST_TEST(b.receiver.count().overruns == 1U);
}

BOOST_FIXTURE_TEST_CASE(puts_the_pieces_of_a_batch_together, aggregator_bench) {
  open(1);
  const auto bytes = encoded(bytes_of("a", 0, 5));
  say(hop_put{session, 0, false, std::string_view{bytes}.substr(0, 9)});
  BOOST_TEST(out.fresh.empty());
  say(hop_put{session, 1, true, std::string_view{bytes}.substr(9)});
  BOOST_TEST(fresh() == "a 0-5");
}

BOOST_FIXTURE_TEST_CASE(drops_the_pieces_of_a_session_that_ended,
                        aggregator_bench) {
  open(1);
  const auto bytes = encoded(bytes_of("a", 0, 5));
  say(hop_put{session, 0, false, std::string_view{bytes}.substr(0, 9)});
  hello(1);
  put(bytes_of("a", 0, 5));
  BOOST_TEST(fresh() == "a 0-5");
}

BOOST_FIXTURE_TEST_CASE(hangs_up_on_a_batch_without_end, aggregator_bench) {
  open(1);
  const std::string piece(8U << 20, 'x');
  say(hop_put{session, 0, false, piece});
  say(hop_put{session, 1, false, piece});
  BOOST_TEST(out.hang_up.empty());
  say(hop_put{session, 2, false, "x"});
  BOOST_TEST(out.hang_up.size() == 1U);
  BOOST_TEST(!receiver.in_session());
}

BOOST_FIXTURE_TEST_CASE(hangs_up_on_what_is_no_batch, aggregator_bench) {
  open(1);
  say(hop_put{session, 0, true, "no batch"});
  BOOST_TEST(out.hang_up.size() == 1U);
  BOOST_TEST(!receiver.in_session());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::hop_intake_test
