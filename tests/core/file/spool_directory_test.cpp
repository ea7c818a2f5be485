// The spool directory: what is delivered, and when files are completed.
#include "tests/core/file/spool_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

using namespace sluice;
using sluice::spool_test::spool;

BOOST_FIXTURE_TEST_SUITE(spool_directory_reads, spool)

BOOST_AUTO_TEST_CASE(a_file_is_renamed_only_after_its_commit) {
  dir.write("a", "1\n2\n3");
  const auto r = start();
  deliver(*r);
  BOOST_TEST(end.joined() == "1|2|3|");
  BOOST_TEST(dir.has("a"));
  const auto finished = end.commit(*r);
  BOOST_TEST(finished.size() == 1U);
  BOOST_TEST(!dir.has("a"));
  BOOST_TEST(dir.has("a.COMPLETED"));
  BOOST_TEST(r->drained());
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_completed_at_once_without_events) {
  dir.write("a", "");
  const auto r = start();
  deliver(*r);
  BOOST_TEST(end.bodies.empty());
  BOOST_TEST(dir.has("a.COMPLETED"));
}

BOOST_AUTO_TEST_CASE(a_taken_target_gets_a_number_and_is_not_an_error) {
  dir.write("a", "1\n");
  dir.write("a.COMPLETED", "old");
  dir.write("a.COMPLETED.1", "old");
  const auto r = start();
  deliver(*r);
  end.commit(*r);
  BOOST_TEST(dir.has("a.COMPLETED.2"));
  deliver(*r);
  BOOST_TEST(end.joined() == "1|");
}

BOOST_AUTO_TEST_CASE(the_oldest_file_comes_first_or_the_youngest_if_asked) {
  dir.write("x", "new\n");
  dir.write("y", "old\n");
  dir.write("z", "future\n");
  dir.age("x", 2000);
  dir.age("y", 1000);
  dir.age("z", 4'000'000'000);
  deliver(*start());
  BOOST_TEST(end.joined() == "old|new|future|");
  end = {};
  auto o = options();
  o.consume = spool_options::order::youngest;
  deliver(*start(o));
  BOOST_TEST(end.joined() == "future|new|old|");
}

BOOST_AUTO_TEST_CASE(a_restart_reads_on_at_the_committed_line) {
  dir.write("a", "1\n2\n3\n4\n");
  {
    const auto r = start();
    const auto b = r->read(1, 2);
    BOOST_TEST(end.take(*b) == "");
    end.commit(*r);
    const auto more = r->read(1 << 20, 1);
    BOOST_TEST(end.take(*more) == "");
  }
  end.crash();
  const auto r = start();
  deliver(*r);
  BOOST_TEST(end.joined() == "1|2|3|3|4|");
}

BOOST_AUTO_TEST_CASE(a_file_committed_but_not_renamed_is_renamed_at_start) {
  dir.write("a", "1\n");
  {
    const auto r = start();
    deliver(*r);
    end.done = end.held;
  }
  const auto r = start();
  deliver(*r);
  BOOST_TEST(end.joined() == "1|");
  BOOST_TEST(dir.has("a.COMPLETED"));
  BOOST_TEST(end.commit(*r).size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_origin_renamed_before_the_crash_is_still_finished) {
  dir.write("a", "1\n");
  {
    const auto r = start();
    deliver(*r);
    end.done = end.held;
  }
  dir.rename("a", "a.COMPLETED.3");
  dir.write("a.COMPLETED", "x");
  dir.write("a.COMPLETED.1", "x");
  dir.write("a.COMPLETED.2", "x");
  const auto r = start();
  deliver(*r);
  BOOST_TEST(end.commit(*r).size() == 1U);
  BOOST_TEST(end.joined() == "1|");
}

BOOST_AUTO_TEST_CASE(a_file_that_grows_after_it_was_read_is_read_on) {
  dir.write("a", "1\n");
  const auto r = start();
  deliver(*r);
  dir.append("a", "2\n");
  end.commit(*r);
  BOOST_TEST(dir.has("a"));
  deliver(*r);
  end.commit(*r);
  BOOST_TEST(end.joined() == "1|2|");
  BOOST_TEST(dir.has("a.COMPLETED"));
}

BOOST_AUTO_TEST_CASE(a_writer_that_still_has_the_renamed_file_loses_nothing) {
  dir.write("a", "1\n");
  std::ofstream writer{dir.at("a"), std::ios::app};
  {
    const auto r = start();
    deliver(*r);
    end.done = end.held;
  }
  dir.rename("a", "a.COMPLETED");
  writer << "2\n" << std::flush;
  const auto r = start();
  deliver(*r);
  BOOST_TEST(end.joined() == "1|2|");
  BOOST_TEST(end.commit(*r).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_rewritten_file_opens_a_generation_and_is_not_fatal) {
  dir.write("a", "old-1\nold-2\n");
  const auto r = start();
  deliver(*r);
  dir.write("a", "new-1\nnew-2\n");
  end.commit(*r);
  deliver(*r);
  BOOST_TEST(end.joined() == "old-1|old-2|new-1|new-2|");
  end.commit(*r);
  BOOST_TEST(dir.has("a.COMPLETED"));
  BOOST_TEST(r->figures().truncations == 1U);
}

BOOST_AUTO_TEST_CASE(a_truncated_file_opens_a_generation_across_a_restart) {
  dir.write("a", "1\n2\n");
  {
    const auto r = start();
    deliver(*r);
    end.done = end.held;
  }
  dir.write("a", "3\n");
  const auto r = start();
  deliver(*r);
  BOOST_TEST(end.joined() == "1|2|3|");
}

BOOST_AUTO_TEST_CASE(another_file_of_the_same_name_is_delivered) {
  dir.write("a", "1\n");
  const auto r = start();
  deliver(*r);
  end.commit(*r);
  dir.write("a", "1\n");
  deliver(*r);
  end.commit(*r);
  BOOST_TEST(end.joined() == "1|1|");
  BOOST_TEST(dir.has("a.COMPLETED.1"));
}

BOOST_AUTO_TEST_CASE(the_same_content_under_a_new_name_is_a_new_file) {
  dir.write("a", "1\n2\n");
  const auto r = start();
  deliver(*r);
  std::filesystem::copy_file(dir.at("a"), dir.at("b"));
  deliver(*r);
  end.commit(*r);
  BOOST_TEST(end.joined() == "1|2|1|2|");
  std::filesystem::copy_file(dir.at("a.COMPLETED"), dir.at("a"));
  deliver(*r);
  end.commit(*r);
  BOOST_TEST(end.joined() == "1|2|1|2|1|2|");
}

BOOST_AUTO_TEST_CASE(files_with_equal_beginnings_are_different_files) {
  const std::string header(2000, 'h');
  dir.write("a", header + "\n1\n");
  dir.write("b", header + "\n2\n");
  dir.write("c", header + "\n2\n");
  deliver(*start());
  BOOST_TEST(end.bodies.size() == 6U);
}

BOOST_AUTO_TEST_SUITE_END()
