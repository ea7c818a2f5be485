#include "actors/core/store/logger_format.hpp"

#include "actors/core/base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace sluice {

namespace {

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7f && c != '\\';
}

constexpr std::uint64_t each_byte(unsigned char value) {
  return 0x0101010101010101ULL * value;
}

/// Not 0 when one of the eight bytes of `word` is zero.
constexpr std::uint64_t zero_byte(std::uint64_t word) {
  return (word - each_byte(0x01)) & ~word & each_byte(0x80);
}

/// Whether eight bytes may all be copied as they are. May say no too often
/// (after a borrow), never yes.
bool are_plain(const char* eight) {
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  const auto below_blank = (word - each_byte(0x20)) & ~word & each_byte(0x80);
  return (below_blank | zero_byte(word ^ each_byte(0x7f))
          | zero_byte(word ^ each_byte('\\')))
         == 0;
}

std::size_t plain_length(std::string_view text) {
  std::size_t at = 0;
  while (at + 8 <= text.size() && are_plain(text.data() + at))
    at += 8;
  while (at < text.size() && is_plain(text[at]))
    ++at;
  return at;
}

void append_escaped(std::string& out, char c) {
  if (c == '\\')
    out += "\\\\";
  else
    append_escaped_byte(c, out);
}

int hex_value(char c) {
  constexpr char hex_digits[] = "0123456789abcdef";
  const auto* found = c == '\0' ? nullptr : std::strchr(hex_digits, c);
  return found == nullptr ? -1 : static_cast<int>(found - hex_digits);
}

} // namespace

void append_logger_line(std::string& out, std::string_view body,
                        std::size_t bytes_max) {
  if (bytes_max > 0)
    body = body.substr(0, bytes_max);
  for (;;) {
    const auto plain = plain_length(body);
    out += body.substr(0, plain);
    if (plain == body.size())
      break;
    append_escaped(out, body[plain]);
    body.remove_prefix(plain + 1);
  }
  out += '\n';
}

std::optional<std::string> logger_body(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    const auto plain = plain_length(line);
    out += line.substr(0, plain);
    line.remove_prefix(plain);
    if (line.empty())
      break;
    if (line.substr(0, 2) == "\\\\") {
      out += '\\';
      line.remove_prefix(2);
      continue;
    }
    if (line.size() < 4 || line.substr(0, 2) != "\\x")
      return std::nullopt;
    const int high = hex_value(line[2]);
    const int low = hex_value(line[3]);
    const auto byte = static_cast<char>(high * 16 + low);
    // What needs no escape was never escaped so.
    if (high < 0 || low < 0 || is_plain(byte) || byte == '\\')
      return std::nullopt;
    out += byte;
    line.remove_prefix(4);
  }
  return out;
}

} // namespace sluice
