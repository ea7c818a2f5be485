// A seeded simulation of whole agents: every byte once, in order, whoever dies.
//
// SLUICE_SIM_SEEDS sets how many seeds each case runs (default 400; ./check
// runs 10,000), SLUICE_SIM_FIRST the first one: a failure is one seed. The
// bugs that these cases must catch are in tests/mutants.txt.
#include "actors/core/base/log.hpp"
#include "tests/simulation/topology.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

namespace sluice::simulation_test {

using namespace sluice::simulation;

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : fallback;
}

scenario one_route() {
  scenario s;
  s.channels = {"c"};
  s.channels_of["s"] = {"c"};
  return s;
}

/// Nobody dies but children, each alone: what a crash of the process or of the
/// supervisor would heal shows.
scenario deaths_of_children() {
  auto s = one_route();
  s.crashes = 0;
  s.supervisor_kills = 0;
  s.steps_max = 6'000;
  return s;
}

/// Two sources, two required channels each, units above the bounds.
scenario two_by_two() {
  scenario s;
  s.channels = {"c", "d"};
  s.channels_of["s"] = {"c", "d"};
  s.channels_of["t"] = {"c", "d"};
  s.channel_bytes = 3000;
  s.lines = 30;
  s.padding_max = 2000;
  return s;
}

/// As above, and a third source that needs only one of the channels; the store
/// of the other is down until all of that source is delivered.
scenario one_store_down() {
  auto s = two_by_two();
  s.channels_of["u"] = {"c"};
  s.store_down = "d";
  s.down_until_delivered = "u";
  return s;
}

outside fill(const scenario& s, std::uint64_t seed) {
  outside world{seed};
  for (const auto& [source, channels] : s.channels_of)
    for (int i = 0; i < 2; ++i) {
      const auto name = source + std::to_string(i);
      world.files[source][origin{name}].content
        = numbered_lines(name, s.lines, s.padding_max, world.dice);
    }
  for (const auto& c : s.channels)
    world.stores[c];
  world.stores_of = s.channels_of;
  // Slowly, or all at once: then a source sends as fast as it may.
  world.growth_max
    = seed % 2 == 0 ? 3 * s.padding_max : s.lines * s.padding_max;
  world.store_down = s.store_down;
  world.down_until_delivered = s.down_until_delivered;
  return world;
}

/// Empty when every store has every line of every file once and in order.
std::string wrong_content(const scenario& s, outside& world) {
  for (const auto& [source, channels] : s.channels_of)
    for (const auto& [o, f] : world.files[source])
      for (const auto& c : channels) {
        std::string got;
        for (const auto& body : world.stores[c].log[o])
          got += body + "\n";
        if (got != f.content)
          return c + " has " + std::to_string(got.size()) + " bytes of "
                 + o.value() + ", written were "
                 + std::to_string(f.content.size());
      }
  return {};
}

/// A channel's bound and one unit for each source: the most that is read ahead.
std::uint64_t read_ahead_max(const scenario& s) {
  constexpr std::uint64_t name_and_number = 8;
  const auto unit
    = s.padding_max + name_and_number + sizeof(event_ref) + run_cost;
  return s.channel_bytes + s.channels_of.size() * unit;
}

/// What of the promises was not kept, or nothing.
std::string complaint(const scenario& s, outside& world, const outcome& done) {
  if (auto why = wrong_content(s, world); !why.empty())
    return why;
  if (!world.broken_promise.empty())
    return world.broken_promise;
  if (!done.delivered)
    return "not everything was delivered";
  if (done.gaps > 0)
    return std::to_string(done.gaps) + " gaps";
  if (done.fill_max > read_ahead_max(s))
    return "a channel held " + std::to_string(done.fill_max) + " bytes, "
           + std::to_string(read_ahead_max(s)) + " is the most";
  return {};
}

struct totals {
  std::size_t runs = 0;
  std::size_t faults = 0;
  std::size_t bad = 0;
  std::string first_bad;
};

totals simulate(const scenario& s) {
  log::set_level(log::level::off);
  totals sum;
  const auto first = from_environment("SLUICE_SIM_FIRST", 1);
  const auto seeds = from_environment("SLUICE_SIM_SEEDS", 400);
  for (auto seed = first; seed < first + seeds; ++seed) {
    auto world = fill(s, seed);
    const auto done = run_scenario(s, world, seed);
    ++sum.runs;
    sum.faults += done.kills + done.crashes + done.supervisor_kills;
    const auto why = complaint(s, world, done);
    if (!why.empty() && sum.bad++ == 0)
      sum.first_bad = "seed " + std::to_string(seed) + ": " + why;
  }
  log::set_level(log::level::info);
  BOOST_TEST_MESSAGE(sum.runs << " seeds, " << sum.faults << " faults");
  return sum;
}

void expect_each_byte_once(const scenario& s) {
  const auto sum = simulate(s);
  BOOST_TEST(sum.bad == 0U, sum.bad << " seeds, the first: " << sum.first_bad);
  BOOST_TEST(sum.faults > sum.runs / 4);
}

BOOST_AUTO_TEST_SUITE(simulated)

BOOST_AUTO_TEST_CASE(one_route_delivers_each_byte_once_whoever_dies) {
  expect_each_byte_once(one_route());
}

BOOST_AUTO_TEST_CASE(the_death_of_a_child_is_healed_by_its_supervisor) {
  expect_each_byte_once(deaths_of_children());
}

BOOST_AUTO_TEST_CASE(two_sources_over_two_required_channels_never_stand_still) {
  expect_each_byte_once(two_by_two());
}

BOOST_AUTO_TEST_CASE(a_store_that_is_down_stops_only_the_routes_that_need_it) {
  expect_each_byte_once(one_store_down());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::simulation_test
