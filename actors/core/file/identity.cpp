#include "actors/core/file/identity.hpp"

#include "actors/core/base/crc32c.hpp"
#include "actors/core/base/failpoint.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sluice {

namespace {

constexpr unsigned handle_length_max = MAX_HANDLE_SZ;

std::string hex(const unsigned char* bytes, std::size_t count) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    out += digits[bytes[i] >> 4U];
    out += digits[bytes[i] & 15U];
  }
  return out;
}

result<origin> identify(int fd, const char* name, int flags) {
  alignas(file_handle) std::array<char, sizeof(file_handle) + handle_length_max>
    room{};
  auto* handle = reinterpret_cast<file_handle*>(room.data());
  handle->handle_bytes = handle_length_max;
  int mount = 0;
  if (::name_to_handle_at(fd, name, handle, &mount, flags) == 0)
    return origin{"h" + std::to_string(handle->handle_type) + ":"
                  + hex(handle->f_handle, handle->handle_bytes)};
  struct statx facts {};
  if (::statx(fd, name, flags | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME,
              &facts)
      != 0)
    return errno_failure(std::string{"statx "} + name, errno);
  // Without a birth time the inode is all there is; content settles the rest.
  std::string text = "i" + std::to_string(facts.stx_ino);
  if ((facts.stx_mask & STATX_BTIME) != 0)
    text += ":" + std::to_string(facts.stx_btime.tv_sec) + "."
            + std::to_string(facts.stx_btime.tv_nsec);
  return origin{std::move(text)};
}

} // namespace

result<file_facts> facts_of(int fd) {
  struct statx s {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &s) != 0)
    return errno_failure("statx", errno);
  const auto ns = [](const statx_timestamp& t) {
    return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
  };
  return file_facts{
    s.stx_size,      ns(s.stx_mtime),
    ns(s.stx_ctime), s.stx_ino,
    s.stx_nlink,     (s.stx_mask & STATX_BTIME) != 0 ? ns(s.stx_btime) : 0};
}

result<origin> origin_of(int fd) {
  return identify(fd, "", AT_EMPTY_PATH);
}

result<origin> origin_at(int directory, const std::string& name) {
  return identify(directory, name.c_str(), 0);
}

result<std::size_t> read_at(int fd, char* into, std::size_t count,
                            std::uint64_t offset) {
  std::size_t have = 0;
  while (have < count) {
    ssize_t n = -1;
    if (const int pretend = SLUICE_FAILPOINT("file.read"); pretend != 0)
      errno = pretend;
    else
      n = ::pread(fd, into + have, count - have,
                  static_cast<off_t>(offset + have));
    if (n > 0) {
      have += static_cast<std::size_t>(n);
    } else if (n == 0) {
      break;
    } else if (errno == EAGAIN) {
      pollfd one{fd, POLLIN, 0};
      ::poll(&one, 1, 10);
    } else if (errno != EINTR) {
      return errno_failure("read", errno);
    }
  }
  return have;
}

witness witness_for(std::string_view before, const file_facts& facts) {
  const auto length = std::min<std::size_t>(before.size(), witness_length_max);
  witness w;
  w.tail_crc = crc32c(before.substr(before.size() - length));
  w.tail_length = static_cast<std::uint16_t>(length);
  w.size = facts.size;
  w.mtime_ns = facts.mtime_ns;
  return w;
}

result<witness> witness_at(int fd, std::uint64_t offset) {
  const auto facts = facts_of(fd);
  if (!facts)
    return facts.error();
  std::array<char, witness_length_max> room{};
  const auto length = std::min<std::uint64_t>(offset, room.size());
  const auto got = read_at(fd, room.data(), length, offset - length);
  if (!got)
    return got.error();
  if (*got != length)
    return failure{errc::io, "file is shorter than its position"};
  return witness_for({room.data(), length}, *facts);
}

result<bool> matches(int fd, const stored_position& p) {
  const auto facts = facts_of(fd);
  if (!facts)
    return facts.error();
  if (facts->size < p.at.offset)
    return false;
  std::array<char, witness_length_max> room{};
  const std::size_t length
    = std::min<std::uint64_t>({p.proof.tail_length, room.size(), p.at.offset});
  const auto got = read_at(fd, room.data(), length, p.at.offset - length);
  if (!got)
    return got.error();
  return *got == length
         && (length == 0 || crc32c({room.data(), length}) == p.proof.tail_crc);
}

} // namespace sluice
