// The algebra of positions: each record once, in order, whatever happens.
//
// SLUICE_ALGEBRA_SEEDS sets how many worlds are tried. The bugs that this must
// catch are in tests/mutants.txt.
#include "tests/core/event/small_world.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>

namespace sluice::event_test {

namespace {

constexpr std::uint64_t first_seed = 1;
constexpr std::uint64_t worlds_by_default = 80'000;

std::uint64_t worlds_wanted() {
  const char* wanted = std::getenv("SLUICE_ALGEBRA_SEEDS");
  return wanted == nullptr ? worlds_by_default
                           : std::strtoull(wanted, nullptr, 10);
}

/// The first seed that goes wrong, with what did.
std::optional<std::string> first_problem(std::uint64_t worlds, tally& count) {
  for (auto seed = first_seed; seed < first_seed + worlds; ++seed)
    if (auto problem = small_world{seed}.live(count))
      return "seed " + std::to_string(seed) + ": " + *problem;
  return std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_algebra)

BOOST_AUTO_TEST_CASE(delivers_each_record_once_and_in_order) {
  tally count;
  const auto worlds = worlds_wanted();
  const auto problem = first_problem(worlds, count);
  BOOST_TEST(!problem.has_value(), problem.value_or(""));
  std::cout << "seeds " << first_seed << " to " << worlds << ": "
            << count.batches << " batches received, " << count.events
            << " events delivered, " << count.gaps << " gaps, " << count.trims
            << " trims, " << count.duplicates << " whole duplicates, "
            << count.restarts << " restarts\n";
  BOOST_TEST(count.batches >= worlds * 25 / 2);
  for (const auto often :
       {count.gaps, count.trims, count.duplicates, count.restarts})
    BOOST_TEST(often > worlds / 10);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::event_test
