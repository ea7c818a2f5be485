// The lane on the double: each line once, in order, whatever breaks. The bugs
// that these cases must catch are in tests/mutants.txt.
#include "actors/core/base/failpoint.hpp"
#include "tests/core/kafka/lane_world.hpp"

#include <cstdlib>

using namespace sluice;

namespace sluice::lane_test {

struct tally {
  std::uint64_t wrong = 0;
  std::uint64_t first_wrong = 0;
  std::uint64_t aborted = 0;
  std::uint64_t fenced = 0;
  std::uint64_t early_positions = 0;
};

tally run_seeds(std::uint64_t seeds) {
  tally t;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    world w{seed, {40, 40, 60, 30, 20}};
    std::mt19937_64 random{seed};
    w.cluster.before_load = w.cluster.after_load = [&] {
      if (random() % 4 == 0)
        w.wake_stale();
    };
    const bool done = w.run(random, 8);
    w.cluster.before_load = w.cluster.after_load = nullptr;
    w.stale.reset();
    if (!done || w.committed() != expected_lines()) {
      BOOST_TEST_MESSAGE("seed " << seed << (done ? ": log" : ": gave up: ")
                                 << w.gave_up);
      t.first_wrong = t.wrong++ == 0 ? seed : t.first_wrong;
    }
    t.aborted += w.cluster.aborted;
    t.fenced += w.cluster.fenced;
    t.early_positions += w.cluster.early_positions;
  }
  return t;
}

/// SLUICE_LANE_SEEDS=N, or 2000: a night's run takes more.
std::uint64_t seeds_wanted() {
  const char* wanted = std::getenv("SLUICE_LANE_SEEDS");
  return wanted == nullptr ? 2'000 : std::strtoull(wanted, nullptr, 10);
}

} // namespace sluice::lane_test

using namespace sluice::kafka_lines;
using namespace sluice::lane_test;

BOOST_AUTO_TEST_SUITE(kafka_lane)

BOOST_AUTO_TEST_CASE(each_line_is_committed_once_in_order_whatever_breaks) {
  const auto t = run_seeds(seeds_wanted());
  BOOST_TEST_MESSAGE("aborted " << t.aborted << ", fenced " << t.fenced);
  BOOST_TEST(t.wrong == 0U, t.wrong << " wrong, first seed " << t.first_wrong);
  BOOST_TEST(t.aborted > 0U);
  BOOST_TEST(t.fenced > 0U);
  BOOST_TEST(t.early_positions == 0U);
}

BOOST_AUTO_TEST_CASE(positions_behind_an_open_transaction_are_waited_for) {
  world w{1};
  auto first = w.make(*w.memory);
  BOOST_REQUIRE(first->start());
  // Another lane's transaction stays open before ours in the partition.
  auto other = std::move(*w.client.make_producer("another"));
  BOOST_REQUIRE((other->init({}) == step::done));
  BOOST_REQUIRE((other->begin() == step::done));
  for (std::int32_t p = 0; p < 4; ++p)
    BOOST_REQUIRE(other->produce_position(p, "n|x|0", "?"));
  BOOST_REQUIRE((other->flush({}) == step::done));
  BOOST_REQUIRE(first->transact({lines_from(0, 5)}));
  BOOST_REQUIRE(first->settle(std::chrono::seconds{5}));
  first.reset();
  auto found = w.make(*w.memory)->start();
  BOOST_REQUIRE(found);
  BOOST_TEST((*found)[origin{"o"}].at.offset == 5 * line_bytes);
}

