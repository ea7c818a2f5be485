#include "monitoring/label_text.hpp"

#include "actors/core/base/utf8.hpp"

#include <string_view>

namespace sluice {

std::string label_text(const std::string& text) {
  std::string out;
  for (std::string_view rest{text}; !rest.empty();) {
    const auto length = utf8_length(rest);
    if (length > 0) {
      out += rest.substr(0, length);
      rest.remove_prefix(length);
    } else {
      append_escaped_byte(rest.front(), out);
      rest.remove_prefix(1);
    }
  }
  return out;
}

} // namespace sluice
