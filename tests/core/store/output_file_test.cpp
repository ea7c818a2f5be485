// output_file: each byte once, whatever dies or breaks.
#include "actors/core/store/output_file.hpp"

#include "tests/core/store/scratch.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <iostream>

namespace sluice::store_test {

const origin input{"input"};

std::string record(std::uint64_t n) {
  return "record " + std::to_string(n) + "\n";
}

std::string records(std::uint64_t n) {
  std::string all;
  for (std::uint64_t i = 0; i < n; ++i)
    all += record(i);
  return all;
}

std::uint64_t done_so_far(const output_file& out) {
  const auto found = out.positions().find(input);
  return found == out.positions().end() ? 0 : found->second.at.offset;
}

position_map upto(std::uint64_t n) {
  position_map m;
  m[input].at = {0, n};
  return m;
}

/// A sink's life: goes on from the position, `per_commit` records a commit,
/// until `last` or a failure.
result<void> deliver(output_file& out, std::uint64_t last,
                     std::uint64_t per_commit = 3) {
  for (auto n = done_so_far(out); n < last;) {
    const auto stop = std::min(last, n + per_commit);
    for (; n < stop; ++n)
      if (auto done = out.append(record(n)); !done)
        return done;
    if (auto done = out.commit(upto(n), {}); !done)
      return done;
  }
  return {};
}

struct output_fixture {
  scratch dir;
  std::string path = dir.path("out");

  result<output_file> open() {
    return output_file::open({.path = path,
                              .slots = dir.path("slot"),
                              .buffer_bytes = 64,
                              .delta_bytes_max = 500});
  }

  /// A life that must succeed.
  void run_to(std::uint64_t last) {
    auto out = open();
    BOOST_REQUIRE_MESSAGE(out, (out ? "" : out.error().text));
    BOOST_REQUIRE(deliver(*out, last));
  }

  errc refused() {
    const auto out = open();
    BOOST_REQUIRE(!out);
    text = out.error().text;
    return out.error().kind;
  }

  [[nodiscard]] bool says(const std::string& part) const {
    return text.find(part) != std::string::npos;
  }