BOOST_AUTO_TEST_CASE(a_position_that_cannot_be_read_names_the_command) {
  world w{1};
  std::mt19937_64 random{1};
  BOOST_REQUIRE(w.run(random, 0));
  w.write_position("?");
  auto again = w.make(*w.memory)->start();
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error().kind == errc::state_corrupt));
  BOOST_TEST(again.error().text.find("forget " + w.settings.route.value())
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_damaged_is_whole_after_a_later_good_record) {
  for (const auto& mended : {std::optional<std::string>{},
                             std::optional{encode(stored_position{})}}) {
    world w{1};
    std::mt19937_64 random{1};
    BOOST_REQUIRE(w.run(random, 0));
    w.write_position("?");
    w.write_position(mended);
    BOOST_TEST(static_cast<bool>(w.make(*w.memory)->start()));
  }
}

BOOST_AUTO_TEST_CASE(an_emptied_positions_topic_is_not_a_first_start) {
  world w{1};
  std::mt19937_64 random{1};
  BOOST_REQUIRE(w.run(random, 0));
  w.cluster.empty_positions();
  auto again = w.make(*w.memory)->start();
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error().kind == errc::state_lost));
}

BOOST_AUTO_TEST_CASE(sinks_of_two_clusters_share_a_state_directory) {
  world here{1};
  world there{2};
  there.cluster.cluster_id = "another";
  there.settings.state_directory = here.settings.state_directory;
  there.settings.route = route_id{"c/n/a/t"};
  std::mt19937_64 random{1};
  for (int life = 0; life < 2; ++life) {
    BOOST_TEST(here.run(random, 0), here.gave_up);
    BOOST_TEST(there.run(random, 0), there.gave_up);
    here.new_process();
    there.new_process();
  }
  BOOST_TEST((here.committed() == expected_lines()));
  BOOST_TEST((there.committed() == expected_lines()));
}

BOOST_AUTO_TEST_CASE(another_cluster_is_not_taken_for_the_one_that_was) {
  world w{1};
  std::mt19937_64 random{1};
  BOOST_REQUIRE(w.run(random, 0));
  w.cluster.cluster_id = "another";
  w.new_process();
  auto again = w.make(*w.memory)->start();
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error().kind == errc::state_lost));
}

BOOST_AUTO_TEST_CASE(a_fenced_lane_yields_to_another_process) {
  for (const bool refuses : {false, true}) {
    world w{1};
    w.cluster.fencing_refuses = refuses;
    auto mine = w.make(*w.memory);
    BOOST_REQUIRE(mine->start());
    BOOST_REQUIRE(mine->settle(std::chrono::seconds{5}));
    lane_memory others;
    auto theirs = w.make(others);
    BOOST_REQUIRE(theirs->start());
    BOOST_REQUIRE(theirs->settle(std::chrono::seconds{5}));
    static_cast<void>(mine->transact({lines_from(0, 1)}));
    static_cast<void>(mine->settle(std::chrono::seconds{5}));
    auto again = w.make(*w.memory)->start();
    BOOST_REQUIRE(!again);
    BOOST_TEST((again.error().kind == errc::identity));
  }
}

BOOST_AUTO_TEST_CASE(what_a_dead_predecessor_left_open_is_counted) {
  world w{1};
  auto first = w.make(*w.memory);
  BOOST_REQUIRE(first->start());
  BOOST_REQUIRE(first->settle(std::chrono::seconds{5}));
  BOOST_TEST(first->statistics().aborted == 0U);
  first.reset();
  // It was killed in the midst of its second transaction.
  const auto facts = w.client.describe(std::chrono::seconds{1});
  BOOST_REQUIRE(facts);
  auto dead
    = std::move(*w.client.make_producer(transactional_id(w.settings, 1)));
  BOOST_REQUIRE((dead->init({}) == step::done));
  BOOST_REQUIRE((dead->begin() == step::done));
  BOOST_REQUIRE(dead->produce_position(
    positions_partition(w.settings.route.value(), facts->positions_partitions),
    mark_key(w.settings.route, 0), encode_mark({2, 99})));
  BOOST_REQUIRE((dead->flush({}) == step::done));
  auto second = w.make(*w.memory);
  BOOST_REQUIRE(second->start());
  BOOST_TEST(second->statistics().aborted == 1U);
  BOOST_TEST(second->statistics().fenced == 1U);
  BOOST_REQUIRE(second->settle(std::chrono::seconds{5}));
  second.reset();
  auto third = w.make(*w.memory);
  BOOST_REQUIRE(third->start());
  BOOST_TEST(third->statistics().aborted == 0U);
}

