// Framing: every delimiter, every length around the maximum, in any portions.
#include "actors/core/file/line_splitter.hpp"

#include "actors/core/event/batch.hpp"
#include "tests/core/file/by_the_book.hpp"
#include "tests/cpu_time.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

namespace sluice::splitter_test {

std::vector<event_ref> split(const std::string& text, split_options options,
                             file_end end, std::size_t* stop = nullptr) {
  std::vector<event_ref> events;
  const auto at
    = split_lines(text.data(), 0, text.size(), end, options, 1U << 30U, events);
  if (stop != nullptr)
    *stop = at;
  return events;
}

std::string shown(const std::string& text, split_options options = {},
                  file_end end = file_end::finished) {
  std::string out;
  for (const auto& e : split(text, options, end))
    out += text.substr(e.offset, e.length) + "|";
  return out;
}

} // namespace sluice::splitter_test

using namespace sluice;
using namespace sluice::splitter_test;

BOOST_AUTO_TEST_SUITE(line_splitter)

BOOST_AUTO_TEST_CASE(a_cr_before_the_newline_is_no_data_and_a_lone_cr_is) {
  BOOST_TEST(shown("a\r\nb\rc\nd\r\n\r\n") == "a|b\rc|d||");
  BOOST_TEST(shown("a\r\n", {.strip_cr = false}) == "a\r|");
}

BOOST_AUTO_TEST_CASE(nul_bytes_and_invalid_utf8_are_data) {
  const std::string text{"a\0b\n\xff\xfe\n\x1b]0;x\n", 13};
  BOOST_TEST(shown(text) == (std::string{"a\0b|\xff\xfe|\x1b]0;x|", 13}));
}

BOOST_AUTO_TEST_CASE(blank_lines_are_events) {
  BOOST_TEST(shown("\n  \n\n") == "|  ||");
}

BOOST_AUTO_TEST_CASE(a_last_line_without_newline_waits_until_finished) {
  std::size_t stop = 0;
  const std::string text = "a\nbc";
  BOOST_TEST(split(text, {}, file_end::open, &stop).size() == 1U);
  BOOST_TEST(stop == 2U);
  BOOST_TEST(shown(text) == "a|bc|");
}

BOOST_AUTO_TEST_CASE(a_line_of_exactly_the_maximum_is_one_event) {
  BOOST_TEST(shown("abcd\nx\n", {.line_max = 4}) == "abcd|x|");
  BOOST_TEST(shown("abcd\r\nx\n", {.line_max = 4}) == "abcd|x|");
  BOOST_TEST(shown("abcd", {.line_max = 4}) == "abcd|");
}

BOOST_AUTO_TEST_CASE(a_longer_line_is_cut_at_multiples_of_the_maximum) {
  BOOST_TEST(shown("abcde\n", {.line_max = 4}) == "abcd|e|");
  BOOST_TEST(shown("abcdefghi\n", {.line_max = 4}) == "abcd|efgh|i|");
  std::size_t stop = 0;
  static_cast<void>(split("abcde", {.line_max = 4}, file_end::open, &stop));
  BOOST_TEST(stop == 0U, "cut although CRLF might have followed");
}

BOOST_AUTO_TEST_CASE(splitting_in_any_portions_gives_what_the_rules_say) {
  std::mt19937_64 random{20'261'124};
  for (int round = 0; round < 20'000; ++round) {
    const split_options options{.line_max
                                = 1 + static_cast<std::uint32_t>(random() % 9),
                                .strip_cr = random() % 2 == 0};
    std::string text;
    for (auto n = random() % 200; n > 0; --n)
      text += "ab\r\n"[random() % 4];
    std::vector<std::string> got;
    std::size_t at = 0;
    std::size_t visible = 0;
    while (at < text.size()) {
      visible = std::min(text.size(), visible + 1 + random() % 40);
      const bool last = visible == text.size();
      batch b;
      std::vector<event_ref> events;
      const auto stop = split_lines(text.data(), at, visible,
                                    last ? file_end::finished : file_end::open,
                                    options, 1 + random() % 5, events);
      auto own = std::make_shared<slab>(text.size());
      std::copy(text.begin(), text.end(), own->data());
      b.bytes = own;
      b.events = events;
      run r;
      r.from = 1000 + at;
      r.to = 1000 + stop;
      r.slab_offset = static_cast<std::uint32_t>(at);
      r.count = static_cast<std::uint32_t>(events.size());
      for (std::uint32_t i = 0; i < r.count; ++i) {
        got.push_back(text.substr(events[i].offset, events[i].length));
        const auto next = i + 1 < r.count ? 1000 + events[i + 1].offset : r.to;
        BOOST_REQUIRE_EQUAL(b.end_of(r, i), next);
      }
      at = stop;
    }
    BOOST_REQUIRE(got == by_the_book(text, options));
  }
}

BOOST_AUTO_TEST_CASE(splitting_is_not_slowed_by_short_or_empty_lines) {
  for (const std::size_t length : {0, 1, 73, 1000, 100'000}) {
    std::string text;
    while (text.size() < (8U << 20U))
      text += std::string(length, 'x') + "\n";
    std::vector<event_ref> events;
    events.reserve(text.size() / (length + 1) + 1);
    const auto start = test::cpu_seconds();
    static_cast<void>(split_lines(text.data(), 0, text.size(), file_end::open,
                                  {}, text.size(), events));
    const auto took = test::cpu_seconds() - start;
    BOOST_TEST_MESSAGE("lines of " << length << " B took " << took << " s");
    // Far above what it needs, sanitizers included; a cost that grows with the
    // square of anything here is far above this.
    const auto lines = static_cast<double>(events.size());
    BOOST_TEST(took < 1e-6 * lines + 1e-8 * static_cast<double>(text.size()));
  }
}

BOOST_AUTO_TEST_SUITE_END()
