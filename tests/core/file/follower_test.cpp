// The follower: rotation in every form, restarts, faults.
#include "actors/core/file/follower.hpp"

#include "actors/core/base/failpoint.hpp"
#include "tests/core/file/follower_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

using namespace sluice;
using sluice::file_test::follower_fixture;

BOOST_FIXTURE_TEST_SUITE(follower_rotates, follower_fixture)

BOOST_AUTO_TEST_CASE(a_line_is_delivered_when_its_newline_comes) {
  append("app.log", "1\n2");
  start();
  deliver();
  BOOST_TEST(end.joined() == "1|");
  append("app.log", "2\n");
  deliver();
  BOOST_TEST(end.joined() == "1|22|");
}

BOOST_AUTO_TEST_CASE(a_half_line_then_a_kill_then_the_rest_is_one_event) {
  append("app.log", "1\nab");
  start();
  deliver();
  end.commit(*reader);
  kill();
  append("app.log", "cd\n");
  start();
  deliver();
  BOOST_TEST(end.joined() == "1|abcd|");
}

BOOST_AUTO_TEST_CASE(rename_and_create_drains_the_old_file_first) {
  append("app.log", "1\n");
  start();
  deliver();
  append("app.log", "2\n3");
  dir.rename("app.log", "app.log.1");
  append("app.log", "4\n");
  clock.forward(std::chrono::milliseconds{10});
  end.read_all(*reader);
  BOOST_TEST(end.joined() == "1|2|");
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|4|");
  BOOST_TEST(reader->figures().rotations == 1U);
  BOOST_TEST(end.by_lineage.size() == 1U);
}

BOOST_AUTO_TEST_CASE(bytes_that_come_late_to_a_rotated_file_are_delivered) {
  append("app.log", "1\n");
  start();
  deliver();
  dir.rename("app.log", "app.log.1");
  append("app.log", "2\n");
  deliver();
  append("app.log.1", "late\n");
  deliver();
  BOOST_TEST(end.joined() == "1|2|late|");
}

BOOST_AUTO_TEST_CASE(copytruncate_opens_a_generation_and_skips_the_copy) {
  append("app.log", "1\n2\n");
  start();
  deliver();
  append("app.log", "3\n");
  copy("app.log", "app.log.1");
  truncate("app.log");
  append("app.log", "4\n");
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|4|");
  BOOST_TEST(reader->figures().truncations == 1U);
  BOOST_TEST(reader->figures().missed_bytes == 0U);
}

BOOST_AUTO_TEST_CASE(a_regrown_file_is_noticed_by_its_content) {
  append("app.log", "old-1\n");
  start();
  deliver();
  truncate("app.log");
  append("app.log", "new-1\nnew-2\nnew-3\n");
  deliver();
  BOOST_TEST(end.joined() == "old-1|new-1|new-2|new-3|");
}

BOOST_AUTO_TEST_CASE(a_file_rewritten_to_the_same_length_is_noticed) {
  append("app.log", "old-1\n");
  start();
  deliver();
  truncate("app.log");
  append("app.log", "new-1\n");
  deliver();
  BOOST_TEST(end.joined() == "old-1|new-1|");
}

BOOST_AUTO_TEST_CASE(bytes_truncated_before_we_saw_them_are_counted) {
  append("app.log", "1\nhalf");
  start();
  deliver();
  truncate("app.log");
  append("app.log", "2\n");
  deliver();
  BOOST_TEST(end.joined() == "1|2|");
  BOOST_TEST(end.missed == 4U);
  BOOST_TEST(reader->figures().missed_bytes == 4U);
}

