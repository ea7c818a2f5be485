// The follower: how it learns that something changed.
#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/unique_fd.hpp"
#include "tests/core/base/captured_log.hpp"
#include "tests/core/file/follower_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

using namespace sluice;
using sluice::file_test::follower_fixture;

BOOST_FIXTURE_TEST_SUITE(follower_notices, follower_fixture)

BOOST_AUTO_TEST_CASE(without_inotify_it_polls_and_with_it_it_is_told) {
  auto o = options();
  o.noticing = watch::method::inotify;
  // No instance to be had (EMFILE), then no watch (ENOSPC).
  for (const auto* rule : {"watch.init=err(24)", "watch.add=err(28)"}) {
    fault::arm(rule);
    const test::captured_log heard;
    start(o);
    append("app.log", "1\n");
    deliver();
    fault::arm("");
    BOOST_TEST(heard.count("inotify is not available") == 1);
  }
  BOOST_TEST(end.joined() == "1|1|");
  start(o);
  append("app.log", "2\n");
  // No time passes: only inotify can tell.
  end.read_all(*reader);
  BOOST_TEST(end.joined() == "1|1|2|");
}

BOOST_AUTO_TEST_CASE(when_inotify_lost_events_it_looks_at_everything) {
  auto o = pattern();
  o.noticing = watch::method::inotify;
  append("old.log", "1\n");
  start(o);
  end.read_all(*reader);
  std::size_t room = 16'384;
  std::ifstream{"/proc/sys/fs/inotify/max_queued_events"} >> room;
  // Equal events beside each other are one: two names in turn.
  const unique_fd fds[]
    = {unique_fd{::open(dir.at("x").c_str(), O_WRONLY | O_CREAT, 0600)},
       unique_fd{::open(dir.at("y").c_str(), O_WRONLY | O_CREAT, 0600)}};
  for (std::size_t i = 0; i <= room; ++i)
    BOOST_REQUIRE(::write(fds[i % 2].get(), "z", 1) == 1);
  // Nobody is told of these.
  append("new.log", "2\n");
  append("old.log", "3\n");
  const test::captured_log heard;
  // No time passes: only the lost events can be why it looks.
  end.read_all(*reader);
  BOOST_TEST(heard.count("inotify lost events") == 1);
  std::sort(end.bodies.begin(), end.bodies.end());
  BOOST_TEST(end.joined() == "1|2|3|");
}

BOOST_AUTO_TEST_SUITE_END()
