// The algebra of positions: each record once, in order, whatever happens.
#include "actors/core/base/failpoint.hpp"
#include "tests/core/event/small_world.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>

namespace sluice::event_test {

namespace {

constexpr std::uint64_t first_seed = 1;

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
  constexpr std::uint64_t worlds = 80'000;
  const auto problem = first_problem(worlds, count);
  BOOST_TEST(!problem.has_value(), problem.value_or(""));
  std::cout << "seeds " << first_seed << " to " << worlds << ": "
            << count.batches << " batches received, " << count.events
            << " events delivered, " << count.gaps << " gaps, " << count.trims
            << " trims, " << count.duplicates << " whole duplicates, "
            << count.restarts << " restarts\n";
  BOOST_TEST(count.batches >= 1'000'000U);
  for (const auto often :
       {count.gaps, count.trims, count.duplicates, count.restarts})
    BOOST_TEST(often > worlds / 10);
}

#if defined(SLUICE_FAILPOINTS)

BOOST_AUTO_TEST_CASE(repeats_records_when_nothing_is_trimmed) {
  tally count;
  fault::plant("no_trim");
  const auto problem = first_problem(100, count);
  fault::plant("");
  BOOST_TEST(problem.has_value());
}

BOOST_AUTO_TEST_CASE(loses_records_when_gaps_are_not_noticed) {
  tally count;
  fault::plant("no_gap_check");
  const auto problem = first_problem(100, count);
  fault::plant("");
  BOOST_TEST(problem.has_value());
}

#endif

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::event_test
