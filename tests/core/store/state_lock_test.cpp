// state_lock: one process, one owner, one machine.
#include "actors/core/store/state_lock.hpp"

#include "tests/core/store/scratch.hpp"

#include <sys/stat.h>

namespace sluice::store_test {

struct lock_fixture {
  scratch dir;
  std::string path = dir.path("deep/state");

  result<state_lock> take(const std::string& machine = "m1",
                          const std::string& node = "n1") {
    return state_lock::take(
      {.directory = path, .node = node, .machine_id = machine});
  }
};

BOOST_FIXTURE_TEST_SUITE(a_state_lock, lock_fixture)

BOOST_AUTO_TEST_CASE(makes_a_directory_that_is_closed_to_others) {
  const auto lock = take();
  BOOST_REQUIRE(lock);
  struct stat s {};
  BOOST_REQUIRE(::stat(path.c_str(), &s) == 0);
  BOOST_TEST((s.st_mode & 0777) == 0700U);
  for (const auto* name : {"/lock", "/node"}) {
    BOOST_REQUIRE(::stat((path + name).c_str(), &s) == 0);
    BOOST_TEST((s.st_mode & 0777) == 0600U);
  }
}

#if defined(SLUICE_FAILPOINTS)
BOOST_AUTO_TEST_CASE(is_not_taken_before_its_new_directory_is_on_the_disk) {
  fault::arm("store.sync_directory=1*err(5)");
  const auto refused = take();
  fault::arm("");
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().kind == errc::io));
  BOOST_TEST(!std::filesystem::exists(path + "/lock"));
}
#endif

BOOST_AUTO_TEST_CASE(is_held_by_one_and_names_the_holder) {
  {
    const auto lock = take();
    BOOST_REQUIRE(lock);
    const auto second = take();
    BOOST_REQUIRE(!second);
    BOOST_TEST((second.error().kind == errc::unavailable));
    BOOST_TEST(second.error().text.find(std::to_string(::getpid()))
               != std::string::npos);
  }
  BOOST_CHECK(take());
}

BOOST_AUTO_TEST_CASE(is_free_again_when_its_holder_is_killed) {
  BOOST_TEST(!in_child([&] {
    const auto lock = take();
    if (!lock)
      ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }));
  BOOST_CHECK(take());
}

BOOST_AUTO_TEST_CASE(is_refused_to_a_clone) {
  BOOST_REQUIRE(take("m1"));
  const auto clone = take("m2");
  BOOST_REQUIRE(!clone);
  BOOST_TEST((clone.error().kind == errc::identity));
  BOOST_TEST(clone.error().text.find("rm '") != std::string::npos);
  BOOST_CHECK(take("m1"));
}

BOOST_AUTO_TEST_CASE(learns_the_machine_when_it_gets_a_name) {
  BOOST_REQUIRE(take(""));
  BOOST_REQUIRE(take("m1"));
  BOOST_REQUIRE(take(""));
  BOOST_TEST(!take("m2"));
}

BOOST_AUTO_TEST_CASE(is_refused_to_another_node) {
  BOOST_REQUIRE(take("m1", "n1"));
  const auto other = take("m1", "n2");
  BOOST_REQUIRE(!other);
  BOOST_TEST((other.error().kind == errc::identity));
  BOOST_TEST(other.error().text.find("--node 'n1'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_a_directory_open_to_others_is_refused) {
  BOOST_REQUIRE(take());
  BOOST_REQUIRE(::chmod(path.c_str(), 0755) == 0);
  const auto lock = take();
  BOOST_REQUIRE(!lock);
  BOOST_TEST((lock.error().kind == errc::config));
  BOOST_TEST(lock.error().text.find("chmod 700") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(with_a_damaged_identity_says_what_to_type) {
  BOOST_REQUIRE(take());
  write(path + "/node", "garbage");
  const auto lock = take();
  BOOST_REQUIRE(!lock);
  BOOST_TEST((lock.error().kind == errc::state_corrupt));
  std::filesystem::remove(path + "/node");
  BOOST_CHECK(take());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::store_test
