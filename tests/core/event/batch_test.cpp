// batch: what interceptors and channels do to it.
#include "actors/core/event/batch.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>

namespace sluice::event_test {

namespace {

/// Two runs, "a" and "b", of `each` lines of `length` bytes.
batch_ptr two_runs(std::uint32_t each, std::uint32_t length) {
  auto b = std::make_shared<batch>();
  const std::size_t size = std::size_t{2} * each * (length + 1);
  auto bytes = std::make_shared<slab>(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes->data()[i] = i % (length + 1) == length ? '\n' : 'x';
  b->bytes = bytes;
  for (std::uint32_t k = 0; k < 2; ++k) {
    run r;
    r.from_origin = origin{k == 0 ? "a" : "b"};
    r.to = std::uint64_t{each} * (length + 1);
    r.first = k * each;
    r.count = each;
    r.slab_offset = k * each * (length + 1);
    for (std::uint32_t i = 0; i < each; ++i)
      b->events.push_back({r.slab_offset + i * (length + 1), length});
    b->runs.push_back(r);
  }
  return b;
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_batch)

BOOST_AUTO_TEST_CASE(that_loses_nothing_to_a_filter_is_the_same_batch) {
  const auto b = two_runs(3, 5);
  BOOST_TEST((filtered(b, [](std::uint32_t) { return true; }) == b));
}

BOOST_AUTO_TEST_CASE(keeps_its_runs_when_all_events_are_filtered) {
  const auto out
    = filtered(two_runs(3, 5), [](std::uint32_t) { return false; });
  BOOST_TEST(out->events.empty());
  BOOST_TEST((out->bytes == nullptr));
  BOOST_REQUIRE(out->runs.size() == 2U);
  BOOST_TEST(out->runs[1].to == 18U);
  BOOST_TEST(out->cost() == 2 * run_cost);
}

BOOST_AUTO_TEST_CASE(of_which_little_is_left_gets_a_slab_of_its_own) {
  const auto b = two_runs(100, 50);
  const auto out = filtered(b, [](std::uint32_t i) { return i % 50 == 7; });
  BOOST_REQUIRE(out->events.size() == 4U);
  BOOST_TEST(out->bytes->capacity() == 4 * 50U);
  BOOST_TEST(out->cost() < b->cost() / 4);
  for (const auto& r : out->runs)
    for (auto i = r.first; i < r.first + r.count; ++i) {
      BOOST_TEST((out->body(out->events[i]) == std::string(50, 'x')));
      BOOST_TEST(out->end_of(r, i) == (i % 2 == 0 ? 8U : 58U) * 51);
    }
  // And once more, on ends that are a column by now.
  const auto one = filtered(out, [](std::uint32_t i) { return i == 3; });
  BOOST_TEST(one->end_of(one->runs[1], 0) == 58U * 51);
}

BOOST_AUTO_TEST_CASE(keeps_the_marks_of_what_it_keeps) {
  const auto b = two_runs(3, 5);
  const auto marked = with_rejected(b, {{1, "x"}, {4, "y"}});
  const auto again = with_rejected(marked, {{0, "z"}, {4, "w"}});
  BOOST_REQUIRE(again->rejected.size() == 3U);
  BOOST_TEST(again->rejected[2].reason == "y");
  const auto out = filtered(again, [](std::uint32_t i) { return i != 0; });
  BOOST_REQUIRE(out->rejected.size() == 2U);
  BOOST_TEST(out->rejected[0].event == 0U);
  BOOST_TEST(out->rejected[1].event == 3U);
  BOOST_TEST((with_rejected(b, {}) == b));
}

BOOST_AUTO_TEST_CASE(shares_one_header_set_among_like_runs) {
  const auto out = with_headers(
    two_runs(2, 2), [](header_set& h) { h.emplace("key", "value"); });
  BOOST_TEST((out->runs[0].headers == out->runs[1].headers));
  BOOST_TEST(out->runs[0].headers->at("key") == "value");
}

BOOST_AUTO_TEST_CASE(merges_only_empty_runs_that_follow_each_other) {
  batch b;
  const auto add = [&](std::uint64_t from, std::uint64_t to, run_kind kind) {
    run r;
    r.from_origin = origin{"a"};
    r.after = {0, from};
    r.from = from;
    r.to = to;
    r.kind = kind;
    r.proof.size = to;
    b.runs.push_back(r);
  };
  add(0, 5, run_kind::data);
  add(5, 9, run_kind::data);
  add(9, 12, run_kind::missed);
  add(20, 21, run_kind::missed);
  compact(b);
  BOOST_REQUIRE(b.runs.size() == 3U);
  BOOST_TEST(b.runs[0].to == 9U);
  BOOST_TEST(b.runs[0].proof.size == 9U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::event_test
