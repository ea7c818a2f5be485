// Claims on the double: whoever takes a stream from whom, each record once.
// The bugs that these cases must catch are in tests/mutants.txt.
#include "actors/core/kafka/claims.hpp"

#include "actors/core/event/codec.hpp"
#include "actors/core/kafka/positions_topic.hpp"
#include "tests/core/kafka/claims_world.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>

namespace sluice::claims_test {

namespace {

std::uint64_t worlds_wanted() {
  const char* wanted = std::getenv("SLUICE_CLAIM_SEEDS");
  return wanted == nullptr ? 10'000 : std::strtoull(wanted, nullptr, 10);
}

/// The first seed that goes wrong, with what did.
std::optional<std::string> first_problem(std::uint64_t worlds, tally& count) {
  for (std::uint64_t seed = 1; seed <= worlds; ++seed)
    if (auto problem = claims_world{seed}.live(count))
      return "seed " + std::to_string(seed) + ": " + *problem;
  return std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_claim)

BOOST_AUTO_TEST_CASE(moves_streams_so_that_each_record_is_committed_once) {
  tally count;
  const auto worlds = worlds_wanted();
  const auto problem = first_problem(worlds, count);
  BOOST_TEST(!problem.has_value(), problem.value_or(""));
  std::cout << "seeds 1 to " << worlds << ": " << count.claimed
            << " streams claimed, " << count.found << " found, " << count.lost
            << " claims lost, " << count.unclear << " unclear, "
            << count.crashes << " crashes, " << count.frozen << " frozen, "
            << count.revoked << " runs revoked, " << count.lane_starts
            << " lane starts, " << count.commits << " commits, " << count.fenced
            << " fenced\n";
  if (!problem && worlds >= 1'000)
    for (const auto often :
         {count.claimed, count.found, count.lost, count.unclear, count.crashes,
          count.frozen, count.revoked, count.commits, count.fenced})
      BOOST_TEST(often > worlds / 100);
}

namespace {

constexpr std::chrono::milliseconds slice{1};
constexpr std::int32_t partitions = 4;

} // namespace

/// Some aggregators' claimers on one cluster.
struct bench {
  explicit bench(double_faults faults = {}) : cluster(7, faults) {
  }

  claims::settings settings(const std::string& name) {
    return {"c", "a/k", "c/" + name + "/a/k", 1, name + ":4455", partitions};
  }

  /// Goes on until something is ours or goes wrong.
  result<std::vector<adopted_stream>> finish(claims& c) {
    for (int i = 0; i < 100; ++i) {
      auto ours = c.advance(slice);
      if (!ours || !ours->empty())
        return ours;
    }
    return failure{errc::unavailable, "no end"};
  }

  std::vector<adopted_stream> claim(claims& c, const std::string& stream) {
    c.want(stream);
    auto ours = finish(c);
    BOOST_REQUIRE(ours);
    return *std::move(ours);
  }

  /// Writes a position of a stream in a transaction of some id.
  void write_position(kafka_producer& p, const std::string& stream,
                      std::uint64_t offset) {
    stored_position to;
    to.at.offset = offset;
    BOOST_REQUIRE(p.begin() == step::done);
    BOOST_REQUIRE(p.produce_position(
      positions_partition(stream, partitions),
      stream_position_key(stream, origin{"o"}, "a/k"), encode(to)));
    BOOST_REQUIRE(p.flush(slice) == step::done);
  }

  kafka_double cluster;
  double_client client{cluster};
};

BOOST_FIXTURE_TEST_CASE(of_a_stream_that_nobody_owns_gives_the_first_term,
                        bench) {
  claims one{settings("one"), client};
  const auto ours = claim(one, "c/n/a/g");
  BOOST_REQUIRE(ours.size() == 1U);
  BOOST_TEST(ours[0].stream == "c/n/a/g");
  BOOST_TEST(ours[0].term == 1U);
  BOOST_TEST(ours[0].positions.empty());
  BOOST_TEST(!one.busy());
}

BOOST_FIXTURE_TEST_CASE(of_ones_own_stream_disturbs_nobody, bench) {
  claims one{settings("one"), client};
  static_cast<void>(claim(one, "c/n/a/g"));
  auto mine = *client.make_producer(one.own_lane("c/n/a/g") + "-0");
  static_cast<void>(mine->init(slice));
  BOOST_TEST(claim(one, "c/n/a/g").at(0).term == 1U);
  BOOST_TEST(one.count().found == 1U);
  write_position(*mine, "c/n/a/g", 5);
  BOOST_TEST((mine->commit(slice) == step::done));
}

BOOST_FIXTURE_TEST_CASE(fences_both_ids_of_the_holder, bench) {
  claims one{settings("one"), client};
  claims two{settings("two"), client};
  static_cast<void>(claim(one, "c/n/a/g"));
  std::vector<std::unique_ptr<kafka_producer>> ids;
  for (const char* id : {"-0", "-1"}) {
    ids.push_back(*client.make_producer(one.own_lane("c/n/a/g") + id));
    static_cast<void>(ids.back()->init(slice));
  }
  write_position(*ids[0], "c/n/a/g", 5);
  BOOST_REQUIRE(ids[0]->commit(slice) == step::done);
  write_position(*ids[1], "c/n/a/g", 9);
  const auto ours = claim(two, "c/n/a/g");
  BOOST_TEST(ours.at(0).term == 2U);
  BOOST_TEST(ours.at(0).positions.at(origin{"o"}).at.offset == 5U);
  for (const auto& id : ids) {
    BOOST_TEST((id->commit(slice) == step::failed));
    BOOST_TEST(id->state().fenced);
  }
}

BOOST_FIXTURE_TEST_CASE(takes_all_that_one_holder_has_in_one_go, bench) {
  claims one{settings("one"), client};
  claims two{settings("two"), client};
  for (const char* stream : {"a", "b", "c"})
    static_cast<void>(claim(one, stream));
  for (const char* stream : {"a", "b", "c"})
    two.want(stream);
  BOOST_TEST((*finish(two)).size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(that_another_overtakes_begins_anew, bench) {
  claims one{settings("one"), client};
  claims two{settings("two"), client};
  claims three{settings("three"), client};
  static_cast<void>(claim(one, "s"));
  two.want("s");
  // It has fenced the holder and read; then a faster one does the same.
  for (int i = 0; i < 4; ++i)
    BOOST_TEST((*two.advance(slice)).empty());
  BOOST_TEST(claim(three, "s").at(0).term == 2U);
  BOOST_TEST(!finish(two));
  BOOST_TEST(two.count().lost == 1U);
  BOOST_TEST(two.busy());
  const auto ours = finish(two);
  BOOST_REQUIRE(ours);
  BOOST_TEST(ours->at(0).term == 3U);
}

BOOST_AUTO_TEST_CASE(whose_outcome_is_unknown_is_settled_by_the_next) {
  // Every commit is done, and no answer arrives.
  bench b{{1'000, 0, 0, 0, 0}};
  claims one{b.settings("one"), b.client};
  one.want("s");
  BOOST_TEST(!b.finish(one));
  const auto ours = b.finish(one);
  BOOST_REQUIRE(ours);
  BOOST_TEST(ours->at(0).term == 1U);
  BOOST_TEST(one.count().unclear == 1U);
  BOOST_TEST(one.count().found == 1U);
}

BOOST_FIXTURE_TEST_CASE(that_nobody_waits_for_is_not_begun, bench) {
  claims one{settings("one"), client};
  one.want("s");
  one.forget("s");
  BOOST_TEST(!one.busy());
  BOOST_TEST((*one.advance(slice)).empty());
  BOOST_TEST(one.table().all().empty());
}

BOOST_FIXTURE_TEST_CASE(stops_at_an_owner_that_cannot_be_read, bench) {
  auto p = *client.make_producer("");
  BOOST_REQUIRE(p->produce_position(0, ownership_key("s", "a/k"), "\1damage"));
  BOOST_REQUIRE(p->flush(slice) == step::done);
  claims one{settings("one"), client};
  one.want("s");
  const auto ours = finish(one);
  BOOST_REQUIRE(!ours);
  BOOST_TEST((ours.error().kind == errc::state_corrupt));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_table_of_streams)

namespace {

void take(stream_table& table, const std::string& key,
          const std::string& value) {
  table.take({0, 0, key, value});
}

} // namespace

BOOST_AUTO_TEST_CASE(gives_back_each_owner_and_refuses_damage) {
  const ownership o{7, "sluice.c/n/a/k.0", "n:4455"};
  const auto bytes = encode(o);
  BOOST_TEST((*decode_ownership(bytes) == o));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    BOOST_TEST(!decode_ownership(damaged));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    BOOST_TEST(!decode_ownership(bytes.substr(0, size)));
  BOOST_TEST(!decode_ownership(bytes + "x"));
  auto newer = bytes;
  newer[0] = 2;
  BOOST_TEST((decode_ownership(newer).error().kind == errc::unsupported));
}

BOOST_AUTO_TEST_CASE(knows_the_last_record_of_each_key) {
  stream_table table{"a/k"};
  stored_position p;
  p.at.offset = 5;
  take(table, ownership_key("s|1", "a/k"), encode(ownership{1, "l", "x"}));
  take(table, ownership_key("s|1", "a/k"), encode(ownership{2, "m", "y"}));
  take(table, stream_position_key("s|1", origin{"o|"}, "a/k"), encode(p));
  take(table, stream_position_key("s|1", origin{"gone"}, "a/k"), encode(p));
  take(table, stream_position_key("s|1", origin{"gone"}, "a/k"), "");
  BOOST_TEST(table.of("s|1").own.term == 2U);
  BOOST_TEST(table.of("s|1").own.lane == "m");
  BOOST_TEST((table.of("s|1").positions == position_map{{origin{"o|"}, p}}));
  BOOST_TEST(table.of("other").own.term == 0U);
}

BOOST_AUTO_TEST_CASE(leaves_other_sinks_and_records_alone) {
  stream_table table{"a/k"};
  take(table, ownership_key("s", "a/other"), "whatever");
  take(table, "pos|s|o|a/other", "whatever");
  take(table, "pos|s", "whatever");
  take(table, "meta", "whatever");
  take(table, "n|s|0", "whatever");
  BOOST_TEST(table.all().empty());
  BOOST_TEST(!table.damage().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_gate_of_a_lane)

namespace {

lane_gate gate_of(const ownership& s) {
  stream_table table{"a/k"};
  table.take({0, 0, ownership_key("s", "a/k"), encode(s)});
  lane_gate gate;
  gate.restart(table, "mine");
  return gate;
}

} // namespace

BOOST_AUTO_TEST_CASE(lets_in_only_what_its_lane_owns_under_its_term) {
  const auto gate = gate_of({3, "mine", "x"});
  BOOST_TEST(gate.allows("s", 3));
  BOOST_TEST(!gate.allows("s", 2));
  BOOST_TEST(!gate.allows("s", 4));
  BOOST_TEST(!gate.allows("unknown", 0));
  BOOST_TEST(!gate_of({3, "another", "x"}).allows("s", 3));
}

BOOST_AUTO_TEST_CASE(adopts_a_higher_term_than_it_has_read) {
  auto gate = gate_of({3, "another", "x"});
  BOOST_TEST(gate.adopt("s", 4));
  BOOST_TEST(gate.allows("s", 4));
  BOOST_TEST(gate.adopt("new", 1));
}

BOOST_AUTO_TEST_CASE(ignores_an_adoption_that_comes_late) {
  auto gate = gate_of({3, "another", "x"});
  BOOST_TEST(!gate.adopt("s", 2));
  BOOST_TEST(!gate.allows("s", 2));
  // Its own reading is newer than what the claimer saw.
  auto mine = gate_of({3, "mine", "x"});
  BOOST_TEST(!mine.adopt("s", 3));
  BOOST_TEST(mine.allows("s", 3));
}

BOOST_AUTO_TEST_CASE(keeps_out_what_was_given_up) {
  auto gate = gate_of({3, "mine", "x"});
  gate.give_up("s");
  BOOST_TEST(!gate.allows("s", 3));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::claims_test
