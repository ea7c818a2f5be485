// What stands in logs: lines, and what decides about them.
#include "actors/core/base/log.hpp"
#include "actors/core/event/batch.hpp"
#include "actors/core/file/line_splitter.hpp"
#include "actors/core/store/logger_format.hpp"
#include "actors/core/text/pattern.hpp"
#include "monitoring/label_text.hpp"
#include "simulator/record.hpp"
#include "tests/core/file/by_the_book.hpp"
#include "tests/fuzz/targets.hpp"

#include <algorithm>
#include <vector>

namespace sluice::fuzz {

namespace {

using outcome = pattern::outcome;

/// An expression and a subject: the shortcut, the machine code and PCRE2's
/// interpreter agree.
void regex(std::string_view input) {
  parts in{input};
  const auto expression = in.text();
  const auto subject = in.rest();
  const auto with = pattern::compile(expression);
  const auto without = pattern::compile(expression, {.shortcut = false});
  const auto slowly
    = pattern::compile(expression, {.shortcut = false, .jit = false});
  expect(bool{with} == bool{without} && bool{with} == bool{slowly},
         "only one of two ways compiles");
  if (!with)
    return;
  const auto a = with->search(subject);
  const auto b = without->search(subject);
  const auto c = slowly->search(subject);
  // Each may give up where another still goes on.
  const auto differ = [](outcome x, outcome y) {
    return x != y && x != outcome::limit && y != outcome::limit;
  };
  expect(!differ(a, b) && !differ(b, c) && !differ(a, c),
         "two ways to match differ");
  if (without->matches_all(subject))
    expect(b != outcome::no_match, "it matches all and is not found");
}

/// Bytes, split as they come in portions, against the rules byte by byte.
void lines(std::string_view input) {
  parts in{input};
  const split_options options{.line_max = 1U + in.byte() % 32U,
                              .strip_cr = in.byte() % 2 == 0};
  const auto step = 1U + in.byte() % 100U;
  const auto events_max = 1U + in.byte() % 8U;
  const std::string text{in.rest()};
  std::vector<std::string> got;
  std::size_t at = 0;
  std::size_t visible = 0;
  while (at < text.size()) {
    visible = std::min<std::size_t>(text.size(), visible + step);
    const auto end
      = visible == text.size() ? file_end::finished : file_end::open;
    std::vector<event_ref> events;
    const auto stop
      = split_lines(text.data(), at, visible, end, options, events_max, events);
    expect(stop >= at && stop <= visible, "it stopped outside of what it saw");
    expect(end == file_end::open || stop > at, "the last bytes gave nothing");
    for (const auto& e : events)
      got.push_back(text.substr(e.offset, e.length));
    at = stop;
  }
  expect(got == splitter_test::by_the_book(text, options),
         "the lines are not what the rules say");
}

/// A line of the fleet, by hand and by its expression.
void record(std::string_view input) {
  using namespace sluice::simulator;
  static const auto status = pattern::compile(status_regex);
  static const auto trip = pattern::compile(trip_regex);
  // `$` also matches before a newline at the end, which no line has.
  const auto line = input.substr(0, input.find_first_of("\r\n"));
  record_id id;
  const auto seen = recognize(line, id);
  const bool matched = status->search(line) == outcome::match
                       || trip->search(line) == outcome::match;
  expect(matched == (seen != line_form::other),
         "the hand and the expression differ");
}

/// Data made fit for lines, terminals and labels.
void shown(std::string_view input) {
  std::string line;
  append_logger_line(line, input);
  expect(line.find('\n') == line.size() - 1, "an event is not one line");
  line.pop_back();
  expect(logger_body(line) == input, "the logger's line is not reversible");
  if (const auto body = logger_body(input)) {
    std::string again;
    append_logger_line(again, *body);
    expect(again == std::string{input} + "\n", "two lines for one event");
  }
  const auto text = log::escaped(input);
  expect(std::none_of(text.begin(), text.end(),
                      [](char c) {
                        return static_cast<unsigned char>(c) < ' '
                               || c == '\x7f';
                      }),
         "a control character in a log line");
  expect(label_text(label_text(std::string{input}))
           == label_text(std::string{input}),
         "a label is not clean after cleaning");
}

} // namespace

std::span<const target> text_targets() {
  static constexpr target all[] = {
    {"regex", regex}, {"lines", lines}, {"record", record}, {"shown", shown}};
  return all;
}

} // namespace sluice::fuzz
