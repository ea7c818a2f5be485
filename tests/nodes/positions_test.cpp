// `sluice positions` on a state directory and a Kafka in memory.
#include "nodes/positions.hpp"

#include "actors/core/event/codec.hpp"
#include "actors/core/kafka/positions_edit.hpp"
#include "actors/core/store/position_store.hpp"
#include "config/read_config.hpp"
#include "tests/core/kafka/kafka_double.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

namespace sluice::positions_test {

const route_id file_route{"default/n1/a/file"};
const route_id bus_route{"default/n1/a/bus"};

stored_position at(std::uint64_t offset) {
  stored_position p;
  p.at.offset = offset;
  p.proof.size = offset;
  p.proof.path = "/var/log/app.log";
  return p;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A node with a followed file, a logger `file` and a Kafka sink `bus`.
struct node_at_rest {
  node_at_rest() {
    std::string name
      = (std::filesystem::temp_directory_path() / "sluice-node-XXXXXX")
          .string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    dir = name;
    state = dir + "/n1";
    static_cast<void>(lock());
    auto slots = position_store::open(
      {.base = state + "/a-file.slots", .output_path = {}});
    BOOST_REQUIRE(slots);
    BOOST_REQUIRE(slots->start("output", 77));
    BOOST_REQUIRE(slots->commit({77, {{origin{"f"}, at(50)}}, {}}));
    start_points points;
    points.source = "s";
    points.routes = {file_route.value(), bus_route.value()};
    points.origins[origin{"f"}] = at(10);
    BOOST_REQUIRE(write_start_file(state + "/start-a-s", points));
    commit_to_topic();
    BOOST_REQUIRE(write_seen(state, {{mark_key(bus_route, 0), {"double", 7}}}));
  }
  ~node_at_rest() {
    std::filesystem::remove_all(dir);
  }

  result<state_lock> lock() const {
    return state_lock::take(
      {.directory = state, .node = "n1", .machine_id = {}});
  }

  void commit_to_topic() {
    kafka_settings s;
    s.route = bus_route;
    double_client client{cluster};
    auto p = std::move(*client.make_producer(transactional_id(s, 0)));
    const auto partition = positions_partition(bus_route.value(), 4);
    BOOST_REQUIRE((p->init({}) == step::done));
    BOOST_REQUIRE((p->begin() == step::done));
    BOOST_REQUIRE(p->produce_position(partition, mark_key(bus_route, 0),
                                      encode_mark({7, 42})));
    BOOST_REQUIRE(p->produce_position(
      partition, position_key(bus_route, origin{"f"}), encode(at(60))));
    BOOST_REQUIRE((p->commit({}) == step::done));
  }

  /// With these names for the agent and its sinks.
  offline_node open(const std::string& agent = "a",
                    const std::string& file = "file",
                    const std::string& bus = "bus") {
    const auto text = R"({"agents": {")" + agent + R"(": {
      "sources": {"s": {"type": "taildir", "channels": ["c", "d"],
                        "groups": {"g": ")"
                      + dir + R"(/app.log"}}},
      "channels": {"c": {"type": "memory"}, "d": {"type": "memory"}},
      "sinks": {")" + file
                      + R"(": {"type": "logger", "channel": "c"},
                ")" + bus
                      + R"(": {"type": "kafka", "brokers": "h:9092",
                               "topic": "t", "channel": "d"}}}}})";
    std::ofstream{dir + "/node.json"} << text;
    auto read = config::read_json(dir + "/node.json", {}, {});
    for (const auto& found : read.found.all())
      BOOST_TEST_MESSAGE(config::to_string(found));
    BOOST_REQUIRE(read.usable());
    command_line line;
    line.file = dir + "/node.json";
    line.node = "n1";
    line.state_dir = dir;
    auto node = offline_node::open(
      read.config, line,
      [this](const auto&) -> result<std::unique_ptr<kafka_client>> {
        return std::unique_ptr<kafka_client>{
          std::make_unique<double_client>(cluster)};
      });
    if (!node)
      BOOST_FAIL(node.error().text);
    return std::move(*node);
  }

  position_map slots_of(const std::string& sink) const {
    auto store = position_store::open(
      {.base = state + "/" + sink + ".slots", .output_path = {}});
    BOOST_REQUIRE(store);
    return store->content().positions;
  }

  topic_route topic_of(const route_id& route) {
    double_client client{cluster};
    auto all = read_topic_routes({}, client);
    BOOST_REQUIRE(all);
    return (*all)[route];
  }

  std::vector<std::string> started(const std::string& file) const {
    auto points = read_start_file(state + "/" + file);
    BOOST_REQUIRE(points);
    return *points ? (*points)->routes : std::vector<std::string>{"no file"};
  }

  seen_guard seen() const {
    auto guard = read_seen(state);
    BOOST_REQUIRE((guard && *guard));
    return **guard;
  }

  std::string dir;
  std::string state;
  kafka_double cluster{1, {}};
};

