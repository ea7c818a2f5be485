// What is changed in the positions topic while the node is down.
#include "actors/core/kafka/positions_edit.hpp"

#include "actors/core/event/codec.hpp"
#include "actors/core/kafka/lane.hpp"
#include "tests/core/kafka/kafka_double.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

namespace sluice::positions_edit_test {

const route_id old_route{"c/n/a/old"};
const route_id new_route{"c/n/a/new"};
const route_id other_route{"c/n/a/other"};

struct topic {
  topic() {
    std::string name
      = (std::filesystem::temp_directory_path() / "sluice-edit-XXXXXX")
          .string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    settings.state_directory = name;
    write(old_route, 7, {{"f|1", 100}, {"f%2", 200}});
    write(other_route, 3, {{"f|1", 10}});
  }
  ~topic() {
    std::filesystem::remove_all(settings.state_directory);
  }

  kafka_settings as(const route_id& route) const {
    auto s = settings;
    s.route = route;
    return s;
  }

  /// Commits this as the route's own lane would.
  void write(const route_id& route, std::uint64_t ordinal,
             const std::map<std::string, std::uint64_t>& offsets) {
    auto p = std::move(*client.make_producer(transactional_id(as(route), 0)));
    BOOST_REQUIRE((p->init({}) == step::done));
    BOOST_REQUIRE((p->begin() == step::done));
    const auto partition = positions_partition(route.value(), 4);
    BOOST_REQUIRE(p->produce_position(partition, mark_key(route, 0),
                                      encode_mark({ordinal, 42})));
    for (const auto& [o, offset] : offsets) {
      stored_position at;
      at.at.offset = offset;
      BOOST_REQUIRE(p->produce_position(
        partition, position_key(route, origin{o}), encode(at)));
    }
    BOOST_REQUIRE((p->flush({}) == step::done));
    BOOST_REQUIRE((p->commit({}) == step::done));
  }

  /// "ordinal: origin offset, …" or "nothing".
  std::string known(const route_id& route) {
    auto all = read_topic_routes(settings, client);
    BOOST_REQUIRE(all);
    if (!all->contains(route))
      return "nothing";
    const auto& r = all->at(route);
    auto out
      = r.lanes.empty() ? "no lane" : std::to_string(r.lanes.at(0).ordinal);
    for (const auto& [o, p] : r.positions)
      out += " " + o.value() + " " + std::to_string(p.at.offset);
    return out;
  }

  std::unique_ptr<lane> start(const route_id& route, lane_memory& memory) {
    return std::make_unique<lane>(as(route), client, memory, lane_hooks{},
                                  ++incarnations);
  }

  kafka_double cluster{1, {}};
  double_client client{cluster};
  kafka_settings settings;
  std::uint64_t incarnations = 100;
};

BOOST_FIXTURE_TEST_SUITE(positions_edit, topic)

BOOST_AUTO_TEST_CASE(every_route_of_the_topic_is_read) {
  BOOST_TEST(known(old_route) == "7 f%2 200 f|1 100");
  BOOST_TEST(known(other_route) == "3 f|1 10");
  BOOST_TEST(known(new_route) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_renamed_route_has_all_that_the_old_one_had) {
  const auto done = rename_route(settings, client, old_route, new_route);
  BOOST_REQUIRE(done);
  BOOST_TEST(done->positions == 2U);
  BOOST_TEST(done->lanes.at(0).ordinal == 8U);
  BOOST_TEST(known(old_route) == "nothing");
  BOOST_TEST(known(new_route) == "8 f%2 200 f|1 100");
  BOOST_TEST(known(other_route) == "3 f|1 10");
}

BOOST_AUTO_TEST_CASE(a_lane_of_the_new_name_goes_on_where_the_old_one_was) {
  BOOST_REQUIRE(rename_route(settings, client, old_route, new_route));
  BOOST_REQUIRE(write_seen(settings.state_directory, {}));
  lane_memory memory;
  const auto lane = start(new_route, memory);
  const auto found = lane->start();
  BOOST_REQUIRE(found);
  BOOST_TEST(found->at(origin{"f|1"}).at.offset == 100U);
}

BOOST_AUTO_TEST_CASE(renaming_twice_is_renaming_once) {
  BOOST_REQUIRE(rename_route(settings, client, old_route, new_route));
  const auto again = rename_route(settings, client, old_route, new_route);
  BOOST_REQUIRE(again);
  BOOST_TEST(again->positions == 0U);
  BOOST_TEST(again->lanes.at(0).ordinal == 8U);
  BOOST_TEST(known(new_route) == "8 f%2 200 f|1 100");
}

BOOST_AUTO_TEST_CASE(a_route_with_positions_is_not_written_over) {
  const auto done = rename_route(settings, client, old_route, other_route);
  BOOST_REQUIRE(!done);
  BOOST_TEST(done.error().text.find("positions of its own")
             != std::string::npos);
  BOOST_TEST(known(old_route) == "7 f%2 200 f|1 100");
  BOOST_TEST(known(other_route) == "3 f|1 10");
}

BOOST_AUTO_TEST_CASE(who_still_runs_is_fenced_and_stops) {
  BOOST_REQUIRE(write_seen(settings.state_directory, {}));
  lane_memory memory;
  auto running = start(old_route, memory);
  BOOST_REQUIRE(running->start());
  BOOST_REQUIRE(running->settle(std::chrono::seconds{5}));
  BOOST_REQUIRE(rename_route(settings, client, old_route, new_route));
  running->finish({origin{"f|1"}});
  BOOST_TEST(!running->settle(std::chrono::seconds{5}));
  running.reset();
  BOOST_TEST(cluster.fenced > 0U);
  const auto again = start(old_route, memory)->start();
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error().kind == errc::state_lost));
  BOOST_TEST(known(new_route) == "9 f%2 200 f|1 100");
}