  std::string text;
};

BOOST_FIXTURE_TEST_SUITE(an_output_file, output_fixture)

BOOST_AUTO_TEST_CASE(cuts_off_what_was_not_confirmed_and_keeps_it_aside) {
  {
    auto out = open();
    BOOST_REQUIRE(out);
    BOOST_REQUIRE(deliver(*out, 10));
    BOOST_REQUIRE(out->append(std::string(100, 'x')));
  }
  BOOST_TEST(content(path).size() > records(10).size());
  auto out = open();
  BOOST_REQUIRE(out);
  BOOST_TEST(content(path) == records(10));
  BOOST_TEST(content(path + ".cut") == std::string(100, 'x'));
  BOOST_REQUIRE(deliver(*out, 20));
  BOOST_TEST(content(path) == records(20));
}

BOOST_AUTO_TEST_CASE(with_bytes_but_without_slots_stops_and_says_what_to_type) {
  write(path, "old");
  BOOST_TEST((refused() == errc::state_lost));
  BOOST_TEST(says("mv '" + path + "' '" + path + ".before'"), text);
  BOOST_TEST(content(path) == "old");
}

BOOST_AUTO_TEST_CASE(that_became_shorter_stops_and_says_what_to_type) {
  run_to(10);
  std::filesystem::resize_file(path, 5);
  BOOST_TEST((refused() == errc::state_lost));
  BOOST_TEST(says("mv '" + path + "' '" + path + ".short'"), text);
  // The command works: the rest goes into a new file.
  std::filesystem::rename(path, path + ".short");
  run_to(12);
  BOOST_TEST(content(path) == record(10) + record(11));
}

BOOST_AUTO_TEST_CASE(that_is_missing_or_another_one_is_a_new_output) {
  run_to(10);
  std::filesystem::remove(path);
  run_to(11);
  BOOST_TEST(content(path) == record(10));
  std::filesystem::rename(path, path + ".1");
  write(path, "another\n");
  run_to(12);
  BOOST_TEST(content(path) == "another\n" + record(11));
}

BOOST_AUTO_TEST_CASE(of_another_process_is_not_touched) {
  const auto out = open();
  BOOST_REQUIRE(out);
  BOOST_TEST((refused() == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(that_is_no_file_is_refused_without_blocking) {
  BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  BOOST_TEST((refused() == errc::config));
}

BOOST_AUTO_TEST_CASE(moved_away_while_open_loses_and_repeats_nothing) {
  auto out = open();
  BOOST_REQUIRE(out);
  BOOST_REQUIRE(deliver(*out, 3));
  BOOST_REQUIRE(out->append(record(3)));
  std::filesystem::rename(path, path + ".1");
  // What was underway is confirmed where it is; the rest wants a new file.
  const auto after = deliver(*out, 8, 2);
  BOOST_REQUIRE(!after);
  BOOST_TEST((after.error().kind == errc::retry));
  out = open();
  BOOST_REQUIRE(out);
  BOOST_REQUIRE(deliver(*out, 8));
  const auto both = content(path + ".1") + content(path);
  BOOST_TEST(both.find(record(7)) == both.rfind(record(7)));
  BOOST_TEST(both.substr(both.size() - record(7).size()) == record(7));
}

BOOST_AUTO_TEST_CASE(deleted_or_changed_while_open_confirms_nothing_more) {
  auto out = open();
  BOOST_REQUIRE(deliver(*out, 3));
  std::filesystem::remove(path);
  BOOST_TEST(!deliver(*out, 6));
  out = open();
  BOOST_REQUIRE(deliver(*out, 6));
  BOOST_TEST(content(path) == record(3) + record(4) + record(5));
  std::filesystem::resize_file(path, 0);
  BOOST_TEST(!deliver(*out, 9));
}

BOOST_AUTO_TEST_CASE(has_each_byte_once_after_the_failure_of_each_call) {
  std::size_t failures = 0;
  for (const std::string point :
       {"store.open", "store.read", "store.write", "store.sync", "store.rename",
        "store.truncate", "store.sync_directory", "store.before_flush",
        "store.before_slot", "store.after_slot", "store.compact.before_switch"})
    for (int nth = 1; nth <= 16; ++nth) {
      output_fixture f;
      const int error = nth % 2 == 0 ? 28 : 5;
      fault::arm(point + "=" + std::to_string(nth) + "@2*err("
                 + std::to_string(error) + ")");
      for (int life = 0; life < 8; ++life) {
        auto out = f.open();
        if (!out) {
          BOOST_REQUIRE_MESSAGE(!is_terminal(out.error().kind),
                                point << nth << out.error().text);
          ++failures;
          continue;
        }
        failures += deliver(*out, 40) ? 0 : 1;
      }
      BOOST_TEST(content(f.path) == records(40), point << " " << nth);
    }
  std::cout << failures << " failures\n";
  BOOST_TEST(failures > 100U);
}

BOOST_AUTO_TEST_CASE(has_each_byte_once_after_a_kill_at_each_failpoint) {
  std::size_t kills = 0;
  for (const std::string point :
       {"store.before_flush", "store.before_slot", "store.after_slot",
        "store.compact.before_switch", "store.write", "store.sync",
        "store.truncate"})
    for (int nth = 1; nth <= 4; ++nth) {
      output_fixture f;
      std::uint64_t goal = 0;
      for (int life = 0; life < 5; ++life) {
        goal += 20;
        kills += in_child([&] {
          fault::arm(point + "=" + std::to_string(nth) + "@kill");
          auto out = f.open();
          if (!out || !deliver(*out, goal))
            ::_exit(1);
          static_cast<void>(out->append(std::string(200, 'x')));
        })
                   ? 0
                   : 1;
      }
      f.run_to(goal);
      BOOST_TEST(content(f.path) == records(goal), point << " " << nth);
    }
  std::cout << kills << " kills\n";
  BOOST_TEST(kills > 60U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::store_test