BOOST_FIXTURE_TEST_SUITE(positions_command, node_at_rest)

BOOST_AUTO_TEST_CASE(show_has_every_place_and_what_it_says) {
  const auto shown = show_positions(open(), false);
  BOOST_TEST(!shown.trouble);
  for (const auto* part :
       {"route default/n1/a/file\n", "a-file.slots.{a,b}: 1 position",
        "route default/n1/a/bus\n", "_sluice_positions on h:9092: 1 position",
        "lane 0: 7 transactions", "start of source s", "cluster double",
        "/var/log/app.log"})
    BOOST_TEST(has(shown.text, part), part << " is missing in " << shown.text);
}

BOOST_AUTO_TEST_CASE(show_as_json_has_the_same) {
  const auto shown = show_positions(open(), true);
  for (const auto* part :
       {R"("route": "default/n1/a/file")", R"("offset": 50)", R"("offset": 60)",
        R"("offset": 10)", R"("cluster": "double")"})
    BOOST_TEST(has(shown.text, part), part << " is missing in " << shown.text);
}

BOOST_AUTO_TEST_CASE(show_names_what_no_sink_has_any_more) {
  const auto shown = show_positions(open("a", "new", "newbus"), false);
  BOOST_TEST(has(shown.text, "route default/n1/a/file (no sink of the conf"));
  BOOST_TEST(has(shown.text, "route default/n1/a/bus (no sink of the conf"));
  BOOST_TEST(has(shown.text, "route default/n1/a/new\n"));
}

BOOST_AUTO_TEST_CASE(show_says_what_cannot_be_read_and_shows_the_rest) {
  std::ofstream{state + "/start-a-s"} << "nonsense";
  const auto shown = show_positions(open(), false);
  BOOST_REQUIRE(shown.trouble);
  BOOST_TEST((shown.trouble->kind == errc::state_corrupt));
  BOOST_TEST(has(shown.text, "route default/n1/a/file\n"));
}

BOOST_AUTO_TEST_CASE(a_renamed_sink_of_slots_keeps_its_output_and_positions) {
  const route_id to{"default/n1/a/out"};
  const auto done = rename_positions(open("a", "out", "bus"), file_route, to);
  BOOST_TEST(!done.trouble);
  BOOST_TEST(slots_of("a-file").empty());
  BOOST_TEST(!std::filesystem::exists(state + "/a-file.slots.a"));
  BOOST_TEST(slots_of("a-out").at(origin{"f"}).at.offset == 50U);
  auto store
    = position_store::open({.base = state + "/a-out.slots", .output_path = {}});
  BOOST_REQUIRE(store);
  BOOST_TEST(store->content().output == "output");
  BOOST_TEST(store->content().length == 77U);
  const std::vector<std::string> routes{bus_route.value(), to.value()};
  BOOST_TEST(started("start-a-s") == routes);
}

BOOST_AUTO_TEST_CASE(a_renamed_kafka_sink_takes_its_guard_along) {
  const route_id to{"default/n1/a/queue"};
  const auto done = rename_positions(open("a", "file", "queue"), bus_route, to);
  BOOST_TEST(!done.trouble);
  BOOST_TEST(topic_of(bus_route).empty());
  BOOST_TEST(topic_of(to).positions.at(origin{"f"}).at.offset == 60U);
  BOOST_TEST(seen().at(mark_key(to, 0)).ordinal
             == topic_of(to).lanes.at(0).ordinal);
  BOOST_TEST(!seen().contains(mark_key(bus_route, 0)));
}

BOOST_AUTO_TEST_CASE(a_rename_that_was_cut_short_is_finished_by_the_next) {
  const route_id to{"default/n1/a/queue"};
  double_client client{cluster};
  // Dead behind the first of its steps.
  BOOST_REQUIRE(rename_route({}, client, bus_route, to));
  BOOST_TEST(
    !rename_positions(open("a", "file", "queue"), bus_route, to).trouble);
  BOOST_TEST(seen().at(mark_key(to, 0)).ordinal == 8U);
  const std::vector<std::string> routes{file_route.value(), to.value()};
  BOOST_TEST(started("start-a-s") == routes);
  // Dead between the copy of the slots and the end of the old ones.
  const route_id out{"default/n1/a/out"};
  std::filesystem::copy_file(state + "/a-file.slots.a", dir + "/kept");
  BOOST_TEST(
    !rename_positions(open("a", "out", "queue"), file_route, out).trouble);
  std::filesystem::copy_file(dir + "/kept", state + "/a-file.slots.a");
  BOOST_TEST(
    !rename_positions(open("a", "out", "queue"), file_route, out).trouble);
  BOOST_TEST(slots_of("a-out").at(origin{"f"}).at.offset == 50U);
  BOOST_TEST(!std::filesystem::exists(state + "/a-file.slots.a"));
}

