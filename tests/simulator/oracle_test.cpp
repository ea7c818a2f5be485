// The oracle finds each planted fault, and nothing in a sound output.
#include "simulator/oracle.hpp"

#include "simulator/output_reader.hpp"
#include "simulator/verify.hpp"
#include "tests/simulator/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

using namespace sluice;
using namespace sluice::simulator;
using namespace sluice::simulator_test;

namespace sluice::simulator_test {

struct judged_fleet {
  scratch dir;
  ledger owed;
  std::vector<std::string> good;
  std::vector<std::string> garbage;

  explicit judged_fleet(std::uint64_t records = 1000) {
    owed.who.kind = fleet_kind::drivers;
    owed.who.count = 10;
    owed.who.period = 1;
    owed.who.start = 1'767'225'600;
    owed.who.seed = 42;
    owed.who.line_max = 200;
    owed.who.garbage_ppm = 100'000;
    line_writer writer(owed.who);
    for (std::uint64_t i = 0; i < records; ++i) {
      good.push_back(line(writer, i));
      std::string text;
      if (writer.garbage(i, text))
        garbage.push_back(text.substr(0, text.size() - 1));
    }
    owed.records = owed.issued = records;
    owed.garbage = garbage.size();
    owed.closed = true;
  }

  static std::string line(line_writer& writer, std::uint64_t index) {
    std::string text;
    writer.record(index, text);
    text.pop_back();
    return text;
  }

  /// Record `index` of this fleet, written or not.
  [[nodiscard]] std::string record(std::uint64_t index) const {
    line_writer writer(owed.who);
    return line(writer, index);
  }

  [[nodiscard]] findings judge(const std::vector<std::string>& lines) const {
    oracle o(owed, [this] { return owed; });
    for (const auto& l : lines)
      o.take(l, 0);
    return o.judge();
  }
};

/// `f` has this fault as often as said, and no other.
void check_only(const findings& f, std::uint64_t findings::*fault,
                std::uint64_t count) {
  using counter = std::uint64_t findings::*;
  for (const counter c :
       {&findings::lost, &findings::duplicated, &findings::reordered,
        &findings::torn, &findings::phantom, &findings::leaked})
    BOOST_TEST((f.*c) == (c == fault ? count : 0U));
  BOOST_TEST(!f.right());
}

} // namespace sluice::simulator_test

BOOST_FIXTURE_TEST_SUITE(simulator_oracle, judged_fleet)

BOOST_AUTO_TEST_CASE(a_sound_output_is_right) {
  const auto f = judge(good);
  BOOST_TEST(f.right());
  BOOST_TEST(f.written == 1000U);
  BOOST_TEST(f.delivered == 1000U);
  BOOST_TEST(f.filtered == garbage.size());
  BOOST_TEST(f.filtered > 50U);
  BOOST_TEST(f.verdict()
             == "verdict: written 1000 filtered "
                  + std::to_string(garbage.size())
                  + " delivered 1000 lost 0 duplicated 0 reordered 0");
}

BOOST_AUTO_TEST_CASE(every_single_lost_record_is_missed) {
  for (std::size_t i = 0; i < good.size(); i += 37) {
    auto lines = good;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
    check_only(judge(lines), &findings::lost, 1);
  }
  check_only(judge({good.begin(), good.end() - 3}), &findings::lost, 3);
  check_only(judge({}), &findings::lost, 1000);
}

BOOST_AUTO_TEST_CASE(a_record_that_comes_again_is_duplicated_each_time) {
  auto lines = good;
  lines.insert(lines.begin() + 500, good[499]);
  lines.push_back(good[0]);
  lines.push_back(good[0]);
  check_only(judge(lines), &findings::duplicated, 3);
}

BOOST_AUTO_TEST_CASE(a_swapped_pair_of_one_car_is_reordered) {
  auto lines = good;
  std::swap(lines[500], lines[510]);
  check_only(judge(lines), &findings::reordered, 1);
}

BOOST_AUTO_TEST_CASE(cars_may_overtake_each_other) {
  auto lines = good;
  std::swap(lines[500], lines[501]);
  BOOST_TEST(judge(lines).right());
}

BOOST_AUTO_TEST_CASE(order_counts_within_a_partition_only) {
  oracle o(owed, [this] { return owed; });
  for (std::size_t i = 500; i < good.size(); ++i)
    o.take(good[i], 1);
  for (std::size_t i = 0; i < 500; ++i)
    o.take(good[i], 0);
  BOOST_TEST(o.judge().right());
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_torn_and_lost) {
  for (const std::size_t at : {20, 60, 110}) {
    auto lines = good;
    lines[123][at] = lines[123][at] == 'b' ? 'c' : 'b';
    const auto f = judge(lines);
    BOOST_TEST(f.torn == 1U);
    BOOST_TEST(f.lost == 1U);
    BOOST_TEST(f.leaked == 0U);
    BOOST_TEST(!f.right());
  }
}

