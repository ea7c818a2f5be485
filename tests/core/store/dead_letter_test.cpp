// dead_letter: a line for each record, on disk before anything moves on.
#include "actors/core/store/dead_letter.hpp"

#include "tests/core/store/scratch.hpp"

namespace sluice::store_test {

dead_letter letter(std::string_view body) {
  return {.from_origin = "file:1",
          .generation = 2,
          .from = 3,
          .to = 9,
          .route = "c/n/a/k",
          .reason = "regex_limit",
          .body = body};
}

struct letters_fixture {
  scratch dir;
  std::string path = dir.path("dead");

  result<dead_letter_file> open(std::uint64_t bytes_max = 1 << 20) {
    return dead_letter_file::open({.path = path, .bytes_max = bytes_max});
  }

  result<void> write_one(dead_letter_file& file, std::string_view body) {
    const auto one = letter(body);
    return file.write({&one, 1});
  }
};

BOOST_FIXTURE_TEST_SUITE(a_dead_letter, letters_fixture)

BOOST_AUTO_TEST_CASE(names_the_record_and_carries_its_body) {
  BOOST_TEST(to_line(letter("say \"hi\"\n"))
             == "{\"v\":1,\"origin\":\"file:1\",\"generation\":2,\"from\":3,"
                "\"to\":9,\"route\":\"c/n/a/k\",\"reason\":\"regex_limit\","
                "\"body\":\"say \\\"hi\\\"\\u000a\"}\n");
}

BOOST_AUTO_TEST_CASE(that_is_not_text_carries_its_body_in_base64) {
  const auto has = [](std::string_view body, const std::string& part) {
    return to_line(letter(body)).find(part) != std::string::npos;
  };
  BOOST_TEST(has("\xff", "\"body_base64\":\"/w==\""));
  BOOST_TEST(has("\xff\xfe", "\"body_base64\":\"//4=\""));
  BOOST_TEST(has("\xff\xfe\xfd", "\"body_base64\":\"//79\""));
  BOOST_TEST(has("\xed\xa0\x80", "base64"));
  BOOST_TEST(has("\xc0\x80", "base64"));
  BOOST_TEST(has("\xf4\x90\x80\x80", "base64"));
  BOOST_TEST(has("ü€😀", "\"body\":\"ü€😀\""));
}

BOOST_AUTO_TEST_CASE(of_a_file_whose_name_is_not_text_is_still_json) {
  auto l = letter("x");
  l.from_origin = "a\xff";
  BOOST_TEST(to_line(l).find("\"origin\":\"a\\\\xff\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stands_behind_the_earlier_ones) {
  auto first = open();
  BOOST_REQUIRE(first);
  BOOST_REQUIRE(write_one(*first, "1"));
  auto second = open();
  BOOST_REQUIRE(second);
  BOOST_REQUIRE(write_one(*second, "2"));
  BOOST_TEST(content(path) == to_line(letter("1")) + to_line(letter("2")));
}

BOOST_AUTO_TEST_CASE(that_was_torn_is_cut_off_and_comes_again) {
  for (std::size_t size = 0; size < to_line(letter("1")).size(); ++size) {
    write(path, to_line(letter("0")) + to_line(letter("1")).substr(0, size));
    auto file = open();
    BOOST_REQUIRE(file);
    BOOST_REQUIRE(write_one(*file, "1"));
    BOOST_TEST(content(path) == to_line(letter("0")) + to_line(letter("1")));
  }
  write(path, std::string(10'000, 'x'));
  BOOST_REQUIRE(open());
  BOOST_TEST(content(path).empty());
}

BOOST_AUTO_TEST_CASE(beyond_the_limit_is_refused_not_dropped) {
  auto file = open(300);
  BOOST_REQUIRE(file);
  BOOST_REQUIRE(write_one(*file, "1"));
  const auto full = write_one(*file, std::string(300, 'x'));
  BOOST_REQUIRE(!full);
  BOOST_TEST((full.error().kind == errc::disk_full));
  BOOST_TEST(full.error().text.find("mv ") != std::string::npos);
  BOOST_TEST(content(path) == to_line(letter("1")));
}

BOOST_AUTO_TEST_CASE(that_failed_to_be_written_is_reported_until_reopened) {
  for (const std::string point : {"store.write", "store.sync"}) {
    auto file = open();
    BOOST_REQUIRE(file);
    fault::arm(point + "=1*err(28)");
    BOOST_TEST(!write_one(*file, "1"));
    BOOST_TEST(!write_one(*file, "1"));
    file = open();
    BOOST_REQUIRE(file);
    BOOST_CHECK(write_one(*file, "1"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::store_test
