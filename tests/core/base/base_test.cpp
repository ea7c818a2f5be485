// The ground floor: checksums, results, backoff, the log's escaping.
#include "actors/core/base/backoff.hpp"
#include "actors/core/base/crc32c.hpp"
#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"
#include "actors/core/base/result.hpp"
#include "actors/core/base/utf8.hpp"
#include "tests/core/base/captured_log.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(base)

BOOST_AUTO_TEST_CASE(crc32c_gives_the_published_check_value) {
  BOOST_TEST(crc32c("123456789") == 0xe3069283U);
  BOOST_TEST(crc32c("") == 0U);
}

BOOST_AUTO_TEST_CASE(crc32c_of_parts_equals_crc32c_of_the_whole) {
  const std::string text(1000, 'x');
  for (const std::size_t cut : {0, 1, 7, 8, 9, 500, 1000})
    BOOST_TEST(crc32c(text.substr(cut), crc32c(text.substr(0, cut)))
               == crc32c(text));
}

BOOST_AUTO_TEST_CASE(reading_a_failed_result_is_a_broken_invariant) {
  result<int> r = failure{errc::io, "no"};
  BOOST_TEST(!r);
  BOOST_CHECK_THROW(static_cast<void>(*r), broken_invariant);
  BOOST_TEST(r.error().text == "no");
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_from_other_io_errors) {
  BOOST_TEST((errno_failure("write", ENOSPC).kind == errc::disk_full));
  BOOST_TEST((errno_failure("write", EIO).kind == errc::io));
  BOOST_TEST(is_terminal(errc::state_lost));
  BOOST_TEST(!is_terminal(errc::disk_full));
}

BOOST_AUTO_TEST_CASE(backoff_doubles_up_to_its_limit_within_its_jitter) {
  backoff delay{{}, 1};
  double nominal = 100;
  for (int i = 0; i < 20; ++i) {
    const auto drawn = static_cast<double>(delay.next().count());
    BOOST_TEST(drawn >= nominal * 0.8 - 1);
    BOOST_TEST(drawn <= nominal * 1.2 + 1);
    nominal = std::min(nominal * 2, 30'000.0);
  }
  delay.reset();
  BOOST_TEST(delay.next().count() <= 120);
}

BOOST_AUTO_TEST_CASE(utf8_is_told_from_what_looks_like_it) {
  BOOST_TEST(first_not_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x97")
             == std::string::npos);
  for (const char* bad : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\xc3", "\x80"})
    BOOST_TEST(first_not_utf8(std::string{"a"} + bad) == 1U);
  std::string out;
  append_utf8(0x1f697, out);
  BOOST_TEST(out == "\xf0\x9f\x9a\x97");
}

BOOST_AUTO_TEST_CASE(data_cannot_forge_a_log_line) {
  BOOST_TEST(log::escaped("a\n\x1b]0;t\\") == "a\\x0a\\x1b]0;t\\\\");
}

BOOST_AUTO_TEST_CASE(a_limiter_lets_a_burst_through_and_counts_the_rest) {
  const test::captured_log heard;
  log::limiter few{std::chrono::hours{1}, 3};
  for (int i = 0; i < 5; ++i)
    few.write(log::level::warning, "limiter", "complaint");
  BOOST_TEST(heard.count("complaint") == 3);
  few.reset();
  few.write(log::level::warning, "limiter", "complaint");
  BOOST_TEST(heard.count("complaint") == 4);
  log::limiter one{std::chrono::nanoseconds{1}};
  one.write(log::level::warning, "limiter", "each");
  one.write(log::level::warning, "limiter", "each");
  BOOST_TEST(heard.count("each") == 2);
}

BOOST_AUTO_TEST_CASE(data_cannot_drive_a_terminal_by_c1_controls_or_no_utf8) {
  // U+009B begins an escape sequence, as ESC [ does.
  BOOST_TEST(log::escaped("\xc2\x9b"
                          "2J\xc3\xa9")
             == "\\xc2\\x9b2J\xc3\xa9");
  BOOST_TEST(log::escaped("\xff\xc2") == "\\xff\\xc2");
}

#if defined(SLUICE_FAILPOINTS)
BOOST_AUTO_TEST_CASE(a_failpoint_fires_on_its_nth_hit_and_so_many_times) {
  fault::arm("p=2@2*err(28)");
  BOOST_TEST(SLUICE_FAILPOINT("p") == 0);
  BOOST_TEST(SLUICE_FAILPOINT("p") == 28);
  BOOST_TEST(SLUICE_FAILPOINT("p") == 28);
  BOOST_TEST(SLUICE_FAILPOINT("p") == 0);
  fault::plant("one,two");
  BOOST_TEST(SLUICE_PLANTED("two"));
  BOOST_TEST(!SLUICE_PLANTED("three"));
  fault::plant("");
  fault::arm("");
}

BOOST_AUTO_TEST_CASE(a_failpoint_that_cannot_be_read_ends_the_process) {
  for (const auto* rule : {"p", "p=kil", "p=2#kill", "p=x@kill", "p=err(5",
                           "p=err(five)", "q=kill;p=%kill"}) {
    const auto child = ::fork();
    if (child == 0) {
      // Boost turns the signal into a failed test.
      ::signal(SIGABRT, SIG_DFL);
      fault::arm(rule);
      ::_exit(0);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(WIFSIGNALED(status), rule);
  }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
