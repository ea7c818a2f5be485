// The spool directory: what it leaves alone, what it bears, its bounds.
#include "actors/core/base/failpoint.hpp"
#include "tests/core/base/captured_log.hpp"
#include "tests/core/file/spool_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

using namespace sluice;
using sluice::spool_test::spool;

BOOST_FIXTURE_TEST_SUITE(spool_directory_bears, spool)

BOOST_AUTO_TEST_CASE(links_fifos_and_directories_are_refused_and_counted) {
  dir.write("real", "1\n");
  BOOST_REQUIRE(::symlink("/etc/passwd", dir.at("out").c_str()) == 0);
  BOOST_REQUIRE(::symlink("loop", dir.at("loop").c_str()) == 0);
  BOOST_REQUIRE(::mkfifo(dir.at("fifo").c_str(), 0600) == 0);
  BOOST_REQUIRE(::mkdir(dir.at("sub").c_str(), 0700) == 0);
  const test::captured_log heard;
  const auto r = start();
  deliver(*r);
  deliver(*r);
  for (const char* name : {"out", "loop", "fifo", "sub"})
    BOOST_TEST(heard.count("left alone: " + dir.at(name) + " is") == 1);
  BOOST_TEST(end.joined() == "1|");
  BOOST_TEST(r->figures().files_refused == 4U);
}

BOOST_AUTO_TEST_CASE(names_are_bytes) {
  const std::string long_name(246, 'n');
  for (const std::string& name :
       {std::string{"with space"}, std::string{"new\nline"},
        std::string{"..dots"}, std::string{"bad\xff\xfe"}, long_name})
    dir.write(name, "x\n");
  dir.write("x..y", "x\n");
  const auto r = start();
  deliver(*r);
  end.commit(*r);
  // "..dots" is hidden.
  BOOST_TEST(end.bodies.size() == 5U);
  BOOST_TEST(dir.has("new\nline.COMPLETED"));
  BOOST_TEST(dir.has("bad\xff\xfe.COMPLETED"));
}

BOOST_AUTO_TEST_CASE(a_name_too_long_to_be_marked_is_said_once_and_no_more) {
  const std::string longest(255, 'n');
  dir.write(longest, "2\n");
  dir.write("short", "1\n");
  dir.age("short", 10);
  const test::captured_log heard;
  const auto said = [&] {
    return heard.count("too long to get .COMPLETED: " + dir.at(longest));
  };
  auto r = start();
  deliver(*r);
  BOOST_TEST(said() == 0);
  for (int tries = 0; tries < 5; ++tries) {
    BOOST_TEST(end.commit(*r).size() == (tries == 0 ? 1U : 0U));
    deliver(*r);
  }
  BOOST_TEST(said() == 1);
  BOOST_TEST(r->figures().files_unmarked == 1U);
  BOOST_TEST(r->figures().files_unreadable == 0U);
  // A run with an end has one: everything is delivered.
  BOOST_TEST(r->drained());
  // Its position keeps it from coming again, but it may be read on.
  r = start();
  deliver(*r);
  BOOST_TEST(said() == 2);
  dir.append(longest, "3\n");
  r = start();
  deliver(*r);
  end.commit(*r);
  BOOST_TEST(end.joined() == "1|2|3|");
  BOOST_TEST(said() == 3);
  dir.rename(longest, "shorter");
  deliver(*r);
  BOOST_TEST(end.commit(*r).size() == 1U);
  BOOST_TEST(dir.has("shorter.COMPLETED"));
  BOOST_TEST(r->figures().files_unmarked == 0U);
  BOOST_TEST(end.joined() == "1|2|3|");
}

BOOST_AUTO_TEST_CASE(a_program_with_a_name_too_long_is_left_alone_unread) {
  dir.write(std::string(255, 'n'), "\x1f\x8b\x08\n\n\n");
  const auto r = start();
  for (int tries = 0; tries < 3; ++tries)
    deliver(*r);
  BOOST_TEST(end.bodies.empty());
  BOOST_TEST(r->figures().files_refused == 1U);
  BOOST_TEST(r->drained());
}

