#include "simulator/arguments.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

namespace sluice::simulator {

namespace {

struct unit {
  std::string_view name;
  double factor;
};

constexpr unit durations[]
  = {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}};
constexpr unit sizes[]
  = {{"", 1},     {"B", 1},      {"KB", 1e3},      {"MB", 1e6},
     {"GB", 1e9}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};

template <std::size_t N>
bool parse(const std::string& text, const unit (&units)[N], double& value) {
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || !(number >= 0) || number > 1e15)
    return false;
  const std::string_view name(read.ptr,
                              static_cast<std::size_t>(end - read.ptr));
  for (const auto& u : units)
    if (u.name == name) {
      value = number * u.factor;
      return value <= 1e18;
    }
  return false;
}

} // namespace

result<std::chrono::milliseconds> parse_duration(const std::string& text) {
  double value = 0;
  if (!parse(text, durations, value))
    return failure{errc::config, "'" + text
                                   + "' is no duration: a number and ms, s, m "
                                     "or h, like 90s"};
  return std::chrono::milliseconds(std::llround(value));
}

result<std::uint64_t> parse_size(const std::string& text) {
  double value = 0;
  if (!parse(text, sizes, value))
    return failure{errc::config, "'" + text
                                   + "' is no size: a number and B, KB, MB, "
                                     "GB, KiB, MiB or GiB, like 10MB"};
  return static_cast<std::uint64_t>(std::llround(value));
}

result<double> parse_speed(const std::string& text) {
  if (text == "max")
    return 0.0;
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc{} || read.ptr != end || !(value > 0) || value > 1e9)
    return failure{errc::config,
                   "'" + text
                     + "' is no speed: a factor above 0 (1 = real time), or "
                       "max"};
  return value;
}

} // namespace sluice::simulator
