// pattern: PCRE2's answers, bounded cost, and a shortcut that never differs.
#include "actors/core/text/pattern.hpp"

#include "tests/cpu_time.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>
#include <random>

namespace sluice::pattern_test {

using outcome = pattern::outcome;

pattern compiled(std::string_view regex, pattern::options chosen = {}) {
  auto p = pattern::compile(regex, chosen);
  BOOST_REQUIRE_MESSAGE(p, regex << (p ? "" : ": " + p.error().text));
  return std::move(*p);
}

bool finds(std::string_view regex, std::string_view subject) {
  return compiled(regex).search(subject) == outcome::match;
}

bool fills(std::string_view regex, std::string_view subject) {
  return compiled(regex).matches_all(subject);
}

/// Draws expressions and subjects over a tiny alphabet, so that they meet.
class drawer {
public:
  explicit drawer(std::uint64_t seed) : random_(seed) {
  }

  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_);
  }

  std::string regex() {
    std::string out = below(8) == 0 ? "\\A" : "^";
    for (auto n = below(5); n > 0; --n)
      out += element() + quantifier();
    return out
           + pick({"", "", "", ".*", ".*", "$", "$", ".*$", "b|1", "(1|a)",
                   "\\b", "."});
  }

  std::string subject() {
    std::string out;
    for (auto n = below(9); n > 0; --n) {
      const auto one
        = pick({"0", "1", "9", "a", "b", ",", "-", "]", "\n", "\r", "\xe4"});
      // Some runs are longer than the blocks in which they are compared.
      for (auto times = below(12) == 0 ? 14 + below(30) : 1; times > 0; --times)
        out += one;
    }
    return out + pick({"", "", "", "", "\n", "\r", "\r\n"});
  }

private:
  std::string pick(std::vector<std::string> from) {
    return from[below(from.size())];
  }

  std::string element() {
    return pick({"a",    "b",      "1",           ",",    "\\d",  "\\,",
                 "\\-",  "[0-9]",  "[^,]",        ".",    "[ab]", "[a-]",
                 "[-a]", "[\\d,]", "[^\\d]",      "[]a]", "[^]]", "[0-9a-b]",
                 "(a)",  "\\w",    "[[:digit:]]", "]",    "-",    "\\t"});
  }

  std::string quantifier() {
    return pick({"", "", "", "+", "*", "?", "{2}", "{1,}", "{0,2}", "{0}", "+?",
                 "*+", "{2}{2}", "{,2}", "{a"});
  }

  std::mt19937_64 random_;
};

BOOST_AUTO_TEST_SUITE(a_pattern)

BOOST_AUTO_TEST_CASE(a_dot_takes_a_newline_only_when_told) {
  BOOST_TEST(!fills("^.*$", "new\nline"));
  const auto p = compiled("^.*$", {.dot_all = true});
  BOOST_TEST(p.matches_all("new\nline\n"));
  BOOST_TEST(compiled("^a.", {.dot_all = true}).matches_all("a\r"));
}

BOOST_AUTO_TEST_CASE(is_found_anywhere_as_javas_find_does) {
  BOOST_TEST(finds("b+", "abbc"));
  BOOST_TEST(!finds("^b", "ab"));
  BOOST_TEST(finds("", ""));
  BOOST_TEST(finds("c$", "abc\r\n"));
  BOOST_TEST(!finds("a.b", "a\rb"));
}

BOOST_AUTO_TEST_CASE(matches_a_file_name_only_as_a_whole) {
  BOOST_TEST(fills(".*\\.log", "a.log"));
  BOOST_TEST(!fills(".*\\.log", "a.log.1"));
  BOOST_TEST(fills("a|ab", "ab"));
  BOOST_TEST(fills("^$", ""));
  BOOST_TEST(!fills("^$", "x"));
}

BOOST_AUTO_TEST_CASE(matches_bytes_that_are_not_text) {
  BOOST_TEST(finds("a.b", "a\xff"
                          "b"));
  BOOST_TEST(finds("\\x00", std::string_view{"a\0b", 3}));
}

BOOST_AUTO_TEST_CASE(that_is_not_ascii_counts_characters_not_bytes) {
  BOOST_TEST(finds("^[äö]{2}$", "äö"));
  BOOST_TEST(!finds("^[äö]{4}$", "äö"));
  BOOST_TEST(finds("ö", "\xff\xfeö\xff"));
  BOOST_TEST(!finds("^ä.b", "ä\xff"
                            "b"));
}

