// The interceptors: what travels on, and with which headers.
#include "actors/interceptor/interceptor.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstring>
#include <vector>

namespace sluice::interceptor_test {

namespace {

batch_ptr events(const std::vector<std::string>& bodies) {
  auto b = std::make_shared<batch>();
  std::string text;
  for (const auto& body : bodies) {
    b->events.push_back({static_cast<std::uint32_t>(text.size()),
                         static_cast<std::uint32_t>(body.size())});
    text += body + "\n";
  }
  auto bytes = std::make_shared<slab>(text.size());
  std::memcpy(bytes->data(), text.data(), text.size());
  b->bytes = bytes;
  run r;
  r.from_origin = origin{"input"};
  r.to = text.size();
  r.count = static_cast<std::uint32_t>(bodies.size());
  b->runs.push_back(r);
  return b;
}

std::string bodies(const batch_ptr& b) {
  std::string all;
  for (const auto& e : b->events)
    all += std::string{b->body(e)} + "|";
  return all;
}

interceptor_ptr regex_filter(const std::string& regex, bool exclude = false) {
  auto made = make_regex_filter({.regex = regex, .exclude = exclude});
  BOOST_REQUIRE(made);
  return std::move(*made);
}

std::string header(const batch_ptr& b, const std::string& key) {
  const auto& headers = b->runs.front().headers;
  return headers && headers->count(key) != 0 ? headers->at(key) : "(none)";
}

batch_ptr with_header(const std::string& key, const std::string& value) {
  return with_headers(events({"x"}),
                      [&](header_set& h) { h.emplace(key, value); });
}

class fixed_clock : public clock_source {
public:
  wall_time wall() const override {
    return wall_time{std::chrono::milliseconds{1'764'000'000'123}};
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(an_interceptor)

BOOST_AUTO_TEST_CASE(filters_by_a_regex_found_anywhere) {
  const auto filter = regex_filter("b+");
  const auto out = filter->apply(events({"abc", "ac", "bb", ""}));
  BOOST_TEST(bodies(out) == "abc|bb|");
  BOOST_TEST(filter->figures().filtered == 2U);
  BOOST_TEST(out->runs.front().to == 11U);
}

BOOST_AUTO_TEST_CASE(counts_a_line_it_drops_and_the_position_moves_past_it) {
  const auto filter = regex_filter("^[0-9]{14},");
  const auto in = events({"20260101000000,on", "\x1b]0;x\x07", "junk"});
  const auto out = filter->apply(in);
  BOOST_TEST(bodies(out) == "20260101000000,on|");
  BOOST_TEST(filter->figures().filtered == 2U);
  BOOST_REQUIRE(out->runs.size() == 1U);
  BOOST_TEST((out->runs[0].end() == in->runs[0].end()));
  const auto none = filter->apply(events({"junk", ""}));
  BOOST_TEST(none->events.empty());
  BOOST_REQUIRE(none->runs.size() == 1U);
  BOOST_TEST(none->runs[0].to == 6U);
  BOOST_TEST(filter->figures().filtered == 4U);
}

BOOST_AUTO_TEST_CASE(filters_out_what_is_to_be_excluded) {
  const auto filter = regex_filter("b+", true);
  BOOST_TEST(bodies(filter->apply(events({"abc", "ac", "bb", ""}))) == "ac||");
  BOOST_TEST(filter->figures().filtered == 2U);
}

BOOST_AUTO_TEST_CASE(that_filters_nothing_passes_the_very_batch) {
  const auto b = events({"a", ""});
  BOOST_TEST((regex_filter(".*")->apply(b) == b));
}

BOOST_AUTO_TEST_CASE(with_a_wrong_regex_cannot_be_made) {
  const auto made = make_regex_filter({.regex = "("});
  BOOST_REQUIRE(!made);
  BOOST_TEST((made.error().kind == errc::config));
}

BOOST_AUTO_TEST_CASE(marks_an_event_that_costs_too_much_and_lets_it_travel) {
  const std::string hard = std::string(40, 'a') + "!";
  for (const bool exclude : {false, true}) {
    const auto filter = regex_filter("(a+)+$", exclude);
    const auto out = filter->apply(events({"b", hard, "aa"}));
    BOOST_TEST(bodies(out) == (exclude ? "b|" + hard + "|" : hard + "|aa|"));
    BOOST_REQUIRE(out->rejected.size() == 1U);
    BOOST_TEST(out->rejected[0].event == (exclude ? 1U : 0U));
    BOOST_TEST(out->rejected[0].reason == "regex_limit");
    BOOST_TEST(filter->figures().rejected == 1U);
    BOOST_TEST(filter->figures().filtered == 1U);
    // A second filter has no say about it.
    BOOST_TEST(regex_filter("no such")->apply(out)->rejected.size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(sets_the_time_unless_it_is_to_be_preserved) {
  const fixed_clock clock;
  const auto sets = make_timestamp_interceptor({}, clock);
  BOOST_TEST(header(sets->apply(events({"x"})), "timestamp")
             == "1764000000123");
  BOOST_TEST(header(sets->apply(with_header("timestamp", "1")), "timestamp")
             == "1764000000123");
  const auto keeps
    = make_timestamp_interceptor({.header = "t", .preserve = true}, clock);
  BOOST_TEST(header(keeps->apply(with_header("t", "1")), "t") == "1");
}

BOOST_AUTO_TEST_CASE(sets_a_fixed_header_unless_it_is_there) {
  const static_options options{.key = "k", .value = "v"};
  const auto keeps = make_static_interceptor(options);
  BOOST_TEST(header(keeps->apply(events({"x"})), "k") == "v");
  BOOST_TEST(header(keeps->apply(with_header("k", "1")), "k") == "1");
  const auto sets
    = make_static_interceptor({.key = "k", .value = "v", .preserve = false});
  BOOST_TEST(header(sets->apply(with_header("k", "1")), "k") == "v");
}

BOOST_AUTO_TEST_CASE(sets_this_machines_name_and_address) {
  char name[256] = {};
  BOOST_REQUIRE(::gethostname(name, sizeof name - 1) == 0);
  const auto by_name = make_host_interceptor({.use_ip = false});
  BOOST_REQUIRE(by_name);
  BOOST_TEST(header((*by_name)->apply(events({"x"})), "host") == name);
  const auto by_ip = make_host_interceptor({});
  BOOST_REQUIRE(by_ip);
  const auto ip = header((*by_ip)->apply(events({"x"})), "host");
  BOOST_TEST(ip.find_first_not_of("0123456789abcdef.:") == std::string::npos,
             ip);
}

BOOST_AUTO_TEST_CASE(leaves_a_batch_without_events_alone) {
  const auto empty = filtered(events({"x"}), [](auto) { return false; });
  const fixed_clock clock;
  BOOST_TEST((make_timestamp_interceptor({}, clock)->apply(empty) == empty));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::interceptor_test
