// logger_format: one line an event, and the way back.
#include "actors/core/store/logger_format.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>
#include <random>

namespace sluice::store_test {

std::string line(std::string_view body, std::size_t bytes_max = 0) {
  std::string out;
  append_logger_line(out, body, bytes_max);
  return out;
}

BOOST_AUTO_TEST_SUITE(a_logger_line)

BOOST_AUTO_TEST_CASE(escapes_what_could_forge_a_line_or_drive_a_terminal) {
  BOOST_TEST(line("a\nb") == "a\\x0ab\n");
  BOOST_TEST(line("\x1b[31m") == "\\x1b[31m\n");
  BOOST_TEST(line("c:\\x0a") == "c:\\\\x0a\n");
  BOOST_TEST(line("\x7f") == "\\x7f\n");
  BOOST_TEST(line(std::string_view{"\0", 1}) == "\\x00\n");
  BOOST_TEST(line("") == "\n");
}

BOOST_AUTO_TEST_CASE(leaves_other_bytes_as_they_are) {
  BOOST_TEST(line("Grüße ~ \xff\x80") == "Grüße ~ \xff\x80\n");
}

BOOST_AUTO_TEST_CASE(shows_no_more_than_it_may) {
  BOOST_TEST(line("abcdef", 3) == "abc\n");
  BOOST_TEST(line("ab", 3) == "ab\n");
}

BOOST_AUTO_TEST_CASE(can_be_undone_whatever_the_body) {
  constexpr std::uint64_t seed = 7;
  std::cout << "seed " << seed << '\n';
  std::mt19937_64 random{seed};
  for (int i = 0; i < 20'000; ++i) {
    std::string body(random() % 40, ' ');
    const auto plain = random() % 4;
    for (auto& c : body)
      c = static_cast<char>(random() % 4 < plain ? 'a' + random() % 26
                                                 : random());
    auto out = line(body);
    BOOST_REQUIRE(out.find('\n') == out.size() - 1);
    out.pop_back();
    const auto back = logger_body(out);
    BOOST_REQUIRE(back.has_value());
    BOOST_REQUIRE(*back == body);
  }
}

BOOST_AUTO_TEST_CASE(that_nothing_was_made_of_is_told_apart) {
  for (const auto* wrong : {"\\", "\\x", "\\x1", "\\xZZ", "\\x41", "\\n", "\t",
                            "\\x5c", "\\x1B", "a\x7f"})
    BOOST_TEST(!logger_body(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::store_test
