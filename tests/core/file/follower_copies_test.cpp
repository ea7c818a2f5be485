// The follower: copies, headers that files share, rotated names.
#include "actors/core/file/follower.hpp"
#include "tests/core/file/follower_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <string>

using namespace sluice;
using sluice::file_test::follower_fixture;

BOOST_FIXTURE_TEST_SUITE(follower_copies, follower_fixture)

BOOST_AUTO_TEST_CASE(somebodys_copy_to_a_rotated_name_is_left_alone) {
  append("app.log", "1\n2\n");
  start();
  deliver();
  copy("app.log", "app.log.7");
  append("app.log", "3\n");
  deliver();
  dir.rename("app.log", "app.log.8");
  append("app.log", "4\n");
  deliver();
  end.commit(*reader);
  kill();
  start();
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|4|");
}

BOOST_AUTO_TEST_CASE(a_copy_of_what_was_not_read_yet_is_left_alone) {
  append("app.log", "1\n");
  start();
  deliver();
  dir.rename("app.log", "app.log.1");
  append("app.log", "2\n");
  ::usleep(20'000);
  copy("app.log", "app.log.7");
  clock.forward(std::chrono::milliseconds{10});
  end.read_all(*reader);
  append("app.log", "3\n");
  deliver();
  dir.rename("app.log", "app.log.2");
  append("app.log", "4\n");
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|4|");
}

BOOST_AUTO_TEST_CASE(an_uncommitted_copy_is_known_by_its_first_256_bytes) {
  const std::string line(300, 'x');
  append("app.log", "1\n");
  start();
  deliver();
  end.commit(*reader);
  dir.rename("app.log", "app.log.1");
  append("app.log", line + "\n");
  ::usleep(20'000);
  copy("app.log", "app.log.7");
  append("app.log", "2\n");
  deliver();
  kill();
  // Another copy, then the original is gone.
  copy("app.log", "app.log.8");
  truncate("app.log");
  append("app.log", "3\n");
  start();
  end.bodies.clear();
  deliver();
  BOOST_TEST(end.joined() == line + "|2|3|");
}

BOOST_AUTO_TEST_CASE(
  a_header_that_was_copied_and_truncated_away_is_a_generation) {
  append("app.log", "1\n");
  start();
  deliver();
  end.commit(*reader);
  kill();
  copy("app.log", "app.log.2");
  truncate("app.log");
  append("app.log", "head\n");
  copy("app.log", "app.log.1");
  ::usleep(20'000);
  truncate("app.log");
  append("app.log", "head\n2\n");
  start();
  deliver();
  BOOST_TEST(end.joined() == "1|head|head|2|");
}

BOOST_AUTO_TEST_CASE(a_rotated_name_is_finished_once_its_path_is_seen) {
  start(pattern());
  append("app.log.1", "1\nhalf");
  deliver();
  BOOST_TEST(end.joined() == "1|");
  append("app.log", "2\n");
  deliver();
  BOOST_TEST(end.by_lineage["s:" + dir.at("app.log.1")] == "1\nhalf\n");
  BOOST_TEST(end.by_lineage["s:" + dir.at("app.log")] == "2\n");
}

BOOST_AUTO_TEST_CASE(rotated_names_may_have_a_pattern_of_ones_own) {
  auto o = pattern();
  o.rotated = rotated_names{
    [](std::string_view name) { return name.ends_with(".old"); }};
  append("app.log", "1\n");
  start(o);
  deliver();
  end.commit(*reader);
  kill();
  append("app.log", "2\n");
  dir.rename("app.log", "app.log.old");
  append("app.log", "3\n");
  // Not a rotated name here: a file like any other.
  append("app.log.1", "other\n");
  start(o);
  deliver();
  BOOST_TEST(end.by_lineage["s:" + dir.at("app.log")] == "1\n2\n3\n");
  BOOST_TEST(end.by_lineage["s:" + dir.at("app.log.1")] == "other\n");
}

BOOST_AUTO_TEST_CASE(a_rotated_name_of_one_file_may_begin_as_it_likes) {
  auto o = options();
  o.rotated = rotated_names{
    [](std::string_view name) { return name.starts_with("old-"); }};
  append("app.log", "1\n");
  start(o);
  deliver();
  end.commit(*reader);
  kill();
  dir.rename("app.log", "old-0");
  append("app.log", "2\n");
  dir.rename("app.log", "old-1");
  append("app.log", "3\n");
  start(o);
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|");
}

BOOST_AUTO_TEST_CASE(files_that_share_a_header_and_then_grow_are_apart) {
  const std::string header(300, 'h');
  append("a.log", header + "\n");
  append("b.log", header + "\n");
  start(pattern());
  deliver();
  append("a.log", "a1\n");
  append("b.log", "b1\n");
  deliver();
  BOOST_TEST(end.bodies.size() == 4U);
  BOOST_TEST(end.by_lineage["s:" + dir.at("a.log")] == header + "\na1\n");
  BOOST_TEST(end.by_lineage["s:" + dir.at("b.log")] == header + "\nb1\n");
}

BOOST_AUTO_TEST_CASE(a_rotated_file_of_only_a_header_is_not_taken_for_a_copy) {
  append("app.log", "head\n1\n");
  start();
  deliver();
  end.commit(*reader);
  kill();
  dir.rename("app.log", "app.log.2");
  append("app.log", "head\n");
  dir.rename("app.log", "app.log.1");
  // Births are told apart by the file system's tick.
  ::usleep(20'000);
  append("app.log", "head\n2\n");
  start();
  deliver();
  BOOST_TEST(end.joined() == "head|1|head|head|2|");
}

/// A line of its own that is longer than what a proof covers.
std::string long_line(char of) {
  return std::string(300, of) + "\n";
}

BOOST_AUTO_TEST_CASE(a_truncation_may_show_in_the_size_before_the_time) {
  append("app.log", "1\n2\n");
  start();
  deliver();
  append("app.log", "3\n");
  copy("app.log", "app.log.1");
  truncate("app.log");
  // As the kernel shows it for a moment: empty, and older than the copy.
  dir.age("app.log", 1'000'000);
  deliver();
  append("app.log", "4\n");
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|4|");
}

BOOST_AUTO_TEST_CASE(an_unread_generation_that_was_copied_and_cut_is_read) {
  for (const bool looked : {false, true}) {
    follower_fixture f;
    f.append("app.log", long_line('1'));
    f.start();
    f.deliver();
    f.end.commit(*f.reader);
    f.kill();
    // Two generations come and go while we are down, a third is there.
    f.append("app.log", long_line('2'));
    ::usleep(20'000);
    f.copy("app.log", "app.log.3");
    f.truncate("app.log");
    f.append("app.log", long_line('3'));
    ::usleep(20'000);
    f.copy("app.log", "app.log.2");
    f.truncate("app.log");
    f.append("app.log", long_line('4'));
    f.start();
    if (looked) {
      f.clock.forward(std::chrono::milliseconds{20});
      f.end.read_all(*f.reader);
    }
    // Its turn has not come when it is copied, and we die again.
    ::usleep(20'000);
    f.copy("app.log", "app.log.1");
    if (looked) {
      f.clock.forward(std::chrono::milliseconds{20});
      f.end.read_all(*f.reader);
      f.end.commit(*f.reader);
    }
    f.kill();
    f.start();
    f.truncate("app.log");
    f.append("app.log", long_line('5'));
    f.deliver();
    std::string wanted;
    for (char c = '1'; c <= '5'; ++c)
      wanted += std::string(300, c) + "|";
    BOOST_TEST(
      f.end.joined() == wanted,
      (looked ? "after a look: " : "") << [](std::string text) {
        text.erase(std::unique(text.begin(), text.end()), text.end());
        return text;
      }(f.end.joined()));
  }
}

BOOST_AUTO_TEST_SUITE_END()
