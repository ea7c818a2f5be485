// descriptors: what each source that follows files gets of the limit.
#include "nodes/descriptors.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <algorithm>

using namespace sluice;

namespace {

config::node_config followers(std::size_t count) {
  config::node_config out;
  out.agents.emplace_back();
  for (std::size_t i = 0; i < count; ++i) {
    out.agents.back().sources.emplace_back();
    out.agents.back().sources.back().type = i % 2 == 0 ? "taildir" : "exec";
  }
  // It opens one file at a time.
  out.agents.back().sources.emplace_back();
  out.agents.back().sources.back().type = "spooldir";
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(descriptors)

BOOST_AUTO_TEST_CASE(half_of_the_usual_limit_is_left_for_all_else) {
  BOOST_TEST(files_open_max(1024, followers(1)) == 512U);
  BOOST_TEST(files_open_max(1024, followers(4)) == 128U);
  BOOST_TEST(files_open_max(256, followers(2)) == 64U);
}

BOOST_AUTO_TEST_CASE(a_source_gets_a_few_and_never_more_than_it_can_use) {
  BOOST_TEST(files_open_max(16, followers(100)) == 4U);
  BOOST_TEST(files_open_max(1'000'000, followers(1)) == 1024U);
  BOOST_TEST(files_open_max(1'000'000, followers(0)) == 1024U);
}

BOOST_AUTO_TEST_CASE(the_soft_limit_is_raised_to_the_hard_one) {
  rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto low = before;
  low.rlim_cur = std::min<rlim_t>(before.rlim_max, 256);
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  BOOST_TEST(raise_descriptor_limit() == before.rlim_max);
  rlimit after{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
  BOOST_TEST(after.rlim_cur == before.rlim_max);
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
