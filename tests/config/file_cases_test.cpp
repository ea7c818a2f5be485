// Configuration cases 1-12: the file itself.
#include "tests/config/workplace.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sluice::config_test;

BOOST_FIXTURE_TEST_SUITE(config_file_cases, workplace)

BOOST_AUTO_TEST_CASE(the_good_files_are_clean) {
  expect_clean(json(good_json()));
  expect_clean(flume(good_flume()));
}

BOOST_AUTO_TEST_CASE(case_1_a_missing_file_is_named_in_words) {
  const auto path = dir + "/no.json";
  expect_error(read_json(path, sources, checks),
               {path + ": ", "No such file or directory"});
  expect_error(read_flume(path, "a", sources, checks),
               {path + ": ", "No such file or directory"});
}

BOOST_AUTO_TEST_CASE(case_2_an_unreadable_file_is_named_in_words) {
  const auto path = write("closed.json", good_json());
  BOOST_REQUIRE(::chmod(path.c_str(), 0) == 0);
  BOOST_REQUIRE(::chmod(dir.c_str(), 0755) == 0);
  // Root may read everything, so somebody else looks.
  const auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0))
      ::_exit(2);
    const auto read = read_json(path, sources, checks);
    const auto all = read.found.all();
    const bool right
      = all.size() == 1
        && to_string(all[0]).find("Permission denied") != std::string::npos;
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(case_3_a_directory_is_no_configuration) {
  expect_error(read_json(dir, sources, checks), {"is a directory"});
  expect_error(read_flume(dir, "a", sources, checks), {"is a directory"});
}

BOOST_AUTO_TEST_CASE(case_4_an_empty_file_is_said_to_be_empty) {
  expect_error(json(""), {"is empty"});
  expect_error(flume(" \n\n"), {"is empty"});
}

BOOST_AUTO_TEST_CASE(case_5_a_file_of_comments_has_nothing_in_it) {
  expect_error(json("// nothing\n/* here */\n"), {"is not JSON", ":3:1: "});
  expect_error(flume("# nothing\n! here\n"), {"nothing but comments"});
}

BOOST_AUTO_TEST_CASE(case_6_a_trailing_comma_is_found_where_it_stands) {
  expect_error(json(with(good_json(), "[\"c1\"]\n", "[\"c1\"],\n")),
               {":10:9: ", "is not JSON"});
}

BOOST_AUTO_TEST_CASE(case_6_single_quotes_are_found_where_they_stand) {
  expect_error(json(with(good_json(), "\"n1\"", "'n1'")),
               {":2:11: ", "is not JSON"});
}

BOOST_AUTO_TEST_CASE(case_6_comments_are_allowed) {
  expect_clean(json("// one\n/* two\n lines */"
                    + with(good_json(), "\"n1\",", "\"n1\", // end")));
}

BOOST_AUTO_TEST_CASE(case_7_a_duplicate_key_is_an_error_at_the_second) {
  expect_error(json(with(good_json(), "\"type\": \"memory\"",
                         "\"type\": \"memory\",\n\"type\": \"memory\"")),
               {":15:1: ", "stands twice", "line 14"});
}

BOOST_AUTO_TEST_CASE(case_7_of_a_duplicate_flume_key_the_last_one_counts) {
  const auto read = flume(good_flume() + "a.channels.c1.capacity = 5\n"
                          + "a.channels.c1.capacity = 7\n");
  expect_warning(read, {":12:1: ", "stands twice", "line 11"});
  BOOST_TEST(read.config.agents.at(0).channels.at(0).values.integer("capacity")
             == 7);
}

BOOST_AUTO_TEST_CASE(case_8_a_byte_order_mark_is_accepted) {
  expect_clean(json("\xef\xbb\xbf" + good_json()));
  expect_clean(flume("\xef\xbb\xbf" + good_flume()));
}

BOOST_AUTO_TEST_CASE(case_9_invalid_utf8_is_an_error_with_its_place) {
  expect_error(json(with(good_json(), "n1", "n\xff")),
               {":2:", "byte 15", "UTF-8"});
  expect_error(flume(good_flume() + "a.sinks.k1.max_bytes = \xe9\n"),
               {":11:24: ", "not UTF-8"});
}

BOOST_AUTO_TEST_CASE(case_9_a_comment_in_another_charset_is_nobodys_business) {
  expect_clean(flume("# \xe9t\xe9\n" + good_flume()));
}

BOOST_AUTO_TEST_CASE(case_10_crlf_line_ends_are_accepted) {
  const auto crlf = [](const std::string& text) {
    std::string out;
    for (const char c : text)
      out += c == '\n' ? std::string{"\r\n"} : std::string{c};
    return out;
  };
  expect_clean(json(crlf(good_json())));
  expect_clean(flume(crlf(good_flume())));
  expect_error(json(crlf(with(good_json(), "memory", "memroy"))),
               {":14:19: ", "did you mean memory"});
}

BOOST_AUTO_TEST_CASE(case_10_a_comment_ends_with_a_lone_cr_too) {
  const auto read = json(with(good_json(), "\"type\": \"memory\"",
                              "// bound\r\"capacity\": 7000, // type\r"
                              "\"type\": \"memory\""));
  expect_clean(read);
  BOOST_TEST(read.config.agents.at(0).channels.at(0).values.integer("capacity")
             == 7000);
}

BOOST_AUTO_TEST_CASE(a_nul_byte_does_not_hide_what_follows_it) {
  expect_error(json(good_json() + std::string{"\0garbage", 8}),
               {":27:1: ", "NUL byte"});
}

BOOST_AUTO_TEST_CASE(case_11_a_depth_of_ten_thousand_is_refused) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string text;
    for (int i = 0; i < 10'000; ++i)
      text += open;
    expect_error(json(text), {"nested deeper than 64"});
  }
  std::string nested;
  for (int i = 0; i < 10'000; ++i)
    nested += "${";
  expect_error(flume(good_flume() + "a.sinks.k1.max_bytes = " + nested
                     + std::string(10'000, '}') + "\n"),
               {":11:24: ", "nested too deeply"});
}

BOOST_AUTO_TEST_CASE(case_12_a_file_of_100_MB_is_refused) {
  const auto path = write("big", "{");
  BOOST_REQUIRE(::truncate(path.c_str(), 100'000'000) == 0);
  expect_error(read_json(path, sources, checks), {"larger than 16MiB"});
  expect_error(read_flume(path, "a", sources, checks), {"larger than 16MiB"});
}

BOOST_AUTO_TEST_CASE(a_fifo_is_refused_and_not_waited_for) {
  const auto path = dir + "/fifo";
  BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  expect_error(read_json(path, sources, checks), {"not a regular file"});
}

BOOST_AUTO_TEST_CASE(a_line_of_two_megabytes_is_refused) {
  expect_error(flume(good_flume() + "a.x = " + std::string(2U << 20, 'x')),
               {":11:1: ", "longer than 1MiB"});
}

BOOST_AUTO_TEST_SUITE_END()
