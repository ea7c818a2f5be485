// Ten thousand files in one pattern: work that grows with their number alone,
// and no more descriptors than there are.
#include "actors/core/base/failpoint.hpp"
#include "tests/core/file/follower_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::file_test {

struct many_files : follower_fixture {
  std::size_t compared = 0;

  static std::string name_of(int i) {
    return "car" + std::to_string(i) + ".log";
  }

  /// As `pattern`, counting how often a name is held against it.
  follower_options counting() {
    auto o = pattern();
    o.groups[0].matches = [this](std::string_view n) {
      ++compared;
      return n.ends_with(".log");
    };
    return o;
  }

  void append_to_all(int files, std::string_view text) {
    for (int i = 0; i < files; ++i)
      append(name_of(i), text);
  }

  /// Comparisons of one start, of one new file and of one rotation.
  std::vector<std::size_t> comparisons(const follower_options& o, int files) {
    std::vector<std::size_t> out;
    const auto count = [&] {
      deliver();
      out.push_back(std::exchange(compared, 0));
    };
    append_to_all(files, "x\n");
    compared = 0;
    start(o);
    count();
    append("new.log", "x\n");
    count();
    dir.rename("car0.log", "car0.log.1");
    append("car0.log", "x\n");
    count();
    dir.remove("car0.log.1");
    return out;
  }
};

} // namespace sluice::file_test

using namespace sluice;
using sluice::file_test::many_files;

BOOST_FIXTURE_TEST_SUITE(follower_of_many, many_files)

BOOST_AUTO_TEST_CASE(a_name_is_compared_a_few_times_however_many_there_are) {
  for (const auto n : comparisons(counting(), 1000))
    BOOST_TEST(n < 20 * 1000U);
}

BOOST_AUTO_TEST_CASE(so_it_is_with_a_pattern_of_ones_own_for_rotated_names) {
  auto o = counting();
  o.rotated = rotated_names{[this](std::string_view n) {
    ++compared;
    return n.ends_with(".1");
  }};
  for (const auto n : comparisons(o, 1000))
    BOOST_TEST(n < 30 * 1000U);
  BOOST_TEST(end.bodies.size() == 1002U);
}

BOOST_AUTO_TEST_CASE(all_files_rotated_at_once_fit_into_ten_descriptors) {
  auto o = pattern();
  o.groups[0].matches = [](std::string_view n) { return n.ends_with(".log"); };
  o.files_open_max = 10;
  append_to_all(300, "1\n");
  start(o);
  deliver();
  append_to_all(300, "2\n");
  for (int i = 0; i < 300; ++i)
    dir.rename(name_of(i), name_of(i) + ".1");
  append_to_all(300, "3\n");
  for (int i = 0; i < 200; ++i) {
    clock.forward(std::chrono::milliseconds{100});
    end.read_all(*reader);
    BOOST_TEST(reader->figures().files_open <= 10U);
  }
  BOOST_TEST(reader->drained());
  BOOST_TEST(end.by_lineage.size() == 300U);
  for (const auto& [lineage, text] : end.by_lineage)
    BOOST_TEST(text == "1\n2\n3\n");
}

BOOST_AUTO_TEST_CASE(deleted_files_give_their_descriptors_up_when_committed) {
  auto o = pattern();
  o.files_open_max = 10;
  start(o);
  for (int i = 0; i < 100; ++i) {
    append(name_of(i), "1\n");
    deliver();
    dir.remove(name_of(i));
    append("other.log", "x\n");
    deliver();
    end.commit(*reader);
    BOOST_TEST(reader->figures().files_open <= 12U);
  }
  BOOST_TEST(end.bodies.size() == 200U);
  BOOST_TEST(end.missed == 0U);
}

BOOST_AUTO_TEST_CASE(a_closed_file_is_opened_again_only_when_it_changed) {
  auto o = pattern();
  o.files_open_max = 10;
  append_to_all(100, "1\n");
  start(o);
  deliver();
  // Whoever opens a file now cannot.
  fault::arm("file.open=err(5)");
  deliver();
  BOOST_TEST(reader->figures().files_unreadable == 0U);
  append("new.log", "new\n");
  deliver();
  BOOST_TEST(reader->figures().files_unreadable == 1U);
  fault::arm("");
  append("car3.log", "2\n");
  deliver();
  BOOST_TEST(reader->figures().files_unreadable == 0U);
  BOOST_TEST(end.by_lineage["s:" + dir.at("car3.log")] == "1\n2\n");
  BOOST_TEST(end.by_lineage["s:" + dir.at("new.log")] == "new\n");
}

BOOST_AUTO_TEST_SUITE_END()
