#include "config/properties.hpp"

#include "actors/core/base/utf8.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace sluice::config {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

// A byte of a logical line and where it stands in the file.
struct placed {
  char byte;
  std::uint32_t line;
  std::uint32_t column;
};

// A longer line is no configuration.
constexpr std::size_t line_max = 1U << 20;

using logical_line = std::vector<placed>;

class line_reader {
public:
  explicit line_reader(std::string_view text) : text_(text) {
  }

  // The next line that is neither blank nor a comment, with its continuations;
  // false at the end.
  bool next(logical_line& out) {
    out.clear();
    bool more = true;
    while (more && at_ < text_.size()) {
      const bool first = out.empty();
      const auto line = natural_line();
      auto from = line.find_first_not_of(" \t\f");
      if (from == std::string_view::npos)
        from = line.size();
      if (first
          && (from == line.size() || line[from] == '#' || line[from] == '!'))
        continue;
      auto to = line.size();
      std::size_t slashes = 0;
      while (slashes < to - from && line[to - 1 - slashes] == '\\')
        ++slashes;
      more = slashes % 2 == 1;
      if (more)
        --to;
      for (auto i = from; i < to; ++i)
        if (out.size() <= line_max)
          out.push_back({line[i], line_, static_cast<std::uint32_t>(i + 1)});
    }
    return !out.empty();
  }

private:
  std::string_view natural_line() {
    ++line_;
    auto end = text_.find_first_of("\r\n", at_);
    if (end == std::string_view::npos)
      end = text_.size();
    const auto line = text_.substr(at_, end - at_);
    at_ = end;
    if (text_.substr(at_, 2) == "\r\n")
      at_ += 2;
    else if (at_ < text_.size())
      ++at_;
    return line;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 0;
};

class property_reader {
public:
  property_reader(const std::string& file, const logical_line& line,
                  const read_context& context)
    : file_(file),
      line_(line),
      context_(context) {
  }

  std::optional<property> read() {
    std::size_t end = 0;
    while (end < line_.size() && !is_blank(line_[end].byte)
           && line_[end].byte != '=' && line_[end].byte != ':')
      end += line_[end].byte == '\\' ? 2 : 1;
    end = std::min(end, line_.size());
    auto value = end;
    while (value < line_.size() && is_blank(line_[value].byte))
      ++value;
    if (value < line_.size()
        && (line_[value].byte == '=' || line_[value].byte == ':'))
      ++value;
    while (value < line_.size() && is_blank(line_[value].byte))
      ++value;
    property out;
    out.key = unescaped(0, end);
    out.key_at = place(0);
    out.value.content = trimmed(unescaped(value, line_.size()));
    out.value.shown = out.value.content;
    out.value.loose = true;
    out.value.at = place(value);
    if (broken_)
      return std::nullopt;
    return out;
  }

private:
  // A line that was read is not empty.
  [[nodiscard]] location place(std::size_t index) const {
    const auto& at = line_[std::min(index, line_.size() - 1)];
    const std::uint32_t behind = index < line_.size() ? 0 : 1;
    return {file_, at.line, at.column + behind};
  }

  // As Java's String.trim: control characters go, too.
  static std::string trimmed(std::string_view text) {
    const auto goes
      = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (!text.empty() && goes(text.front()))
      text.remove_prefix(1);
    while (!text.empty() && goes(text.back()))
      text.remove_suffix(1);
    return std::string{text};
  }

  std::string unescaped(std::size_t from, std::size_t to) {
    std::string out;
    for (auto i = from; i < to; ++i) {
      if (line_[i].byte != '\\') {
        out += line_[i].byte;
        continue;
      }
      if (++i >= to)
        break;
      switch (line_[i].byte) {
      case 't':
        out += '\t';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 'f':
        out += '\f';
        break;
      case 'u':
        i = unicode(i, to, out);
        break;
      default:
        out += line_[i].byte;
      }
    }
    return out;
  }

  [[nodiscard]] std::optional<std::uint32_t> hex(std::size_t from,
                                                 std::size_t to) const {
    if (from + 4 > to)
      return std::nullopt;
    std::uint32_t value = 0;
    for (auto i = from; i < from + 4; ++i) {
      const char c = line_[i].byte;
      const auto digit = std::string_view{"0123456789abcdef"}.find(
        c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
      if (digit == std::string_view::npos)
        return std::nullopt;
      value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
  }

  // \uXXXX, or two of them for what UTF-16 needs two for. Returns the index of
  // the last byte used.
  std::size_t unicode(std::size_t i, std::size_t to, std::string& out) {
    auto code = hex(i + 1, to);
    auto last = i + 4;
    if (code && *code >= 0xd800 && *code < 0xdc00 && last + 2 < to
        && line_[last + 1].byte == '\\' && line_[last + 2].byte == 'u') {
      const auto low = hex(last + 3, to);
      if (low && *low >= 0xdc00 && *low < 0xe000) {
        code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
        last += 6;
      }
    }
    if (!code || (*code >= 0xd800 && *code < 0xe000)) {
      context_.error(place(i - 1), {}, "has a broken \\u escape",
                     "four hexadecimal digits of a character");
      broken_ = true;
      return i;
    }
    append_utf8(*code, out);
    return last;
  }

  const std::string& file_;
  const logical_line& line_;
  const read_context& context_;
  bool broken_ = false;
};

// Where the line stops being UTF-8, if it does.
std::optional<placed> not_utf8(const logical_line& line) {
  std::string bytes;
  for (const auto& each : line)
    bytes += each.byte;
  const auto bad = first_not_utf8(bytes);
  if (bad == std::string::npos)
    return std::nullopt;
  return line[bad];
}

} // namespace

std::vector<property> parse_properties(const std::string& file,
                                       const std::string& text,
                                       const read_context& context) {
  std::vector<property> out;
  std::map<std::string, std::size_t> seen;
  line_reader lines{text};
  logical_line line;
  while (lines.next(line)) {
    if (line.size() > line_max) {
      context.error({file, line.front().line, line.front().column}, {},
                    "is longer than 1MiB");
      continue;
    }
    if (const auto bad = not_utf8(line)) {
      context.error({file, bad->line, bad->column}, {},
                    "has a byte that is not UTF-8",
                    "UTF-8, or \\uXXXX for the character");
      continue;
    }
    auto read = property_reader{file, line, context}.read();
    if (!read)
      continue;
    const auto [known, fresh] = seen.emplace(read->key, out.size());
    const auto before
      = fresh ? std::string{} : std::to_string(out[known->second].key_at.line);
    if (read->value.content.empty())
      context.warning(read->key_at, read->key,
                      "has no value and is ignored, as in Flume"
                        + (fresh ? before : "; so is line " + before));
    else if (!fresh)
      context.warning(read->key_at, read->key,
                      "stands twice; this one counts, not line " + before);
    if (fresh)
      out.push_back(std::move(*read));
    else
      out[known->second] = std::move(*read);
  }
  std::erase_if(
    out, [](const property& each) { return each.value.content.empty(); });
  return out;
}

} // namespace sluice::config