#if defined(SLUICE_FAILPOINTS)
BOOST_AUTO_TEST_CASE(what_is_thrown_around_a_commit_ends_no_process) {
  for (const std::string point :
       {"kafka.after_init", "kafka.after_load", "kafka.after_begin",
        "kafka.mid_produce", "kafka.before_positions", "kafka.before_commit",
        "kafka.after_commit"}) {
    world w{1};
    unsigned thrown = 0;
    fault::arm(point + "=1*throw");
    for (int life = 0; life < 3 && w.committed() != expected_lines(); ++life)
      try {
        std::mt19937_64 random{1};
        w.run(random, 0);
      } catch (const std::exception&) {
        ++thrown; // to the actor that drives the lane
      }
    fault::arm("");
    BOOST_TEST((w.committed() == expected_lines()), point);
    BOOST_TEST((thrown == 1)
                 == (point.find("commit") == std::string::npos
                     && !point.ends_with("positions")),
               point);
  }
}
#endif

BOOST_AUTO_TEST_CASE(a_refused_record_becomes_one_dead_letter) {
  world w{1};
  w.cluster.refused_prefix = line_of(17);
  std::vector<std::string> dead;
  w.hooks.dead_letters = [&](const undeliverable& d) -> result<void> {
    dead.emplace_back(d.body);
    return {};
  };
  std::mt19937_64 random{1};
  BOOST_REQUIRE(w.run(random, 0));
  auto wanted = expected_lines();
  wanted.erase(wanted.begin() + 17);
  BOOST_TEST((w.committed() == wanted));
  BOOST_REQUIRE(!dead.empty());
  BOOST_TEST(dead.front() == line_of(17));
}

BOOST_AUTO_TEST_CASE(a_record_larger_than_the_topic_takes_is_a_dead_letter) {
  for (const auto policy : {poison_policy::dead_letter, poison_policy::stop}) {
    world w{1};
    w.settings.on_poison = policy;
    const std::string large(w.cluster.max_message_bytes, 'x');
    std::vector<std::string> dead;
    w.hooks.dead_letters = [&](const undeliverable& d) -> result<void> {
      BOOST_TEST((d.kind == undeliverable_kind::too_large));
      BOOST_TEST(d.from == line_bytes);
      BOOST_TEST(d.to == line_bytes + large.size() + 1);
      dead.emplace_back(d.body);
      return {};
    };
    const auto l = w.make(*w.memory);
    BOOST_REQUIRE(l->start());
    const auto b = bodies_from(0, {line_of(0), large, line_of(1)});
    const auto sent = l->transact({b});
    const bool settled = sent && l->settle(std::chrono::seconds{5});
    if (policy == poison_policy::stop) {
      BOOST_REQUIRE(!sent);
      BOOST_TEST((sent.error().kind == errc::config));
      BOOST_TEST(sent.error().text.find("max.message.bytes")
                   != std::string::npos,
                 sent.error().text);
      BOOST_TEST(w.committed().empty());
      continue;
    }
    // Its neighbours are delivered, it is counted and kept.
    BOOST_TEST(settled);
    BOOST_TEST((w.committed() == std::vector{line_of(0), line_of(1)}));
    BOOST_TEST((dead == std::vector{large}));
  }
}

BOOST_AUTO_TEST_CASE(murmur2_gives_the_values_of_kafkas_own_client) {
  BOOST_TEST(static_cast<std::int32_t>(murmur2("21")) == -973932308);
  BOOST_TEST(static_cast<std::int32_t>(murmur2("foobar")) == -790332482);
}

BOOST_AUTO_TEST_SUITE_END()
