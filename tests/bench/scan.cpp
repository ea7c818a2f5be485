// scan, split: lines and a regular expression, bare and by our own classes.
#include "actors/core/file/line_splitter.hpp"
#include "actors/core/text/pattern.hpp"
#include "tests/bench/yardstick.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdio>
#include <cstring>

namespace sluice::yardstick {

namespace {

constexpr std::size_t block_bytes = 1 << 20;

} // namespace

int scan(const std::vector<std::string>& arguments) {
  int error = 0;
  PCRE2_SIZE where = 0;
  const auto& regex = arguments[1];
  auto* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.data()),
                             regex.size(), 0, &error, &where, nullptr);
  if (code == nullptr || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0)
    die("PCRE2 does not compile " + regex);
  auto* found = pcre2_match_data_create_from_pattern(code, nullptr);
  line_file file{arguments[0]};
  std::vector<char> block(block_bytes);
  std::size_t lines = 0;
  std::size_t kept = 0;
  while (const auto n = file.read(block)) {
    const char* at = block.data();
    const char* const end = at + n;
    for (; at < end; ++lines) {
      const auto* stop = static_cast<const char*>(
        std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
      kept += pcre2_jit_match(code, reinterpret_cast<PCRE2_SPTR>(at),
                              static_cast<std::size_t>(stop - at), 0, 0, found,
                              nullptr)
                  > 0
                ? 1
                : 0;
      at = stop + 1;
    }
  }
  std::printf("%zu of %zu lines\n", kept, lines);
  return 0;
}

int split(const std::vector<std::string>& arguments) {
  auto regex = pattern::compile(arguments[1]);
  if (!regex)
    die(regex.error().text);
  line_file file{arguments[0]};
  std::vector<char> block(block_bytes);
  std::vector<event_ref> events;
  std::size_t lines = 0;
  std::size_t kept = 0;
  while (const auto n = file.read(block)) {
    events.clear();
    static_cast<void>(
      split_lines(block.data(), 0, n, file_end::open, {}, block_bytes, events));
    lines += events.size();
    for (const auto& e : events)
      kept += regex->search({block.data() + e.offset, e.length})
                  == pattern::outcome::match
                ? 1
                : 0;
  }
  std::printf("%zu of %zu lines\n", kept, lines);
  return 0;
}

} // namespace sluice::yardstick