BOOST_AUTO_TEST_CASE(a_deleted_file_is_drained_even_after_an_actor_restart) {
  append("app.log", "1\n");
  start();
  deliver();
  append("app.log", "2\n3");
  dir.remove("app.log");
  start();
  append("app.log", "4\n");
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|4|");
  BOOST_TEST(end.commit(*reader).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_file_deleted_while_we_were_down_is_counted_as_missed) {
  append("app.log", "1\n2\n");
  start();
  BOOST_TEST(end.take(*reader->read(1 << 20, 1)) == "");
  end.commit(*reader);
  kill();
  dir.remove("app.log");
  append("app.log", "3\n");
  start();
  deliver();
  BOOST_TEST(end.joined() == "1|3|");
  BOOST_TEST(end.missed == 2U);
}

BOOST_AUTO_TEST_CASE(several_renames_while_we_were_down_lose_nothing) {
  append("app.log", "1\n2\n");
  start();
  BOOST_TEST(end.take(*reader->read(1 << 20, 1)) == "");
  end.commit(*reader);
  kill();
  dir.rename("app.log", "app.log.1");
  append("app.log", "3\n");
  dir.rename("app.log.1", "app.log.2");
  dir.rename("app.log", "app.log.1");
  append("app.log", "4\n");
  start();
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|4|");
}

BOOST_AUTO_TEST_CASE(several_copytruncates_while_we_were_down_lose_nothing) {
  append("app.log", "1\n2\n");
  start();
  BOOST_TEST(end.take(*reader->read(1 << 20, 1)) == "");
  end.commit(*reader);
  kill();
  append("app.log", "3\n");
  copy("app.log", "app.log.1");
  truncate("app.log");
  append("app.log", "4\n");
  dir.rename("app.log.1", "app.log.2");
  copy("app.log", "app.log.1");
  truncate("app.log");
  append("app.log", "5\n");
  start();
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|4|5|");
}

BOOST_AUTO_TEST_CASE(rotations_faster_than_the_wait_do_not_hold_it_up) {
  for (const bool copies : {false, true}) {
    end = {};
    append("app.log", "0\n");
    kill();
    dir.remove("app.log");
    std::filesystem::remove(state.at("start"));
    append("app.log", "0\n");
    start();
    std::size_t most = 0;
    for (int i = 1; i <= 30; ++i) {
      // As logrotate does: every older one gets the next number. A look in the
      // midst of that misses some.
      for (int n = i - 1; n > 0; --n)
        dir.rename("app.log." + std::to_string(n),
                   "moving." + std::to_string(n + 1));
      read_everything();
      for (int n = i; n > 1; --n)
        dir.rename("moving." + std::to_string(n),
                   "app.log." + std::to_string(n));
      if (copies) {
        copy("app.log", "app.log.1");
        truncate("app.log");
      } else {
        dir.rename("app.log", "app.log.1");
      }
      append("app.log", std::to_string(i) + "\n");
      for (int k = 0; k < 4; ++k) {
        clock.forward(std::chrono::milliseconds{100});
        read_everything();
      }
      most = std::max(most, i + 1 - end.bodies.size());
    }
    // Each of them is waited for, but not the longer the more there are.
    BOOST_TEST(most < 8U, (copies ? "copied" : "renamed")
                            << ": " << most << " rotations behind");
    deliver();
    BOOST_TEST(end.bodies.size() == 31U);
    for (int i = 1; i <= 30; ++i)
      dir.remove("app.log." + std::to_string(i));
  }
}

BOOST_AUTO_TEST_CASE(a_kill_between_copy_and_truncate_loses_nothing) {
  append("app.log", "1\n");
  start();
  deliver();
  end.commit(*reader);
  append("app.log", "2\n");
  copy("app.log", "app.log.1");
  deliver();
  end.commit(*reader);
  kill();
  truncate("app.log");
  append("app.log", "3\n");
  start();
  deliver();
  end.commit(*reader);
  kill();
  start();
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|");
}

BOOST_AUTO_TEST_CASE(a_reused_inode_is_another_file) {
  for (int i = 0; i < 20; ++i) {
    append("app.log", std::to_string(i) + "\n");
    if (!reader)
      start();
    deliver();
    end.commit(*reader);
    dir.remove("app.log");
    deliver();
    end.commit(*reader);
  }
  BOOST_TEST(end.bodies.size() == 20U);
}

BOOST_AUTO_TEST_CASE(a_shrunk_file_is_read_again_from_its_start) {
  append("app.log", "1\n2\n3\n");
  start();
  deliver();
  std::filesystem::resize_file(dir.at("app.log"), 2);
  touch("app.log");
  deliver();
  BOOST_TEST(end.joined() == "1|2|3|1|");
}

BOOST_AUTO_TEST_CASE(a_read_error_on_one_file_leaves_the_others_going) {
  append("a.log", "a\n");
  append("b.log", "b\n");
  auto o = pattern();
  start(o);
  fault::arm("file.read=1*err(5)");
  end.read_all(*reader);
  BOOST_TEST(end.bodies.size() == 1U);
  BOOST_TEST(reader->figures().files_unreadable == 1U);
  fault::arm("file.read=2*err(4)");
  deliver();
  fault::arm("");
  BOOST_TEST(end.bodies.size() == 2U);
  BOOST_TEST(reader->figures().files_unreadable == 0U);
}

BOOST_AUTO_TEST_CASE(a_file_without_permission_is_read_from_its_start_later) {
  start(pattern());
  append("a.log", "a\n");
  fault::arm("file.open=err(13)");
  deliver();
  BOOST_TEST(reader->figures().files_unreadable == 1U);
  fault::arm("");
  deliver();
  BOOST_TEST(end.joined() == "a|");
}

BOOST_AUTO_TEST_CASE(a_directory_that_vanishes_and_returns_is_followed_on) {
  append("app.log", "1\n");
  start();
  deliver();
  const auto away = dir.path() + "-away";
  std::filesystem::rename(dir.path(), away);
  deliver();
  std::filesystem::rename(away, dir.path());
  append("app.log", "2\n");
  deliver();
  BOOST_TEST(end.joined() == "1|2|");
}

BOOST_AUTO_TEST_CASE(links_and_fifos_in_a_pattern_are_never_opened) {
  BOOST_REQUIRE(::symlink("/etc/passwd", dir.at("x.log").c_str()) == 0);
  BOOST_REQUIRE(::symlink("loop.log", dir.at("loop.log").c_str()) == 0);
  BOOST_REQUIRE(::mkfifo(dir.at("y.log").c_str(), 0600) == 0);
  append("z.log", "1\n");
  start(pattern());
  deliver();
  BOOST_TEST(end.joined() == "1|");
}

BOOST_AUTO_TEST_CASE(a_thousand_files_fit_into_ten_descriptors) {
  auto o = pattern();
  o.files_open_max = 10;
  start(o);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1000; ++i)
      append("f" + std::to_string(i) + ".log", "x\n");
    deliver();
    BOOST_TEST(reader->figures().files_open <= 10U);
  }
  BOOST_TEST(end.bodies.size() == 2000U);
}

BOOST_AUTO_TEST_CASE(a_busy_file_does_not_starve_a_quiet_one) {
  append("a.log", std::string(8U << 20U, 'a') + "\n");
  std::string lines;
  for (int i = 0; i < 200'000; ++i)
    lines += "line " + std::to_string(i) + "\n";
  append("b.log", lines);
  append("c.log", "c\n");
  start(pattern());
  for (int i = 0; i < 8; ++i)
    if (const auto b = reader->read(1 << 20, batch_events_max); *b)
      BOOST_TEST(end.take(*b) == "");
  BOOST_TEST(end.by_lineage["s:" + dir.at("c.log")] == "c\n");
}

BOOST_AUTO_TEST_CASE(an_idle_source_reads_nothing) {
  append("app.log", "1\nhalf");
  start();
  deliver();
  const auto before = reader->figures().bytes_read;
  for (int i = 0; i < 100; ++i)
    deliver();
  BOOST_TEST(reader->figures().bytes_read == before);
}

BOOST_AUTO_TEST_SUITE_END()
