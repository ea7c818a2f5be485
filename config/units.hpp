// Numbers, sizes and durations as people write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

/// Why a number with or without a unit could not be read.
enum class unit_problem { none, not_a_number, no_unit, unknown_unit, too_big };

/// A count of bytes or milliseconds, or why there is none.
struct unit_reading {
  std::int64_t amount = 0;
  unit_problem problem = unit_problem::none;
};

/// "16MiB", "960 KiB", "1MB" (decimal), "512B"; "0" needs no unit. Without a
/// unit `default_unit` holds; if that is empty it is a problem.
[[nodiscard]] unit_reading parse_size(std::string_view text,
                                      std::string_view default_unit = {});

/// "200ms", "1.5s", "5min", "24h", "7d"; else as parse_size.
[[nodiscard]] unit_reading parse_duration(std::string_view text,
                                          std::string_view default_unit = {});

/// A whole decimal number, nothing around it. `out_of_range` tells a number
/// that does not fit from text that is none.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text,
                                                        bool& out_of_range);

/// "16MiB", "960KiB", "1500B": the largest unit that divides it.
[[nodiscard]] std::string show_size(std::int64_t bytes);

/// "1s", "200ms", "5min".
[[nodiscard]] std::string show_duration(std::int64_t milliseconds);

} // namespace sluice::config