BOOST_AUTO_TEST_CASE(what_a_dead_process_left_open_is_not_renamed) {
  auto dead
    = std::move(*client.make_producer(transactional_id(as(old_route), 1)));
  BOOST_REQUIRE((dead->init({}) == step::done));
  BOOST_REQUIRE((dead->begin() == step::done));
  BOOST_REQUIRE(dead->produce_position(
    positions_partition(old_route.value(), 4),
    position_key(old_route, origin{"never"}), encode(stored_position{})));
  BOOST_REQUIRE((dead->flush({}) == step::done));
  BOOST_REQUIRE(rename_route(settings, client, old_route, new_route));
  BOOST_TEST(known(new_route) == "8 f%2 200 f|1 100");
}

BOOST_AUTO_TEST_CASE(one_origin_is_forgotten_and_the_lane_stays_known) {
  const auto done = forget_route(settings, client, old_route, origin{"f|1"});
  BOOST_REQUIRE(done);
  BOOST_TEST(done->positions == 1U);
  BOOST_TEST(done->lanes.at(0).ordinal == 8U);
  BOOST_TEST(known(old_route) == "8 f%2 200");
}

BOOST_AUTO_TEST_CASE(a_forgotten_route_leaves_nothing) {
  const auto done = forget_route(settings, client, old_route, {});
  BOOST_REQUIRE(done);
  BOOST_TEST(done->positions == 2U);
  BOOST_TEST(done->lanes.empty());
  BOOST_TEST(known(old_route) == "nothing");
  BOOST_TEST(known(other_route) == "3 f|1 10");
}

BOOST_AUTO_TEST_CASE(forgetting_what_is_not_there_changes_nothing) {
  const auto done
    = forget_route(settings, client, old_route, origin{"unknown"});
  BOOST_REQUIRE(done);
  BOOST_TEST(done->positions == 0U);
  BOOST_TEST(known(old_route) == "7 f%2 200 f|1 100");
  BOOST_TEST(cluster.fenced == 0U);
}

BOOST_AUTO_TEST_CASE(an_unclear_outcome_is_an_error_and_can_be_tried_again) {
  int unclear = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    kafka_double broken{seed, {200, 200, 200, 200, 200}};
    double_client client_of_it{broken};
    // The same content, by a cluster that fails: until it has worked.
    bool done = false;
    while (!done) {
      auto p = std::move(
        *client_of_it.make_producer(transactional_id(as(old_route), 0)));
      stored_position at;
      at.at.offset = 100;
      const auto partition = positions_partition(old_route.value(), 4);
      done = p->init({}) == step::done && p->begin() == step::done
             && p->produce_position(partition, mark_key(old_route, 0),
                                    encode_mark({7, 42}))
             && p->produce_position(
               partition, position_key(old_route, origin{"f"}), encode(at))
             && p->flush({}) == step::done && p->commit({}) == step::done;
    }
    for (int tries = 0; tries < 50; ++tries) {
      if (rename_route(settings, client_of_it, old_route, new_route))
        break;
      ++unclear;
    }
    auto all = read_topic_routes(settings, client_of_it);
    for (int tries = 0; !all && tries < 10; ++tries)
      all = read_topic_routes(settings, client_of_it);
    BOOST_REQUIRE(all);
    BOOST_TEST(!all->contains(old_route));
    BOOST_TEST(all->at(new_route).positions.at(origin{"f"}).at.offset == 100U);
  }
  BOOST_TEST(unclear > 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::positions_edit_test
