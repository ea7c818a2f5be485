// The follower: where it starts, and when it refuses to.
#include "actors/core/base/failpoint.hpp"
#include "actors/core/file/follower.hpp"
#include "tests/core/file/follower_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

using namespace sluice;
using sluice::file_test::follower_fixture;

BOOST_FIXTURE_TEST_SUITE(follower_starts, follower_fixture)

BOOST_AUTO_TEST_CASE(the_first_start_skips_to_the_last_lines) {
  where = {tail_start::from::last_lines, 2};
  append("app.log", "1\n2\n3\n4");
  start();
  deliver();
  append("app.log", "4\n");
  deliver();
  BOOST_TEST(end.joined() == "3|44|");
  BOOST_TEST(end.skipped == 4U);
}

BOOST_AUTO_TEST_CASE(every_way_to_say_where_gives_tails_offset) {
  append("app.log", "1\n22\n333\n");
  const auto fd = ::open(dir.at("app.log").c_str(), O_RDONLY);
  using from = tail_start::from;
  const auto at = [&](from kind, std::uint64_t amount) {
    return *start_offset(fd, 9, {kind, amount});
  };
  BOOST_TEST(at(from::beginning, 5) == 0U);
  BOOST_TEST(at(from::end, 0) == 9U);
  BOOST_TEST(at(from::last_lines, 0) == 9U);
  BOOST_TEST(at(from::last_lines, 1) == 5U);
  BOOST_TEST(at(from::last_lines, 3) == 0U);
  BOOST_TEST(at(from::last_lines, 9) == 0U);
  BOOST_TEST(at(from::line, 1) == 0U);
  BOOST_TEST(at(from::line, 3) == 5U);
  BOOST_TEST(at(from::line, 9) == 9U);
  BOOST_TEST(at(from::last_bytes, 4) == 5U);
  BOOST_TEST(at(from::byte, 3) == 2U);
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(kills_before_the_first_commit_do_not_move_the_start) {
  where = {tail_start::from::last_lines, 1};
  append("app.log", "1\n2\n");
  start();
  for (int i = 0; i < 3; ++i) {
    append("app.log", std::to_string(i) + "x\n");
    deliver();
    end = {};
    kill();
    start();
  }
  deliver();
  BOOST_TEST(end.joined() == "2|0x|1x|2x|");
}

BOOST_AUTO_TEST_CASE(the_start_is_fixed_before_any_sink_has_answered) {
  where = {tail_start::from::last_lines, 1};
  append("app.log", "1\n2\n");
  // Killed twice while nobody says where the routes stand.
  for (int i = 0; i < 2; ++i) {
    follower waits{options()};
    BOOST_REQUIRE(bool(waits.first_look()));
    append("app.log", std::to_string(i) + "x\n");
  }
  start();
  deliver();
  BOOST_TEST(end.joined() == "2|0x|1x|");
}

BOOST_AUTO_TEST_CASE(a_new_state_directory_beside_positions_stays_refused) {
  where = {tail_start::from::end, 0};
  append("app.log", "1\n");
  start();
  append("app.log", "2\n");
  deliver();
  end.commit(*reader);
  kill();
  std::filesystem::remove(state.at("start"));
  // Killed after its first look: the next one must not trust that.
  BOOST_REQUIRE(bool(follower{options()}.first_look()));
  for (int i = 0; i < 2; ++i) {
    follower other{options()};
    BOOST_REQUIRE(bool(other.first_look()));
    const auto ok = other.resume(end.points());
    BOOST_REQUIRE(!ok);
    BOOST_TEST((ok.error().kind == errc::state_lost));
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_appears_later_is_read_from_its_start) {
  where = {tail_start::from::end, 0};
  append("a.log", "old\n");
  start(pattern());
  append("b.log", "new\n");
  deliver();
  BOOST_TEST(end.joined() == "new|");
}

BOOST_AUTO_TEST_CASE(rotated_names_are_not_looked_up_at_the_first_start) {
  append("app.log.1", "old\n");
  append("app.log", "1\n");
  start(pattern());
  deliver();
  BOOST_TEST(end.joined() == "1|");
}

BOOST_AUTO_TEST_CASE(a_truncation_before_the_first_read_is_noticed) {
  where = {tail_start::from::end, 0};
  append("app.log", "old\n");
  start();
  truncate("app.log");
  append("app.log", "new-1\nnew-2\n");
  deliver();
  BOOST_TEST(end.joined() == "new-1|new-2|");
}

BOOST_AUTO_TEST_CASE(an_unknown_route_stops_the_source_and_names_the_ways) {
  append("app.log", "1\n");
  start();
  follower other{options()};
  const auto ok = other.resume({{route_id{"new"}, {}}});
  BOOST_REQUIRE(!ok);
  BOOST_TEST((ok.error().kind == errc::state_lost));
  BOOST_TEST(ok.error().text.find("sluice positions add new;")
             != std::string::npos);
  BOOST_TEST(ok.error().text.find("sluice positions rename OLD new")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_lost_start_file_beside_positions_stops_the_source) {
  where = {tail_start::from::end, 0};
  append("app.log", "1\n");
  start();
  append("app.log", "2\n");
  deliver();
  end.commit(*reader);
  kill();
  std::filesystem::remove(state.at("start"));
  follower other{options()};
  const auto ok = other.resume(end.points());
  BOOST_REQUIRE(!ok);
  BOOST_TEST((ok.error().kind == errc::state_lost));
  auto o = options();
  o.adopt_lost_state = true;
  append("app.log", "3\n");
  start(o);
  deliver();
  BOOST_TEST(end.joined() == "2|3|");
}

BOOST_AUTO_TEST_CASE(a_damaged_start_file_stops_the_source_at_every_byte) {
  append("app.log", "1\n");
  start();
  std::ifstream in{state.at("start"), std::ios::binary};
  const std::string good{std::istreambuf_iterator<char>{in}, {}};
  const auto kind_of = [&](const std::string& bytes) {
    state.write("start", bytes);
    const auto got = read_start_file(state.at("start"));
    BOOST_REQUIRE(!got);
    BOOST_TEST(got.error().text.find("mv ") != std::string::npos);
    return got.error().kind;
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    BOOST_TEST((kind_of(good.substr(0, i)) == errc::state_corrupt));
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    BOOST_TEST((kind_of(bad) == errc::state_corrupt));
  }
  state.write("start", good);
  BOOST_TEST(bool(read_start_file(state.at("start"))));
}

BOOST_AUTO_TEST_CASE(imported_positions_are_where_the_first_start_begins) {
  append("a.log", "1\n2\n");
  append("b.log", "3\n4\n");
  append("c.log.1", "5\n6\n");
  append("c.log", "7\n");
  append("d.log", "8\n");
  const auto inode = [&](const char* name) {
    struct stat s {};
    BOOST_REQUIRE(::stat(dir.at(name).c_str(), &s) == 0);
    return s.st_ino;
  };
  auto o = pattern();
  o.groups[0].start = {tail_start::from::end, 0};
  int asked = 0;
  o.import = [&]() -> result<std::vector<imported_position>> {
    ++asked;
    return std::vector<imported_position>{
      {inode("a.log"), 2, dir.at("a.log")},
      // Truncated since: more than there is.
      {inode("b.log"), 99, dir.at("b.log")},
      // Rotated since.
      {inode("c.log.1"), 2, dir.at("c.log")}};
  };
  start(o);
  deliver();
  end.commit(*reader);
  kill();
  start(o);
  deliver();
  BOOST_TEST(asked == 1);
  BOOST_TEST(end.by_lineage["s:" + dir.at("a.log")] == "2\n");
  BOOST_TEST(end.by_lineage["s:" + dir.at("b.log")] == "3\n4\n");
  BOOST_TEST(end.by_lineage["s:" + dir.at("c.log")] == "6\n7\n");
  BOOST_TEST(end.by_lineage["s:" + dir.at("d.log")] == "");
  BOOST_TEST(end.missed == 0U);
}

BOOST_AUTO_TEST_CASE(positions_that_cannot_be_imported_stop_the_first_start) {
  append("app.log", "1\n");
  auto o = options();
  o.import = []() -> result<std::vector<imported_position>> {
    return failure{errc::state_corrupt, "bad"};
  };
  follower other{o};
  const auto ok = other.resume({{route_id{"r"}, {}}});
  BOOST_REQUIRE(!ok);
  BOOST_TEST((ok.error().kind == errc::state_corrupt));
  BOOST_TEST(!state.has("start"));
}

BOOST_AUTO_TEST_CASE(rotated_names_are_told_from_ordinary_ones) {
  BOOST_TEST(rotated_from("app.log.1") == "app.log");
  BOOST_TEST(rotated_from("app.log-2026-11-24") == "app.log");
  BOOST_TEST(rotated_from("app2.log") == "");
  BOOST_TEST(rotated_from("app.log.gz") == "");
  BOOST_TEST(rotated_from("app.log-") == "");
}

BOOST_AUTO_TEST_SUITE_END()