BOOST_AUTO_TEST_CASE(that_is_wrong_is_refused_with_its_place) {
  const auto p = pattern::compile("ab(c");
  BOOST_TEST(!p);
  BOOST_TEST((p.error().kind == errc::config));
  BOOST_TEST(p.error().text.find("character 5") != std::string::npos,
             p.error().text);
  BOOST_TEST(!pattern::compile("*"));
  BOOST_TEST(!pattern::compile(std::string(100'000, 'a')));
}

BOOST_AUTO_TEST_CASE(that_costs_too_much_is_given_up_on) {
  const std::string subject = std::string(40, 'a') + "!";
  for (const bool jit : {true, false}) {
    const auto p = compiled("(a+)+$", {.jit = jit});
    const auto start = test::cpu_seconds();
    BOOST_TEST((p.search(subject) == outcome::limit));
    BOOST_TEST(test::cpu_seconds() - start < 2 * test::sanitizer_factor);
    // And it is as good as new after that.
    BOOST_TEST((p.search("aaa") == outcome::match));
  }
}

BOOST_AUTO_TEST_CASE(judges_a_line_of_a_megabyte_within_50_ms) {
  // One that the shortcut decides, and some that PCRE2 must.
  for (const auto* regex :
       {"^\\d{14},.*,on,", "\\d+,(on|off),[a-p]*$", "(x|y)*,end$", "[^,]*z$"})
    for (const bool jit : {true, false})
      for (const std::size_t size : {50'000, 1'000'000}) {
        auto line = "20260101000000," + std::string(size, 'x') + ",end";
        const auto p = compiled(regex, {.jit = jit});
        const auto start = test::cpu_seconds();
        const auto answer = p.search(line);
        const auto took = test::cpu_seconds() - start;
        BOOST_TEST(took < 0.05 * test::sanitizer_factor,
                   regex << " jit " << jit << ", " << size << " B took " << took
                         << " s, answer " << static_cast<int>(answer));
      }
}

BOOST_AUTO_TEST_CASE(of_nested_repeats_costs_no_more_for_a_longer_line) {
  // Java's engine takes twice as long for each further letter.
  for (const auto* regex : {"(a+)+b", "(a|aa)+c", "^(a*)*$b?!"})
    for (const std::size_t letters : {30, 3'000, 900'000}) {
      const auto line = std::string(letters, 'a');
      const auto p = compiled(regex);
      const auto start = test::cpu_seconds();
      const auto answer = p.search(line);
      const auto took = test::cpu_seconds() - start;
      BOOST_TEST((answer == outcome::no_match || answer == outcome::limit));
      BOOST_TEST(took < 0.5 * test::sanitizer_factor,
                 regex << " on " << letters << " took " << took << " s");
    }
}

BOOST_AUTO_TEST_CASE(that_recurses_deeply_uses_bounded_memory) {
  const std::string deep(200'000, '(');
  const auto p = compiled("(?:\\((?R)*\\)|x)y");
  const auto answer = p.search(deep);
  BOOST_TEST((answer == outcome::limit || answer == outcome::no_match));
}

BOOST_AUTO_TEST_CASE(of_a_leading_time_needs_no_pcre2) {
  for (const auto* regex :
       {"^[0-9]{14},", "^\\d{14},", "^\\d{14},.*", "^\\d+,on", "^[^,]*,[^,]*,3",
        "\\A\\d{4}-\\d{2}", "^20", "^\\d{14}$", "^\\d+,[a-p]*$"})
    BOOST_TEST(compiled(regex).is_shortcut(), regex);
  for (const auto* regex :
       {"[0-9]{14},", "^\\d{14}$,", "^a|b", "^(a)", "^\\d+1", "^a+?b", "a", "",
        "^\\d{14},(?i)on", "^\\d{,3}x", "^", "(?m)^a"})
    BOOST_TEST(!compiled(regex).is_shortcut(), regex);
}

BOOST_AUTO_TEST_CASE(counts_long_runs_to_the_byte) {
  const auto to_the_end = compiled("^1*$");
  const auto at_least = compiled("^1{20,}$");
  const auto exactly = compiled("^1{20},");
  for (const auto* p : {&to_the_end, &at_least, &exactly})
    BOOST_TEST(p->is_shortcut());
  // As in a slab: what stands behind the end would go on matching.
  const std::string ones(128, '1');
  for (std::size_t n = 0; n <= 80; ++n) {
    const auto line = std::string_view{ones}.substr(0, n);
    const auto comma = std::string{line} + ",";
    BOOST_TEST((to_the_end.search(line) == outcome::match));
    BOOST_TEST((to_the_end.search(comma) == outcome::no_match));
    BOOST_TEST((at_least.search(line) == outcome::match) == (n >= 20));
    BOOST_TEST((exactly.search(comma) == outcome::match) == (n == 20));
  }
}

BOOST_AUTO_TEST_CASE(answers_with_the_shortcut_as_pcre2_does) {
  constexpr std::uint64_t seed = 20'261'124;
  std::cout << "seed " << seed << '\n';
  drawer draw{seed};
  std::size_t cases = 0;
  std::size_t decided = 0;
  std::size_t matched = 0;
  for (int i = 0; i < 6'000; ++i) {
    const auto regex = draw.regex();
    const auto with = pattern::compile(regex);
    const auto without = pattern::compile(regex, {.shortcut = false});
    BOOST_REQUIRE(static_cast<bool>(with) == static_cast<bool>(without));
    if (!with)
      continue;
    for (int k = 0; k < 60; ++k) {
      const auto drawn = draw.subject();
      // As in a slab: what follows the end would go on matching.
      const auto slab
        = drawn + std::string(32, drawn.empty() ? 'a' : drawn.back());
      const auto subject = std::string_view{slab}.substr(0, drawn.size());
      const auto answer = with->search(subject);
      if (answer != without->search(subject))
        BOOST_FAIL("differs: " << regex << " on '" << subject << "'");
      ++cases;
      decided += with->is_shortcut() ? 1 : 0;
      matched += answer == outcome::match ? 1 : 0;
    }
  }
  std::cout << cases << " cases, " << decided << " decided by the shortcut, "
            << matched << " matches\n";
  BOOST_TEST(decided > cases / 10);
  BOOST_TEST(matched > cases / 10);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::pattern_test
