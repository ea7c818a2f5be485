#include "actors/core/text/anchored_prefix.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice {

namespace {

constexpr auto no_end = std::numeric_limits<std::size_t>::max();

/// More steps than this cost more than the regex engine's call.
constexpr std::size_t steps_max = 64;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::size_t index_of(char c) {
  return static_cast<unsigned char>(c);
}

} // namespace

/// Reads elements off the front of an expression until one is not understood.
class prefix_parser {
public:
  using byte_set = anchored_prefix::byte_set;
  using step = anchored_prefix::step;

  explicit prefix_parser(std::string_view regex) : rest_(regex) {
  }

  anchored_prefix parse() {
    anchored_prefix out;
    // An alternative anywhere could make the prefix one of several.
    if (rest_.find('|') != rest_.npos || !take_anchor())
      return out;
    bool understood = true;
    while (understood && !rest_.empty() && out.steps_.size() < steps_max) {
      const auto before = rest_;
      auto next = take_step();
      if (!next || !may_follow(out, *next)) {
        rest_ = before;
        understood = false;
      } else {
        out.steps_.push_back(*next);
      }
    }
    out.to_end_ = rest_ == "$";
    // A rest that matches nothing at all adds nothing.
    out.decides_ = rest_.empty() || rest_ == ".*" || out.to_end_;
    if (out.steps_.empty())
      out.decides_ = false;
    for (auto& s : out.steps_)
      anchored_prefix::find_range(s);
    return out;
  }

private:
  bool take_anchor() {
    if (rest_.substr(0, 1) == "^")
      rest_.remove_prefix(1);
    else if (rest_.substr(0, 2) == "\\A")
      rest_.remove_prefix(2);
    else
      return false;
    return true;
  }

  /// The greedy way is the only way if the next step starts elsewhere.
  static bool may_follow(const anchored_prefix& so_far, const step& next) {
    if (so_far.steps_.empty())
      return true;
    const auto& last = so_far.steps_.back();
    if (last.least == last.most)
      return true;
    if (next.least == 0)
      return false;
    for (std::size_t i = 0; i < 256; ++i)
      if (last.set[i] && next.set[i])
        return false;
    return true;
  }

  std::optional<step> take_step() {
    step s;
    if (!take_set(s.set) || !take_count(s))
      return std::nullopt;
    // Quantified again: lazy, possessive or nested, which we leave alone.
    if (!rest_.empty() && std::string_view{"?+*{"}.find(rest_.front()) != npos)
      return std::nullopt;
    return s;
  }

