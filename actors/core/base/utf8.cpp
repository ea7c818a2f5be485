#include "actors/core/base/utf8.hpp"

namespace sluice {

namespace {

// The length of the character that starts with `lead`, and the bounds of its
// second byte, which is where overlong forms and surrogates are told.
struct shape {
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
};

shape shape_of(unsigned char lead) noexcept {
  if (lead < 0x80)
    return {1};
  if (lead >= 0xc2 && lead <= 0xdf)
    return {2};
  if (lead == 0xe0)
    return {3, 0xa0};
  if (lead == 0xed)
    return {3, 0x80, 0x9f};
  if (lead >= 0xe1 && lead <= 0xef)
    return {3};
  if (lead == 0xf0)
    return {4, 0x90};
  if (lead >= 0xf1 && lead <= 0xf3)
    return {4};
  if (lead == 0xf4)
    return {4, 0x80, 0x8f};
  return {0};
}

} // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty())
    return 0;
  const auto [length, low, high]
    = shape_of(static_cast<unsigned char>(text.front()));
  if (length > text.size())
    return 0;
  for (std::size_t k = 1; k < length; ++k) {
    const auto c = static_cast<unsigned char>(text[k]);
    if (c < (k == 1 ? low : 0x80) || c > (k == 1 ? high : 0xbf))
      return 0;
  }
  return length;
}

std::size_t first_not_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto length = utf8_length(text.substr(i));
    if (length == 0)
      return i;
    i += length;
  }
  return std::string_view::npos;
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) {
    out += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

void append_escaped_byte(char byte, std::string& out) {
  constexpr char digits[] = "0123456789abcdef";
  const auto bits = static_cast<unsigned char>(byte);
  out += "\\x";
  out += digits[bits >> 4];
  out += digits[bits & 15];
}

} // namespace sluice