BOOST_AUTO_TEST_CASE(a_renamed_agent_takes_the_start_file_with_its_last_route) {
  const auto node = open("b", "file", "bus");
  BOOST_TEST(
    !rename_positions(node, file_route, route_id{"default/n1/b/file"}).trouble);
  BOOST_TEST(started("start-b-s").front() == "no file");
  BOOST_TEST(
    !rename_positions(node, bus_route, route_id{"default/n1/b/bus"}).trouble);
  BOOST_TEST(started("start-b-s").size() == 2U);
  BOOST_TEST(started("start-a-s").front() == "no file");
}

BOOST_AUTO_TEST_CASE(a_rename_of_nothing_or_onto_something_is_refused) {
  const auto node = open();
  const auto unknown = rename_positions(node, route_id{"default/n1/a/x"},
                                        route_id{"default/n1/a/y"});
  BOOST_REQUIRE(unknown.trouble);
  BOOST_TEST(has(unknown.trouble->text, "nothing is known"));
  const auto no_route = rename_positions(node, bus_route, route_id{"queue"});
  BOOST_REQUIRE(no_route.trouble);
  BOOST_TEST(has(no_route.trouble->text, "CLUSTER/NODE/AGENT/SINK"));
  auto other
    = position_store::open({.base = state + "/a-out.slots", .output_path = {}});
  BOOST_REQUIRE(other->start("", 0));
  BOOST_REQUIRE(other->commit({0, {{origin{"g"}, at(1)}}, {}}));
  const auto onto
    = rename_positions(node, file_route, route_id{"default/n1/a/out"});
  BOOST_REQUIRE(onto.trouble);
  BOOST_TEST(has(onto.trouble->text, "positions of its own"));
  BOOST_TEST(slots_of("a-file").at(origin{"f"}).at.offset == 50U);
}

BOOST_AUTO_TEST_CASE(a_forgotten_route_keeps_its_output_and_its_start) {
  BOOST_TEST(!forget_positions(open(), file_route, {}).trouble);
  auto store = position_store::open(
    {.base = state + "/a-file.slots", .output_path = {}});
  BOOST_REQUIRE(store);
  BOOST_TEST(store->content().positions.empty());
  BOOST_TEST(store->content().output == "output");
  BOOST_TEST(store->content().length == 77U);
  BOOST_TEST(started("start-a-s").size() == 2U);
  BOOST_TEST(topic_of(bus_route).positions.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_forgotten_kafka_route_is_forgotten_by_the_guard_too) {
  BOOST_TEST(!forget_positions(open(), bus_route, {}).trouble);
  BOOST_TEST(topic_of(bus_route).empty());
  BOOST_TEST(seen().empty());
  BOOST_TEST(slots_of("a-file").size() == 1U);
}

BOOST_AUTO_TEST_CASE(one_origin_is_forgotten_alone) {
  BOOST_TEST(!forget_positions(open(), bus_route, origin{"f"}).trouble);
  BOOST_TEST(topic_of(bus_route).positions.empty());
  BOOST_TEST(topic_of(bus_route).lanes.at(0).ordinal == 8U);
  const auto unknown = forget_positions(open(), bus_route, origin{"f"});
  BOOST_REQUIRE(unknown.trouble);
  BOOST_TEST(has(unknown.trouble->text, "nothing is known of f of route"));
}

BOOST_AUTO_TEST_CASE(an_added_route_stands_in_the_start_file_once) {
  const route_id fresh{"default/n1/a/out"};
  const auto node = open("a", "out", "bus");
  BOOST_TEST(!add_route(node, fresh).trouble);
  BOOST_TEST(!add_route(node, fresh).trouble);
  const std::vector<std::string> routes{file_route.value(), bus_route.value(),
                                        fresh.value()};
  BOOST_TEST(started("start-a-s") == routes);
  BOOST_TEST(
    add_route(node, route_id{"default/n1/a/none"}).trouble.has_value());
}

BOOST_AUTO_TEST_CASE(a_lost_start_file_is_made_anew_with_every_route) {
  std::filesystem::remove(state + "/start-a-s");
  BOOST_TEST(!add_route(open(), bus_route).trouble);
  const std::vector<std::string> routes{file_route.value(), bus_route.value()};
  BOOST_TEST(started("start-a-s") == routes);
  BOOST_TEST((*read_start_file(state + "/start-a-s"))->origins.empty());
}

BOOST_AUTO_TEST_CASE(a_start_file_that_no_route_confirmed_is_made_anew) {
  start_points looked;
  looked.source = "s";
  looked.origins[origin{"f"}] = {{0, 7}, {}};
  BOOST_REQUIRE(write_start_file(state + "/start-a-s", looked));
  BOOST_TEST(!add_route(open(), bus_route).trouble);
  const std::vector<std::string> routes{file_route.value(), bus_route.value()};
  BOOST_TEST(started("start-a-s") == routes);
  BOOST_TEST((*read_start_file(state + "/start-a-s"))->origins.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::positions_test