  bool take_set(byte_set& set) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    switch (c) {
    case '.':
      set.fill(true);
      set['\n'] = set['\r'] = false;
      return true;
    case '[':
      return take_class(set);
    case '\\':
      return take_escape(set).has_value();
    case '^':
    case '$':
    case '(':
    case ')':
    case '?':
    case '*':
    case '+':
    case '{':
      return false;
    default:
      return put(set, c);
    }
  }

  static bool put(byte_set& set, char c) {
    set[index_of(c)] = true;
    return true;
  }

  /// After a backslash. Returns the character when it stands for one; '\0'
  /// when it stands for a set.
  std::optional<char> take_escape(byte_set& set) {
    if (rest_.empty())
      return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == 'd') {
      for (char digit = '0'; digit <= '9'; ++digit)
        put(set, digit);
      return '\0';
    }
    if (c == 't') {
      put(set, '\t');
      return '\t';
    }
    if (is_letter(c) || is_digit(c) || c < ' ')
      return std::nullopt;
    put(set, c);
    return c;
  }

  /// After an opening bracket.
  bool take_class(byte_set& set) {
    const bool negated = rest_.substr(0, 1) == "^";
    if (negated)
      rest_.remove_prefix(1);
    bool first = true;
    while (!rest_.empty() && (rest_.front() != ']' || first)) {
      // "[]" and "[^]" are a matter of dialect.
      if (rest_.front() == ']' || !take_member(set, first))
        return false;
      first = false;
    }
    if (rest_.empty())
      return false;
    rest_.remove_prefix(1);
    if (negated)
      for (auto& there : set)
        there = !there;
    return true;
  }

  bool take_member(byte_set& set, bool first) {
    char low = rest_.front();
    rest_.remove_prefix(1);
    if (low == '[' || (low == '-' && !first && rest_.substr(0, 1) != "]"))
      return false;
    if (low == '\\') {
      const auto escaped = take_escape(set);
      if (!escaped)
        return false;
      low = *escaped;
    } else {
      put(set, low);
    }
    if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']')
      return true;
    const char high = rest_[1];
    if (low == '\0' || high == '\\' || high == '[' || high < low)
      return false;
    rest_.remove_prefix(2);
    for (auto i = index_of(low); i <= index_of(high); ++i)
      set[i] = true;
    return true;
  }

  bool take_count(step& s) {
    if (rest_.empty())
      return true;
    const char c = rest_.front();
    if (c == '*' || c == '+' || c == '?') {
      s.least = c == '+' ? 1 : 0;
      s.most = c == '?' ? 1 : no_end;
      rest_.remove_prefix(1);
      return true;
    }
    return c != '{' || take_braces(s);
  }

  /// {n}, {n,} or {n,m}; every other brace is somebody else's business.
  bool take_braces(step& s) {
    rest_.remove_prefix(1);
    const auto least = take_number();
    if (!least)
      return false;
    s.least = s.most = *least;
    if (rest_.substr(0, 1) == ",") {
      rest_.remove_prefix(1);
      s.most = no_end;
      if (rest_.substr(0, 1) != "}") {
        const auto most = take_number();
        if (!most)
          return false;
        s.most = *most;
      }
    }
    if (rest_.substr(0, 1) != "}")
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::size_t> take_number() {
    std::size_t digits = 0;
    std::size_t n = 0;
    while (digits < rest_.size() && digits < 6 && is_digit(rest_[digits]))
      n = n * 10 + static_cast<std::size_t>(rest_[digits++] - '0');
    if (digits == 0)
      return std::nullopt;
    rest_.remove_prefix(digits);
    return n;
  }

  static constexpr auto npos = std::string_view::npos;

  std::string_view rest_;
};

anchored_prefix anchored_prefix::parse(std::string_view regex) {
  return prefix_parser{regex}.parse();
}

void anchored_prefix::find_range(step& s) noexcept {
  const auto first = std::find(s.set.begin(), s.set.end(), true);
  const auto last = std::find(first, s.set.end(), false);
  s.is_range
    = first != last && std::find(last, s.set.end(), true) == s.set.end();
  if (!s.is_range)
    return;
  s.low = static_cast<unsigned char>(first - s.set.begin());
  s.span = static_cast<unsigned char>(last - first - 1);
}

std::size_t anchored_prefix::count(const step& s, const char* p,
                                   std::size_t left,
                                   std::size_t wanted) noexcept {
  std::size_t n = 0;
#if defined(__SSE2__)
  if (s.is_range && wanted > 1) {
    const auto low = _mm_set1_epi8(static_cast<char>(s.low));
    const auto span = _mm_set1_epi8(static_cast<char>(s.span));
    for (; n < wanted && n + 16 <= left; n += 16) {
      const auto above = _mm_sub_epi8(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + n)), low);
      const auto inside = static_cast<std::uint32_t>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(above, span), above)));
      if (inside != 0xffff)
        return std::min(wanted,
                        n + static_cast<std::size_t>(std::countr_one(inside)));
    }
  }
#endif
  const auto end = std::min(left, wanted);
  while (n < end && s.set[index_of(p[n])])
    ++n;
  return std::min(n, wanted);
}

bool anchored_prefix::begins(std::string_view subject) const noexcept {
  std::size_t at = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto& s = steps_[i];
    const auto left = subject.size() - at;
    if (left < s.least)
      return false;
    // Beyond what it must have, the last step may stop where it likes.
    const auto wanted = i + 1 == steps_.size() && !to_end_ ? s.least : s.most;
    const auto there = count(s, subject.data() + at, left, wanted);
    if (there < s.least)
      return false;
    at += there;
  }
  if (!to_end_)
    return true;
  // Fewer bytes of the last step would leave more than a newline.
  const auto rest = subject.substr(at);
  return rest.empty() || rest == "\n" || rest == "\r" || rest == "\r\n";
}

} // namespace sluice
