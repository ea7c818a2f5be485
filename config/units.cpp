#include "config/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace sluice::config {

namespace {

struct unit {
  std::string_view name;
  std::int64_t amount;
};

constexpr std::array size_units{
  unit{"B", 1},
  unit{"KiB", 1LL << 10},
  unit{"MiB", 1LL << 20},
  unit{"GiB", 1LL << 30},
  unit{"TiB", 1LL << 40},
  unit{"kB", 1'000},
  unit{"KB", 1'000},
  unit{"MB", 1'000'000},
  unit{"GB", 1'000'000'000},
  unit{"TB", 1'000'000'000'000},
};

constexpr std::array duration_units{
  unit{"ms", 1},     unit{"s", 1'000},     unit{"min", 60'000},
  unit{"m", 60'000}, unit{"h", 3'600'000}, unit{"d", 86'400'000},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <std::size_t N>
unit_reading parse(std::string_view text, std::string_view default_unit,
                   const std::array<unit, N>& units) {
  std::size_t digits = 0;
  while (digits < text.size()
         && (is_digit(text[digits]) || text[digits] == '.'
             || (digits == 0 && text[digits] == '-')))
    ++digits;
  double number = 0;
  const auto* const end = text.data() + digits;
  const auto read = std::from_chars(text.data(), end, number);
  if (digits == 0 || read.ec == std::errc::invalid_argument || read.ptr != end)
    return {0, unit_problem::not_a_number};
  auto name = text.substr(digits);
  while (!name.empty() && name.front() == ' ')
    name.remove_prefix(1);
  if (name.empty()) {
    if (number == 0)
      return {};
    if (default_unit.empty())
      return {0, unit_problem::no_unit};
    name = default_unit;
  }
  for (const auto& known : units) {
    if (known.name != name)
      continue;
    const double amount = number * static_cast<double>(known.amount);
    // 2^62 leaves room for whoever adds a few of them.
    if (read.ec != std::errc{} || std::abs(amount) > 0x1p62)
      return {0, unit_problem::too_big};
    return {std::llround(amount), unit_problem::none};
  }
  return {0, unit_problem::unknown_unit};
}

} // namespace

unit_reading parse_size(std::string_view text, std::string_view default_unit) {
  return parse(text, default_unit, size_units);
}

unit_reading parse_duration(std::string_view text,
                            std::string_view default_unit) {
  return parse(text, default_unit, duration_units);
}

std::optional<std::int64_t> parse_integer(std::string_view text,
                                          bool& out_of_range) {
  std::int64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  out_of_range = read.ec == std::errc::result_out_of_range && read.ptr == end;
  if (read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return value;
}

std::string show_size(std::int64_t bytes) {
  for (const auto& [name, amount] :
       {size_units[3], size_units[2], size_units[1]})
    if (bytes != 0 && bytes % amount == 0)
      return std::to_string(bytes / amount) + std::string{name};
  return std::to_string(bytes) + "B";
}

std::string show_duration(std::int64_t milliseconds) {
  for (const auto& [name, amount] :
       {duration_units[4], duration_units[2], duration_units[1]})
    if (milliseconds != 0 && milliseconds % amount == 0)
      return std::to_string(milliseconds / amount) + std::string{name};
  return std::to_string(milliseconds) + "ms";
}

} // namespace sluice::config
