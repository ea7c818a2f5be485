#include "actors/core/file/tail_start.hpp"

#include "actors/core/file/identity.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace sluice {

namespace {

constexpr std::size_t window = 64 * 1024;

result<std::uint64_t> before_last_lines(int fd, std::uint64_t size,
                                        std::uint64_t lines) {
  if (lines == 0)
    return size;
  std::vector<char> room(window);
  std::uint64_t found = 0;
  for (auto end = size; end > 0;) {
    const auto count = std::min<std::uint64_t>(end, window);
    const auto got = read_at(fd, room.data(), count, end - count);
    if (!got)
      return got.error();
    if (*got < count)
      return size;
    for (auto i = count; i-- > 0;)
      // The newline that ends the file ends its last line, it begins none.
      if (room[i] == '\n' && end - count + i + 1 != size && ++found == lines)
        return end - count + i + 1;
    end -= count;
  }
  return std::uint64_t{0};
}

result<std::uint64_t> at_line(int fd, std::uint64_t size, std::uint64_t line) {
  std::vector<char> room(window);
  std::uint64_t to_pass = line > 0 ? line - 1 : 0;
  std::uint64_t at = 0;
  while (to_pass > 0 && at < size) {
    const auto count = std::min<std::uint64_t>(size - at, window);
    const auto got = read_at(fd, room.data(), count, at);
    if (!got)
      return got.error();
    if (*got == 0)
      break;
    const char* p = room.data();
    const char* const stop = p + *got;
    while (to_pass > 0 && p < stop) {
      const auto left = static_cast<std::size_t>(stop - p);
      const auto* newline
        = static_cast<const char*>(std::memchr(p, '\n', left));
      p = newline != nullptr ? newline + 1 : stop;
      to_pass -= newline != nullptr ? 1 : 0;
    }
    at += static_cast<std::uint64_t>(p - room.data());
  }
  return at;
}

} // namespace

result<std::uint64_t> start_offset(int fd, std::uint64_t size,
                                   const tail_start& where) {
  switch (where.kind) {
  case tail_start::from::beginning:
    break;
  case tail_start::from::end:
    return size;
  case tail_start::from::last_lines:
    return before_last_lines(fd, size, where.amount);
  case tail_start::from::line:
    return at_line(fd, size, where.amount);
  case tail_start::from::last_bytes:
    return size - std::min(size, where.amount);
  case tail_start::from::byte:
    return std::min(size, where.amount > 0 ? where.amount - 1 : 0);
  }
  return std::uint64_t{0};
}

} // namespace sluice
