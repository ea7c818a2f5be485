// The hop on a network that breaks: each byte committed once, in order, and
// nothing stuck. The bugs that this must catch are in tests/mutants.txt.
//
// SLUICE_HOP_SEEDS sets how many worlds are tried, SLUICE_HOP_SEED picks one.
#include "tests/core/net/hop_network.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>
#include <utility>

namespace sluice::hop_test {

namespace {

constexpr std::uint64_t first_seed = 1;
constexpr std::uint64_t worlds_by_default = 100'000;

std::uint64_t worlds_wanted() {
  const char* wanted = std::getenv("SLUICE_HOP_SEEDS");
  return wanted == nullptr ? worlds_by_default
                           : std::strtoull(wanted, nullptr, 10);
}

/// The first seed that goes wrong, with what did.
std::optional<std::string> first_problem(std::uint64_t worlds, tally& count) {
  const char* one = std::getenv("SLUICE_HOP_SEED");
  const auto from
    = one != nullptr ? std::strtoull(one, nullptr, 10) : first_seed;
  const auto to = one != nullptr ? from + 1 : first_seed + worlds;
  for (auto seed = from; seed < to; ++seed)
    if (auto problem = hop_network{seed}.live(count))
      return "seed " + std::to_string(seed) + ": " + *problem;
  return std::nullopt;
}

/// A kind of fault that never occurred has not been tried.
constexpr const char* kinds[] = {
  "Kafka is down",
  "a long time passes",
  "ack missing",
  "aggregator crashes",
  "aggregator freezes",
  "aggregator is stale and reads again",
  "aggregator retires",
  "aggregator's channel restarts",
  "batch sent again",
  "batch trimmed",
  "claim from a holder",
  "claim of unknown outcome",
  "collector leaves",
  "collector with a channel crashes",
  "collector with files crashes",
  "commit fenced",
  "commit of unknown outcome",
  "connection refused",
  "frame duplicated",
  "frames delayed",
  "late answer dropped",
  "late frame to a collector",
  "late frame to an aggregator",
  "late put refused",
  "link cut",
  "link cut inside a frame",
  "link cut with frames in flight",
  "link hangs",
  "partition",
  "put is a piece of a batch",
  "put missing",
  "put repeated",
  "relay loses a frame",
  "sender is moved",
  "sender is told to retry",
  "sender waits for credit",
  "stream given up",
  "tombstone",
  "welcome has another page",
};

/// Fewer worlds need not have seen everything.
constexpr std::uint64_t worlds_for_all_kinds = 20'000;

} // namespace

BOOST_AUTO_TEST_SUITE(the_hop)

BOOST_AUTO_TEST_CASE(delivers_each_byte_once_in_order_whatever_breaks) {
  tally count;
  const auto worlds = worlds_wanted();
  const auto problem = first_problem(worlds, count);
  BOOST_TEST(!problem.has_value(), problem.value_or(""));
  std::cout << "seeds " << first_seed << " to " << worlds << ":";
  const char* between = " ";
  for (const auto& [what, often] : count)
    std::cout << std::exchange(between, ", ") << often << " × " << what;
  std::cout << '\n';
  if (worlds >= worlds_for_all_kinds && !problem)
    for (const auto* kind : kinds)
      BOOST_TEST(count[kind] > 0, kind << ": never happened");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::hop_test