BOOST_AUTO_TEST_CASE(include_and_ignore_choose_by_name) {
  dir.write("a.csv", "1\n");
  dir.write("a.tmp", "2\n");
  dir.write("b.csv", "3\n");
  auto o = options();
  o.include = [](std::string_view n) { return n.ends_with(".csv"); };
  o.ignore = [](std::string_view n) { return n.starts_with("b"); };
  deliver(*start(o));
  BOOST_TEST(end.joined() == "1|");
}

BOOST_AUTO_TEST_CASE(compressed_files_and_programs_are_put_aside_unread) {
  dir.write("a.gz", "\x1f\x8b\x08\n\n\n");
  dir.write("prog", "\x7f"
                    "ELF\n\n");
  dir.write("text", "1\n");
  const auto r = start();
  deliver(*r);
  BOOST_TEST(end.joined() == "1|");
  BOOST_TEST(dir.has("a.gz.binary"));
  BOOST_TEST(dir.has("prog.binary"));
  BOOST_TEST(r->figures().files_refused == 2U);
}

BOOST_AUTO_TEST_CASE(a_read_error_leaves_the_offset_and_is_tried_again) {
  dir.write("a", "1\n2\n");
  dir.write("b", "3\n");
  dir.age("a", 1000);
  dir.age("b", 2000);
  auto o = options();
  o.quarantine_binary = false;
  const auto r = start(o);
  fault::arm("file.read=1*err(5)");
  end.read_all(*r);
  fault::arm("");
  BOOST_TEST(end.joined() == "3|");
  BOOST_TEST(r->figures().files_unreadable == 1U);
  BOOST_TEST(!r->drained());
  deliver(*r);
  BOOST_TEST(end.joined() == "3|1|2|");
  BOOST_TEST(r->figures().files_unreadable == 0U);
}

BOOST_AUTO_TEST_CASE(interrupted_reads_are_repeated) {
  dir.write("a", "1\n2\n");
  const auto r = start();
  fault::arm("file.read=3*err(4)");
  deliver(*r);
  fault::arm("file.read=2*err(11)");
  dir.write("b", "3\n");
  deliver(*r);
  fault::arm("");
  BOOST_TEST(end.joined() == "1|2|3|");
}

BOOST_AUTO_TEST_CASE(a_file_without_permission_is_read_once_it_has_some) {
  // By failpoint: the tests may run as a user who may read everything.
  dir.write("a", "1\n");
  fault::arm("file.open=err(13)");
  const auto r = start();
  deliver(*r);
  BOOST_TEST(r->figures().files_unreadable == 1U);
  BOOST_TEST(end.bodies.empty());
  fault::arm("");
  deliver(*r);
  BOOST_TEST(end.joined() == "1|");
}

BOOST_AUTO_TEST_CASE(the_directory_may_vanish_and_come_back) {
  dir.write("a", "1\n");
  const auto r = start();
  deliver(*r);
  end.commit(*r);
  std::filesystem::rename(dir.path(), dir.path() + "-away");
  deliver(*r);
  std::filesystem::create_directory(dir.path());
  dir.write("b", "2\n");
  deliver(*r);
  BOOST_TEST(end.joined() == "1|2|");
  std::filesystem::remove_all(dir.path() + "-away");
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_a_failure_to_start) {
  auto o = options();
  o.path = dir.at("nowhere");
  spool_directory r{o};
  const auto ok = r.resume({});
  BOOST_REQUIRE(!ok);
  BOOST_TEST((ok.error().kind == errc::io));
}

