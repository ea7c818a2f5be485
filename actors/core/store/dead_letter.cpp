#include "actors/core/store/dead_letter.hpp"

#include "actors/core/base/durable_file.hpp"
#include "actors/core/base/utf8.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace sluice {

namespace {

void put_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string in_ascii(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x80)
      out += c;
    else
      append_escaped_byte(c, out);
  return out;
}

bool is_utf8(std::string_view text) {
  return first_not_utf8(text) == text.npos;
}

void put_base64(std::string& out, std::string_view bytes) {
  constexpr char digits[]
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto three = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8
             | (k < three.size() ? static_cast<unsigned char>(three[k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= three.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
}

void put_field(std::string& out, std::string_view key, std::string_view text) {
  out += ",\"";
  out += key;
  out += "\":";
  // Names of files are bytes: a letter must be valid JSON whatever they are.
  put_json_text(out, is_utf8(text) ? std::string{text} : in_ascii(text));
}

void put_field(std::string& out, std::string_view key, std::uint64_t n) {
  out += ",\"";
  out += key;
  out += "\":" + std::to_string(n);
}

/// Where the last whole line of the file ends.
result<std::uint64_t> end_of_lines(int fd, std::uint64_t size,
                                   const std::string& path) {
  char block[4096];
  while (size > 0) {
    const auto from = size > sizeof block ? size - sizeof block : 0;
    const auto n = ::pread(fd, block, static_cast<std::size_t>(size - from),
                           static_cast<off_t>(from));
    if (n < 0)
      return errno_failure("read " + path, errno);
    const std::string_view seen{block, static_cast<std::size_t>(n)};
    if (const auto at = seen.rfind('\n'); at != seen.npos)
      return from + at + 1;
    size = from;
  }
  return std::uint64_t{0};
}

} // namespace

std::string to_line(const dead_letter& letter) {
  std::string out = "{\"v\":1";
  put_field(out, "origin", letter.from_origin);
  put_field(out, "generation", letter.generation);
  put_field(out, "from", letter.from);
  put_field(out, "to", letter.to);
  put_field(out, "route", letter.route);
  put_field(out, "reason", letter.reason);
  if (is_utf8(letter.body)) {
    put_field(out, "body", letter.body);
  } else {
    out += ",\"body_base64\":\"";
    put_base64(out, letter.body);
    out += '"';
  }
  return out + "}\n";
}

dead_letter_file::dead_letter_file(options chosen, unique_fd fd,
                                   std::uint64_t size)
  : options_(std::move(chosen)),
    fd_(std::move(fd)),
    size_(size) {
}

result<dead_letter_file> dead_letter_file::open(options chosen) {
  const auto path = chosen.path;
  auto fd = durable::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!fd)
    return fd.error();
  struct stat s {};
  if (::fstat(fd->get(), &s) != 0)
    return errno_failure("stat " + path, errno);
  const auto size = static_cast<std::uint64_t>(s.st_size);
  const auto whole = end_of_lines(fd->get(), size, path);
  if (!whole)
    return whole.error();
  if (*whole < size) {
    if (auto done = durable::truncate(fd->get(), *whole, path); !done)
      return done.error();
  }
  if (auto done = durable::sync_directory_of(path); !done)
    return done.error();
  return dead_letter_file{std::move(chosen), std::move(*fd), *whole};
}

result<void> dead_letter_file::write(std::span<const dead_letter> letters) {
  if (letters.empty())
    return {};
  if (broken_)
    return failure{errc::retry, "dead letters " + options_.path
                                  + " must be opened again after a failure"};
  std::string lines;
  for (const auto& letter : letters)
    lines += to_line(letter);
  if (size_ + lines.size() > options_.bytes_max)
    return failure{errc::disk_full,
                   "dead letters " + options_.path + " are at their limit of "
                     + std::to_string(options_.bytes_max)
                     + " bytes; to go on: mv " + durable::quoted(options_.path)
                     + " " + durable::quoted(options_.path + ".read")};
  broken_ = true;
  if (auto done = durable::write_at(fd_.get(), lines, size_, options_.path);
      !done)
    return done;
  if (auto done = durable::sync(fd_.get(), options_.path); !done)
    return done;
  size_ += lines.size();
  broken_ = false;
  return {};
}

} // namespace sluice
