// Kafka without transactions, on the double: nothing lost, whatever breaks.
#include "actors/sink/idempotent.hpp"

#include "actors/core/event/progress.hpp"
#include "actors/core/kafka/positions_topic.hpp"
#include "tests/core/kafka/kafka_double.hpp"
#include "tests/core/kafka/lines.hpp"
#include "tests/core/store/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace sluice;
using namespace sluice::kafka_lines;

namespace sluice::idempotent_test {

struct world {
  explicit world(std::uint64_t seed, double_faults faults = {})
    : cluster(seed, faults) {
    parts.settings.route = route_id{"c/n/a/s"};
    parts.settings.transactions = false;
    parts.settings.state_directory = state.path("");
    parts.slots = state.path("a-s.slots");
    parts.poison = std::make_shared<poison_memory>();
    parts.connect = [this]() -> result<std::unique_ptr<kafka_client>> {
      return std::unique_ptr<kafka_client>{
        std::make_unique<double_client>(cluster)};
    };
  }

  /// Offset of the next line by the store's own word, or why it did not open.
  result<std::uint64_t> open(std::unique_ptr<batch_store>& into) {
    into = make_idempotent_store(parts);
    auto found = into->open();
    if (!found)
      return found.error();
    return (*found)[origin{"o"}].at.offset;
  }

  result<void> send(batch_store& s, std::uint64_t from, std::uint64_t count) {
    const auto b = lines_from(from, count);
    if (auto ok = s.write(b); !ok)
      return ok;
    position_map ends;
    collect_ends(*b, ends);
    return s.commit(ends);
  }

  /// One life: sends from where the store stands until something breaks.
  bool live() {
    std::unique_ptr<batch_store> store;
    auto at = open(store);
    while (at && *at < lines_total * line_bytes) {
      const auto n = std::min<std::uint64_t>(3, lines_total - *at / line_bytes);
      if (!send(*store, *at, n))
        return false;
      *at += n * line_bytes;
    }
    return static_cast<bool>(at);
  }

  std::vector<std::string> arrived() {
    auto all = cluster.committed(0);
    const auto more = cluster.committed(1);
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  store_test::scratch state;
  kafka_double cluster;
  idempotent_parts parts;
};

/// The lines in the order in which each came first.
std::vector<std::string> first_of_each(const std::vector<std::string>& all) {
  std::set<std::string> seen;
  std::vector<std::string> out;
  for (const auto& line : all)
    if (seen.insert(line).second)
      out.push_back(line);
  return out;
}

} // namespace sluice::idempotent_test

using namespace sluice::idempotent_test;

BOOST_AUTO_TEST_SUITE(kafka_without_transactions)

BOOST_AUTO_TEST_CASE(each_line_arrives_once_while_nothing_fails) {
  world w{1};
  BOOST_REQUIRE(w.live());
  BOOST_TEST((w.arrived() == expected_lines()));
  BOOST_REQUIRE(w.live());
  BOOST_TEST((w.arrived() == expected_lines()), "a second life repeated");
}

BOOST_AUTO_TEST_CASE(every_line_arrives_whatever_is_lost_on_the_way) {
  std::size_t repeated = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    world w{seed, {.lost_produce = 60}};
    int lives = 1;
    while (!w.live() && lives < 100)
      ++lives;
    const auto all = w.arrived();
    BOOST_TEST((first_of_each(all) == expected_lines()), "seed " << seed);
    repeated += all.size() - expected_lines().size();
  }
  BOOST_TEST_MESSAGE(repeated << " lines came again");
}

BOOST_AUTO_TEST_CASE(positions_do_not_move_when_they_cannot_be_written) {
  world w{1};
  std::unique_ptr<batch_store> store;
  BOOST_REQUIRE(w.open(store));
  BOOST_REQUIRE(w.send(*store, 0, 5));
  fault::arm("kafka.before_local_positions=1*throw");
  BOOST_CHECK_THROW(static_cast<void>(w.send(*store, 5 * line_bytes, 5)),
                    std::exception);
  fault::arm("");
  // They had arrived; what is not known to be committed comes again.
  const auto at = w.open(store);
  BOOST_REQUIRE(at);
  BOOST_TEST(*at == 5 * line_bytes);
  BOOST_TEST(w.arrived().size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_refused_record_is_buried_and_its_neighbours_arrive) {
  world w{1};
  w.cluster.refused_prefix = line_of(17);
  std::vector<std::string> dead;
  w.parts.bury = [&](const undeliverable& d) -> result<void> {
    BOOST_TEST((d.kind == undeliverable_kind::refused));
    dead.emplace_back(d.body);
    return {};
  };
  for (int life = 0; life < 10 && !w.live(); ++life) {
  }
  auto wanted = expected_lines();
  wanted.erase(wanted.begin() + 17);
  BOOST_TEST((first_of_each(w.arrived()) == wanted));
  BOOST_TEST((dead == std::vector<std::string>{line_of(17)}));
}

BOOST_AUTO_TEST_CASE(a_route_that_ran_with_transactions_does_not_begin_anew) {
  world w{1};
  BOOST_REQUIRE(note_seen_lane(w.parts.settings.state_directory,
                               mark_key(w.parts.settings.route, 0), {"c", 7}));
  std::unique_ptr<batch_store> store;
  const auto refused = w.open(store);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().kind == errc::state_lost));
  w.parts.settings.lost_state = lost_state_policy::adopt;
  BOOST_TEST(static_cast<bool>(w.open(store)));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_wait_for_a_cluster_that_is_away) {
  struct silent_client final : kafka_client {
    result<std::unique_ptr<kafka_producer>>
    make_producer(const std::string&) override {
      return failure{errc::config, "nobody asked for facts first"};
    }
    result<topic_facts> describe(std::chrono::milliseconds) override {
      ++asked;
      return failure{errc::unavailable, "nobody there"};
    }
    result<std::unique_ptr<topic_reader>> open_positions(isolation) override {
      return failure{errc::config, "without transactions nothing is there"};
    }
    int asked = 0;
  };
  world w{1};
  int asked = 0;
  w.parts.connect = []() -> result<std::unique_ptr<kafka_client>> {
    return std::unique_ptr<kafka_client>{std::make_unique<silent_client>()};
  };
  w.parts.stop = [&] { return ++asked == 3; };
  std::unique_ptr<batch_store> store;
  const auto ended = w.open(store);
  BOOST_REQUIRE(!ended);
  BOOST_TEST((ended.error().kind == errc::killed));
  BOOST_TEST(asked == 3);
}

BOOST_AUTO_TEST_SUITE_END()
