#include "actors/core/file/line_splitter.hpp"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice {

namespace {

/// Cuts lines as their newlines are found; stops at a number of events.
class cutter {
public:
  cutter(const char* base, std::size_t from, const split_options& options,
         std::size_t events_max, std::vector<event_ref>& events)
    : base_(base),
      start_(from),
      options_(options),
      events_max_(events_max),
      events_(events) {
  }

  [[nodiscard]] bool full() const noexcept {
    return events_.size() >= events_max_;
  }

  [[nodiscard]] std::size_t start() const noexcept {
    return start_;
  }

  /// The line that ends before the newline at `newline`; false when full.
  bool line(std::size_t newline) {
    while (newline - start_ > options_.line_max)
      [[unlikely]] {
        if (newline - start_ == options_.line_max + 1U
            && base_[newline - 1] == '\r')
          break;
        if (!piece())
          return false;
      }
    if (full()) [[unlikely]]
      return false;
    auto length = newline - start_;
    if (options_.strip_cr && length > 0 && base_[newline - 1] == '\r')
      --length;
    add(length);
    start_ = newline + 1;
    return true;
  }

  /// What stands between the last newline and `to`.
  void rest(std::size_t to, file_end end) {
    while (to - start_ >= options_.line_max + 2U)
      if (!piece())
        return;
    if (end == file_end::open)
      return;
    if (to - start_ > options_.line_max && !piece())
      return;
    if (start_ < to && !full()) {
      add(to - start_);
      start_ = to;
    }
  }

private:
  bool piece() {
    if (full())
      return false;
    add(options_.line_max);
    start_ += options_.line_max;
    return true;
  }

  void add(std::size_t length) {
    events_.push_back(
      {static_cast<std::uint32_t>(start_), static_cast<std::uint32_t>(length)});
  }

  const char* base_;
  std::size_t start_;
  const split_options& options_;
  std::size_t events_max_;
  std::vector<event_ref>& events_;
};

#if defined(__SSE2__)
/// A bit for each newline among the 64 bytes at `p`.
std::uint64_t newlines(const char* p) {
  const auto wanted = _mm_set1_epi8('\n');
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const auto block
      = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * i));
    const auto mask = static_cast<std::uint32_t>(
      _mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted)));
    bits |= std::uint64_t{mask} << (16 * i);
  }
  return bits;
}
#endif

} // namespace

std::size_t split_lines(const char* base, std::size_t from, std::size_t to,
                        file_end end, const split_options& options,
                        std::size_t events_max,
                        std::vector<event_ref>& events) {
  cutter cut{base, from, options, events_max, events};
  std::size_t at = from;
#if defined(__SSE2__)
  // A bit mask for 64 bytes at a time: short lines cost no call each.
  for (; at + 64 <= to; at += 64)
    for (auto bits = newlines(base + at); bits != 0; bits &= bits - 1)
      if (!cut.line(at + static_cast<std::size_t>(std::countr_zero(bits))))
        return cut.start();
#endif
  while (at < to) {
    const auto* found
      = static_cast<const char*>(std::memchr(base + at, '\n', to - at));
    if (found == nullptr)
      break;
    const auto newline = static_cast<std::size_t>(found - base);
    if (!cut.line(newline))
      return cut.start();
    at = newline + 1;
  }
  cut.rest(to, end);
  return cut.start();
}

} // namespace sluice
