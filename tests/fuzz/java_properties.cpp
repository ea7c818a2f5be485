// One character at a time with the JDK's flags (LineReader.readLine and
// loadConvert of JDK 11), quite unlike the parser that it is held against.
#include "tests/fuzz/java_properties.hpp"

#include "actors/core/base/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace sluice::fuzz {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

/// The next logical line, its escapes still in it; none at the end.
class line_reader {
public:
  explicit line_reader(std::string_view text) : text_(text) {
  }

  std::optional<std::string> next() {
    std::string line;
    bool skip_space = true;
    bool appended = false;
    bool slash = false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (skip_space) {
        if (is_space(c) || (!appended && (c == '\r' || c == '\n')))
          continue;
        skip_space = appended = false;
      }
      if (line.empty() && (c == '#' || c == '!')) {
        while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r')
          ++at_;
        skip_space = true;
      } else if (c != '\n' && c != '\r') {
        line += c;
        slash = c == '\\' && !slash;
      } else if (line.empty()) {
        skip_space = true;
      } else if (!slash) {
        return line;
      } else {
        line.pop_back();
        skip_space = appended = true;
        slash = false;
        if (c == '\r' && at_ < text_.size() && text_[at_] == '\n')
          ++at_;
      }
    }
    if (line.empty())
      return std::nullopt;
    if (slash)
      line.pop_back();
    return line;
  }

private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// The characters of `part` as UTF-16 units would give them, in UTF-8.
std::optional<std::string> converted(std::string_view part) {
  std::string out;
  std::uint32_t high = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    char c = part[i];
    if (c != '\\' || i + 1 == part.size()) {
      if (high != 0)
        return std::nullopt;
      // A backslash at the very end has nothing to escape.
      if (c != '\\')
        out += c;
      continue;
    }
    c = part[++i];
    if (c != 'u') {
      if (high != 0)
        return std::nullopt;
      out += c == 't'   ? '\t'
             : c == 'r' ? '\r'
             : c == 'n' ? '\n'
             : c == 'f' ? '\f'
                        : c;
      continue;
    }
    std::uint32_t unit = 0;
    for (int k = 0; k < 4; ++k) {
      if (++i >= part.size())
        return std::nullopt;
      const char d = part[i];
      const int value = d >= '0' && d <= '9'   ? d - '0'
                        : d >= 'a' && d <= 'f' ? d - 'a' + 10
                        : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                               : -1;
      if (value < 0)
        return std::nullopt;
      unit = unit * 16 + static_cast<std::uint32_t>(value);
    }
    const bool is_high = unit >= 0xd800 && unit < 0xdc00;
    const bool is_low = unit >= 0xdc00 && unit < 0xe000;
    if ((high != 0) != is_low)
      return std::nullopt;
    if (is_high)
      high = unit;
    else
      append_utf8(is_low ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00)
                         : unit,
                  out);
    if (is_low)
      high = 0;
  }
  if (high != 0)
    return std::nullopt;
  return out;
}

/// String.trim(): everything up to the blank.
std::string trimmed(const std::string& text) {
  std::size_t from = 0;
  std::size_t to = text.size();
  while (from < to && static_cast<unsigned char>(text[from]) <= ' ')
    ++from;
  while (to > from && static_cast<unsigned char>(text[to - 1]) <= ' ')
    --to;
  return text.substr(from, to - from);
}

} // namespace

std::optional<std::map<std::string, std::string>>
java_properties(std::string_view text) {
  std::map<std::string, std::string> out;
  line_reader lines{text};
  while (const auto line = lines.next()) {
    std::size_t key = 0;
    std::size_t value = line->size();
    bool separated = false;
    bool slash = false;
    for (; key < line->size(); ++key) {
      const char c = (*line)[key];
      if (!slash && (c == '=' || c == ':')) {
        value = key + 1;
        separated = true;
        break;
      }
      if (!slash && is_space(c)) {
        value = key + 1;
        break;
      }
      slash = c == '\\' && !slash;
    }
    for (; value < line->size(); ++value) {
      const char c = (*line)[value];
      if (is_space(c))
        continue;
      if (separated || (c != '=' && c != ':'))
        break;
      separated = true;
    }
    const auto k = converted(std::string_view{*line}.substr(0, key));
    const auto v = converted(
      std::string_view{*line}.substr(std::min(value, line->size())));
    if (!k || !v)
      return std::nullopt;
    out[*k] = trimmed(*v);
  }
  std::erase_if(out, [](const auto& each) { return each.second.empty(); });
  return out;
}

} // namespace sluice::fuzz
