// The token file: made once, read back, refused when others may read it.
#include "actors/core/net/bearer_token.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace sluice::net_test {

struct token_folder {
  token_folder() {
    std::string name
      = (std::filesystem::temp_directory_path() / "sluice-token-XXXXXX");
    root = ::mkdtemp(name.data());
    path = root + "/token";
  }

  token_folder(const token_folder&) = delete;
  token_folder& operator=(const token_folder&) = delete;

  ~token_folder() {
    std::filesystem::remove_all(root);
  }

  void write(const std::string& text, mode_t mode) const {
    std::ofstream{path} << text;
    ::chmod(path.c_str(), mode);
  }

  [[nodiscard]] std::string refusal() const {
    const auto token = bearer_token(path);
    BOOST_REQUIRE(!token);
    BOOST_TEST((token.error().kind == errc::config));
    return token.error().text;
  }

  std::string root;
  std::string path;
};

BOOST_FIXTURE_TEST_SUITE(bearer_token_file, token_folder)

BOOST_AUTO_TEST_CASE(a_missing_token_is_made_for_the_owner_alone) {
  const auto token = bearer_token(path);
  BOOST_REQUIRE(token);
  BOOST_TEST(token->size() == 64U);
  struct stat found {};
  BOOST_REQUIRE(::stat(path.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0600);
  BOOST_TEST(found.st_nlink == 1U);
}

BOOST_AUTO_TEST_CASE(the_second_call_reads_what_the_first_one_made) {
  const auto made = bearer_token(path);
  const auto read = bearer_token(path);
  BOOST_REQUIRE(made);
  BOOST_REQUIRE(read);
  BOOST_TEST(*made == *read);
}

BOOST_AUTO_TEST_CASE(two_files_get_two_tokens) {
  const auto one = bearer_token(path);
  const auto other = bearer_token(path + "2");
  BOOST_REQUIRE(one);
  BOOST_REQUIRE(other);
  BOOST_TEST(*one != *other);
}

BOOST_AUTO_TEST_CASE(a_token_that_group_or_others_may_touch_is_refused) {
  for (const mode_t mode : {0640, 0604, 0620, 0601, 0666}) {
    write("0123456789abcdef\n", mode);
    BOOST_TEST(refusal().find("chmod 600") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_token_that_is_short_or_unprintable_is_refused) {
  for (const char* text : {"", "short\n", "0123456789 abcdef", "\x80\x81",
                           "0123456789abcdef\nsecond line of it\n"}) {
    write(text, 0600);
    BOOST_TEST(refusal().find("16 to 512") != std::string::npos);
  }
  write(std::string(513, 'a'), 0600);
  BOOST_TEST(refusal().find("16 to 512") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_link_a_fifo_and_a_directory_are_refused) {
  BOOST_REQUIRE(::symlink("/etc/hostname", path.c_str()) == 0);
  BOOST_TEST(!bearer_token(path));
  ::unlink(path.c_str());
  BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  BOOST_TEST(refusal().find("regular") != std::string::npos);
  ::unlink(path.c_str());
  BOOST_REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  BOOST_TEST(refusal().find("regular") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_missing_is_named) {
  const auto token = bearer_token(root + "/no/token");
  BOOST_REQUIRE(!token);
  BOOST_TEST(token.error().text.find("/no/token") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_the_whole_token_with_its_scheme_is_accepted) {
  BOOST_TEST(shows_token("Bearer 0123456789abcdef", "0123456789abcdef"));
  BOOST_TEST(shows_token("bearer 0123456789abcdef", "0123456789abcdef"));
  for (const char* wrong :
       {"", "Bearer", "Bearer ", "0123456789abcdef", "Bearer 0123456789abcde",
        "Bearer 0123456789abcdeF", "Bearer 0123456789abcdef ",
        "Basic 0123456789abcdef", "Bearer  0123456789abcdef"})
    BOOST_TEST(!shows_token(wrong, "0123456789abcdef"), wrong);
}

BOOST_AUTO_TEST_CASE(an_empty_token_is_shown_by_nobody) {
  BOOST_TEST(!shows_token("Bearer ", ""));
  BOOST_TEST(!shows_token("", ""));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::net_test
