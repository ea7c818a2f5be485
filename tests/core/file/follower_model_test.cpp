// Seeds of the follower's model (follower_model.hpp).
#include "tests/core/file/follower_model.hpp"

#include <chrono>
#include <cstdlib>

BOOST_AUTO_TEST_SUITE(follower_model_suite)

BOOST_AUTO_TEST_CASE(every_byte_is_delivered_once_whatever_rotates_or_dies) {
  sluice::log::set_level(sluice::log::level::off);
  // SLUICE_SEED=n runs one; SLUICE_SEEDS=n that many, from SLUICE_SEED_FIRST.
  const char* one = std::getenv("SLUICE_SEED");
  const char* many = std::getenv("SLUICE_SEEDS");
  const char* from = std::getenv("SLUICE_SEED_FIRST");
  const std::uint64_t first = one != nullptr    ? std::stoull(one)
                              : from != nullptr ? std::stoull(from)
                                                : 1;
  const std::uint64_t count = one != nullptr    ? 1
                              : many != nullptr ? std::stoull(many)
                                                : 1000;
  // In memory where that is possible: each start file costs an fdatasync.
  if (std::getenv("TMPDIR") == nullptr
      && std::filesystem::is_directory("/dev/shm"))
    ::setenv("TMPDIR", "/dev/shm", 1);
  const auto begin = std::chrono::steady_clock::now();
  for (auto seed = first; seed < first + count; ++seed) {
    sluice::follower_model::model m{seed};
    m.run(60);
    BOOST_REQUIRE_MESSAGE(m.problem.empty(), "seed " << seed << ": "
                                                     << m.problem << "\n"
                                                     << m.story);
  }
  const std::chrono::duration<double> took
    = std::chrono::steady_clock::now() - begin;
  BOOST_TEST_MESSAGE(count << " seeds in " << took.count() << " s");
  sluice::log::set_level(sluice::log::level::info);
}

BOOST_AUTO_TEST_SUITE_END()
