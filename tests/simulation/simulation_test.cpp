// A seeded simulation of whole agents: every byte once, in order, whoever dies.
//
// SLUICE_SIM_SEEDS sets how many seeds each case runs (default 400; ./check
// runs 10,000), SLUICE_SIM_FIRST the first one: a failure is one seed.
#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"
#include "tests/simulation/topology.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <sstream>

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

/// Two sources, two required channels each, units above the bounds.
scenario two_by_two() {
  scenario s;
  s.channels = {"c", "d"};
  s.channels_of["s"] = {"c", "d"};
  s.channels_of["t"] = {"c", "d"};
  s.channel_bytes = 1000;
  return s;
}

outside fill(const scenario& s, std::uint64_t seed) {
  outside world{seed};
  for (const auto& [source, channels] : s.channels_of)
    for (int i = 0; i < 2; ++i) {
      const auto name = source + std::to_string(i);
      world.files[source][origin{name}].content
        = numbered_lines(name, 40, world.dice);
    }
  for (const auto& c : s.channels)
    world.stores[c];
  return world;
}

/// Empty when every store has every line of every file once and in order.
std::string complaint(const scenario& s, outside& world) {
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

struct totals {
  std::size_t runs = 0;
  std::size_t faults = 0;
  std::size_t bad = 0;
  std::string first_bad;
};

totals simulate(const scenario& s, std::uint64_t seeds) {
  log::set_level(log::level::off);
  totals sum;
  const auto first = from_environment("SLUICE_SIM_FIRST", 1);
  for (auto seed = first; seed < first + seeds; ++seed) {
    auto world = fill(s, seed);
    const auto done = run_scenario(s, world, seed);
    ++sum.runs;
    sum.faults += done.kills + done.crashes + done.supervisor_kills;
    auto why = complaint(s, world);
    if (why.empty() && !done.delivered)
      why = "not everything was delivered";
    if (why.empty() && done.gaps > 0)
      why = std::to_string(done.gaps) + " gaps";
    if (!why.empty() && sum.bad++ == 0)
      sum.first_bad = "seed " + std::to_string(seed) + ": " + why;
  }
  log::set_level(log::level::info);
  BOOST_TEST_MESSAGE(sum.runs << " seeds, " << sum.faults << " faults");
  return sum;
}

const auto seeds = from_environment("SLUICE_SIM_SEEDS", 400);

BOOST_AUTO_TEST_SUITE(simulated)

BOOST_AUTO_TEST_CASE(one_route_delivers_each_byte_once_whoever_dies) {
  const auto sum = simulate(one_route(), seeds);
  BOOST_TEST(sum.bad == 0U, sum.first_bad);
  BOOST_TEST(sum.faults > sum.runs / 4);
}

BOOST_AUTO_TEST_CASE(two_sources_over_two_required_channels_never_stand_still) {
  const auto sum = simulate(two_by_two(), seeds);
  BOOST_TEST(sum.bad == 0U, sum.first_bad);
  BOOST_TEST(sum.faults > sum.runs / 4);
}

#if defined(SLUICE_FAILPOINTS)
/// The same seeds with a bug planted must find it.
std::size_t seeds_that_catch(const char* bug, const scenario& s) {
  fault::plant(bug);
  const auto sum = simulate(s, std::min<std::uint64_t>(seeds, 150));
  fault::plant("");
  BOOST_TEST_MESSAGE(bug << ": caught by " << sum.bad << " of " << sum.runs
                         << " seeds");
  return sum.bad;
}

BOOST_AUTO_TEST_CASE(a_channel_that_loses_what_was_taken_is_caught) {
  BOOST_TEST(seeds_that_catch("taken_not_put_back", one_route()) > 0U);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_does_not_trim_is_caught) {
  BOOST_TEST(seeds_that_catch("no_trim", two_by_two()) > 0U);
}

BOOST_AUTO_TEST_CASE(dependents_that_are_not_restarted_are_caught) {
  // A crash of the process or of the supervisor would heal it.
  auto s = one_route();
  s.crashes = 0;
  s.supervisor_kills = 0;
  s.steps_max = 6'000;
  BOOST_TEST(simulate(s, 20).bad == 0U);
  BOOST_TEST(seeds_that_catch("dependents_not_restarted", s) > 0U);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::simulation_test
