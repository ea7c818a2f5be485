#include "monitoring/label_text.hpp"

#include <cstddef>
#include <string_view>

namespace sluice {

namespace {

/// The length of the UTF-8 character that `text` begins with, or 0.
std::size_t utf8_length(std::string_view text) {
  const auto byte
    = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  const std::size_t length = first < 0x80    ? 1
                             : first < 0xc2  ? 0
                             : first < 0xe0  ? 2
                             : first < 0xf0  ? 3
                             : first <= 0xf4 ? 4
                                             : 0;
  if (length > text.size())
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80)
      return 0;
  // Overlong forms, surrogates and what lies above U+10FFFF.
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f)
      || (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f))
    return 0;
  return length;
}

} // namespace

std::string label_text(const std::string& text) {
  std::string out;
  for (std::string_view rest{text}; !rest.empty();) {
    const auto length = utf8_length(rest);
    if (length > 0) {
      out += rest.substr(0, length);
    } else {
      const auto byte = static_cast<unsigned char>(rest.front());
      out += "\\x";
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    }
    rest.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

} // namespace sluice