BOOST_AUTO_TEST_CASE(removal_instead_of_renaming_happens_after_the_commit) {
  dir.write("a", "1\n");
  auto o = options();
  o.on_complete = spool_options::completion::remove;
  const auto r = start(o);
  deliver(*r);
  BOOST_TEST(dir.has("a"));
  BOOST_TEST(end.commit(*r).size() == 1U);
  BOOST_TEST(!dir.has("a"));
}

BOOST_AUTO_TEST_CASE(two_routes_resume_from_the_one_that_is_behind) {
  dir.write("a", "1\n2\n3\n");
  file_test::far_end behind;
  {
    const auto r = start();
    const auto b = r->read(1 << 20, 1);
    BOOST_TEST(end.take(*b) == "");
    BOOST_TEST(behind.take(*b) == "");
    const auto c = r->read(1 << 20, 1);
    BOOST_TEST(end.take(*c) == "");
  }
  auto both = end.points();
  both[route_id{"other"}] = behind.points().begin()->second;
  spool_directory r{options()};
  BOOST_REQUIRE(bool(r.resume(both)));
  const auto b = r.read(1 << 20, 10);
  BOOST_TEST(end.take(*b) == "");
  BOOST_TEST(behind.take(*b) == "");
  BOOST_TEST(end.joined() == "1|2|3|");
  BOOST_TEST(behind.joined() == "1|2|3|");
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_a_batch_is_one_event) {
  const std::string line(900'000, 'x');
  dir.write("a", "s\n" + line + "\nt\n");
  const auto r = start();
  end.read_all(*r, 4096, 100);
  deliver(*r);
  BOOST_TEST(end.bodies.size() == 3U);
  BOOST_TEST(end.bodies[1].size() == line.size());
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_cut_and_memory_stays_bounded) {
  dir.write("a", std::string(10'000'000, 'x'));
  const auto r = start();
  for (;;) {
    const auto b = r->read(1 << 16, 1000);
    BOOST_REQUIRE(static_cast<bool>(b));
    if (!*b)
      break;
    BOOST_TEST((*b)->cost() < (3U << 20U));
    BOOST_TEST(end.take(*b) == "");
  }
  BOOST_TEST(end.bodies.size() == 11U);
}

BOOST_AUTO_TEST_CASE(ten_million_empty_lines_pin_little_and_are_fast) {
  dir.write("a", std::string(10'000'000, '\n'));
  const auto r = start();
  std::size_t events = 0;
  const auto before = std::chrono::steady_clock::now();
  for (;;) {
    const auto b = r->read(1 << 20, batch_events_max);
    if (!*b)
      break;
    events += (*b)->events.size();
    BOOST_TEST((*b)->cost() < 1'000'000U);
  }
  const std::chrono::duration<double> took
    = std::chrono::steady_clock::now() - before;
  BOOST_TEST_MESSAGE("10 M empty lines in " << took.count() << " s");
  BOOST_TEST(events == 10'000'000U);
}

BOOST_AUTO_TEST_CASE(ten_thousand_small_files_share_batches) {
  for (int i = 0; i < 10'000; ++i)
    dir.write("f" + std::to_string(i), std::to_string(i) + "\n");
  const auto before = std::chrono::steady_clock::now();
  const auto r = start();
  std::size_t batches = 0;
  for (;;) {
    const auto b = r->read(1 << 20, batch_events_max);
    if (!*b)
      break;
    ++batches;
    BOOST_TEST(end.take(*b) == "");
    BOOST_TEST(r->figures().files_open <= 2U);
  }
  BOOST_TEST(end.bodies.size() == 10'000U);
  BOOST_TEST(end.commit(*r).size() == 10'000U);
  const std::chrono::duration<double> took
    = std::chrono::steady_clock::now() - before;
  BOOST_TEST_MESSAGE("10,000 files in " << took.count() << " s, " << batches
                                        << " batches");
  BOOST_TEST(batches < 200U);
  BOOST_TEST(!dir.has("f1"));
  BOOST_TEST(dir.has("f1.COMPLETED"));
}

BOOST_AUTO_TEST_SUITE_END()
