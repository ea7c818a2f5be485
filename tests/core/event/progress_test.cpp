// progress: the receiving rule, case by case.
#include "actors/core/event/progress.hpp"

#include "actors/core/base/check.hpp"
#include "tests/cpu_time.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <iostream>

namespace sluice::event_test {

namespace {

const origin input{"input"};

/// Lines of `text`, which stands at `from` in generation `generation`.
batch_ptr lines(std::uint64_t from, const std::string& text,
                std::uint64_t generation = 0, const origin& o = input) {
  auto b = std::make_shared<batch>();
  auto bytes = std::make_shared<slab>(text.size());
  std::memcpy(bytes->data(), text.data(), text.size());
  b->bytes = bytes;
  run r;
  r.from_origin = o;
  r.generation = generation;
  r.after = {generation, from};
  r.from = from;
  r.to = from + text.size();
  for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
    end = text.find('\n', at);
    b->events.push_back(
      {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end - at)});
  }
  r.count = static_cast<std::uint32_t>(b->events.size());
  b->runs.push_back(r);
  return b;
}

std::string bodies(const batch_ptr& b) {
  std::string all;
  if (b)
    for (const auto& e : b->events)
      all += std::string{b->body(e)} + "|";
  return all;
}

progress at(std::uint64_t offset, std::uint64_t generation = 0) {
  position_map m;
  m[input].at = {generation, offset};
  return progress{m};
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_receiver)

BOOST_AUTO_TEST_CASE(takes_what_follows_as_it_is) {
  auto held = at(4);
  const auto b = lines(4, "one\ntwo\n");
  BOOST_TEST((held.receive(b).fresh == b));
  BOOST_TEST((held.at(input) == position{0, 12}));
}

BOOST_AUTO_TEST_CASE(trims_what_it_has) {
  auto held = at(8);
  const auto got = held.receive(lines(4, "one\ntwo\n"));
  BOOST_TEST(bodies(got.fresh) == "two|");
  BOOST_TEST(got.duplicates == 1U);
  BOOST_TEST(got.reframed == 0U);
  const auto& r = got.fresh->runs.front();
  BOOST_TEST((r.after == position{0, 8}));
  BOOST_TEST(r.from == 8U);
  BOOST_TEST(got.fresh->end_of(r, 0) == 12U);
}

BOOST_AUTO_TEST_CASE(cuts_a_unit_that_a_position_lies_in_and_counts_it) {
  // 4: "one\n" is [4, 8); at 6 the receiver has "on" already.
  auto held = at(6);
  const auto got = held.receive(lines(4, "one\ntwo\n"));
  BOOST_TEST(bodies(got.fresh) == "e|two|");
  BOOST_TEST(got.reframed == 1U);
  auto trimmed_too = trim(lines(4, "one\ntwo\n"), at(6));
  BOOST_TEST(bodies(trimmed_too.rest) == "e|two|");
  BOOST_TEST(trimmed_too.reframed == 1U);
  // Between body and delimiter: the delimiter ends an empty line.
  auto late = at(7);
  BOOST_TEST(bodies(late.receive(lines(4, "one\ntwo\n")).fresh) == "|two|");
}

BOOST_AUTO_TEST_CASE(reports_a_gap_and_moves_nothing) {
  auto held = at(3);
  const auto got = held.receive(lines(4, "one\n"));
  BOOST_TEST(got.gap.has_value());
  BOOST_TEST((got.fresh == nullptr));
  BOOST_TEST((held.at(input) == position{0, 3}));
}

BOOST_AUTO_TEST_CASE(drops_an_older_generation_whole) {
  auto held = at(2, 1);
  const auto got = held.receive(lines(4, "one\n"));
  BOOST_TEST((got.fresh == nullptr));
  BOOST_TEST(got.duplicates == 1U);
}

BOOST_AUTO_TEST_CASE(takes_a_new_generation_only_behind_the_old_one) {
  auto opening = std::make_shared<batch>(*lines(0, "one\n", 1));
  opening->runs.front().after = {0, 10};
  auto behind = at(9);
  BOOST_TEST(behind.receive(opening).gap.has_value());
  auto there = at(10);
  BOOST_TEST((there.receive(opening).fresh == opening));
  auto inside = at(2, 1);
  BOOST_TEST(bodies(inside.receive(opening).fresh) == "e|");
}

BOOST_AUTO_TEST_CASE(refuses_a_run_that_contradicts_itself) {
  auto skips = std::make_shared<batch>(*lines(8, "one\n"));
  skips->runs.front().after = {0, 4};
  auto held = at(4);
  BOOST_CHECK_THROW(static_cast<void>(held.receive(skips)), broken_invariant);
  auto backwards = std::make_shared<batch>(*lines(8, "one\n"));
  backwards->runs.front().to = 4;
  auto there = at(8);
  BOOST_CHECK_THROW(static_cast<void>(there.receive(backwards)),
                    broken_invariant);
}

BOOST_AUTO_TEST_CASE(takes_a_run_without_events) {
  auto b = std::make_shared<batch>();
  run r;
  r.from_origin = input;
  r.to = 5'000'000'000;
  r.kind = run_kind::skipped;
  b->runs.push_back(r);
  progress held;
  BOOST_TEST((held.receive(b).fresh == b));
  auto inside = at(7);
  const auto got = inside.receive(b);
  BOOST_REQUIRE(got.fresh);
  BOOST_TEST(got.fresh->runs.front().from == 7U);
  BOOST_TEST((inside.at(input) == position{0, 5'000'000'000}));
}

BOOST_AUTO_TEST_CASE(pays_for_a_trim_by_the_batch_not_by_its_origins) {
  position_map many;
  for (int i = 0; i < 10'000; ++i)
    many[origin{"file:" + std::to_string(i)}].at = {0, 4};
  progress held{many};
  const auto start = test::cpu_seconds();
  for (int i = 0; i < 10'000; ++i) {
    const origin o{"file:" + std::to_string(i)};
    const auto got = held.receive(lines(0, "one\ntwo\n", 0, o));
    BOOST_REQUIRE(bodies(got.fresh) == "two|");
  }
  // Copying the map each time would take minutes.
  BOOST_TEST(test::cpu_seconds() - start < 3 * test::sanitizer_factor);
}

BOOST_AUTO_TEST_CASE(leaves_an_origin_out_that_one_route_lacks) {
  const auto a = at(5).positions();
  const auto b = at(3).positions();
  const position_map none;
  BOOST_TEST((smallest({&a, &b}) == b));
  BOOST_TEST((smallest({&a, &none}).empty()));
  BOOST_TEST((smallest({}).empty()));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::event_test