BOOST_AUTO_TEST_CASE(two_records_merged_into_one_line_are_torn) {
  auto lines = good;
  lines[10] += lines[11];
  lines.erase(lines.begin() + 11);
  const auto f = judge(lines);
  BOOST_TEST(f.torn == 1U);
  BOOST_TEST(f.lost == 2U);
}

BOOST_AUTO_TEST_CASE(a_record_that_nobody_wrote_is_a_phantom) {
  auto lines = good;
  lines.push_back(record(1000));
  check_only(judge(lines), &findings::phantom, 1);
}

BOOST_AUTO_TEST_CASE(a_record_of_another_run_is_a_phantom) {
  auto other = owed.who;
  other.start += 1;
  line_writer writer(other);
  auto lines = good;
  lines.push_back(line(writer, 5));
  check_only(judge(lines), &findings::phantom, 1);
}

BOOST_AUTO_TEST_CASE(garbage_that_arrives_is_leaked_and_not_filtered) {
  auto lines = good;
  lines.insert(lines.begin() + 700, garbage[3]);
  lines.push_back(garbage.back());
  const auto f = judge(lines);
  check_only(f, &findings::leaked, 2);
  BOOST_TEST(f.filtered == garbage.size() - 2);
}

BOOST_AUTO_TEST_CASE(an_empty_line_is_torn) {
  auto lines = good;
  lines.emplace_back();
  check_only(judge(lines), &findings::torn, 1);
}

BOOST_AUTO_TEST_CASE(records_in_doubt_are_neither_lost_nor_phantoms) {
  owed.records = 900;
  owed.closed = false;
  BOOST_TEST(judge(good).right());
  BOOST_TEST(judge({good.begin(), good.begin() + 900}).right());
  BOOST_TEST(judge({good.begin(), good.begin() + 950}).right());
  check_only(judge({good.begin(), good.begin() + 899}), &findings::lost, 1);
}

BOOST_AUTO_TEST_CASE(a_run_in_which_nothing_was_written_is_not_right) {
  BOOST_TEST(!judged_fleet(0).judge({}).right());
}

BOOST_AUTO_TEST_CASE(a_ledger_that_grows_meanwhile_makes_no_phantoms) {
  auto early = owed;
  early.records = early.issued = 10;
  oracle o(early, [this] { return owed; });
  for (const auto& l : good)
    o.take(l, 0);
  o.update();
  BOOST_TEST(o.judge().right());
}

BOOST_AUTO_TEST_CASE(escapes_of_the_logger_are_undone) {
  std::string line = "a\\\\b\\x0ac\\xff";
  BOOST_TEST(unescape(line));
  BOOST_TEST(line == "a\\b\nc\xff");
  for (const auto* bad : {"\\", "a\\n", "\\x1", "\\xg0", "\\x"}) {
    std::string text = bad;
    BOOST_TEST(!unescape(text));
  }
}

BOOST_AUTO_TEST_CASE(a_file_is_read_on_where_it_ended_and_half_lines_wait) {
  const auto path = dir / "out";
  const auto reader = make_file_reader({path});
  oracle o(owed, [this] { return owed; });
  BOOST_TEST(!!reader->read(o, {}));
  std::string text;
  for (const auto& l : good)
    text += l + "\n";
  for (std::size_t to :
       {std::size_t{0}, text.size() / 3, text.size() / 2, text.size()}) {
    write_file(path, text.substr(0, to));
    BOOST_TEST(!!reader->read(o, {}));
  }
  BOOST_TEST(o.judge().right());
  write_file(path, text.substr(0, 10));
  const auto shorter = reader->read(o, {});
  BOOST_TEST_REQUIRE(!shorter);
  BOOST_TEST((shorter.error().kind == errc::retry));
}

BOOST_AUTO_TEST_CASE(the_verdict_on_files_is_true_only_when_all_are_right) {
  BOOST_TEST_REQUIRE(!!ledger_file::create(dir / "ledger", owed));
  std::string text;
  for (const auto& l : good)
    text += l + "\n";
  write_file(dir / "one", text.substr(0, text.find('\n', 5000) + 1));
  write_file(dir / "two", text.substr(text.find('\n', 5000) + 1));
  verify_options options;
  options.checks.push_back(
    {dir / "ledger", {dir / "one", dir / "two"}, "", ""});
  auto right = run_verify(options);
  BOOST_TEST_REQUIRE(!!right);
  BOOST_TEST(*right);
  options.checks.push_back({dir / "ledger", {dir / "one"}, "", ""});
  right = run_verify(options);
  BOOST_TEST_REQUIRE(!!right);
  BOOST_TEST(!*right);
  options.checks = {{dir / "none", {dir / "one"}, "", ""}};
  BOOST_TEST(!run_verify(options));
}

BOOST_AUTO_TEST_SUITE_END()
