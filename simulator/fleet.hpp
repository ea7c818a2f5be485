// fleet: what is simulated; every line it writes follows from this alone.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::simulator {

/// Who writes: cars their status, drivers their trips. The value is the kind
/// field of their records.
enum class fleet_kind : char { cars = 's', drivers = 't' };

/// A fleet and its time. Records go round: record i is of number i % count,
/// has the sequence i / count and the time start + (i / count) × period.
struct fleet {
  fleet_kind kind = fleet_kind::cars;
  std::uint32_t count = 100;
  /// Simulated seconds between two records of one car.
  std::uint32_t period = 3;
  /// Simulated time of the first records, seconds since 1970, UTC.
  std::int64_t start = 0;
  std::uint64_t seed = 1;
  /// Drivers only: the longest line with its newline; lines have from half of
  /// it to all of it.
  std::uint32_t line_max = 4000;
  /// After so many of a million records a garbage line follows.
  std::uint32_t garbage_ppm = 0;

  friend bool operator==(const fleet&, const fleet&) = default;
};

/// How many records of the fleet make one simulated day.
[[nodiscard]] constexpr std::uint64_t records_per_day(const fleet& f) {
  return f.count * (std::uint64_t{86'400} / f.period);
}

/// How many of the first `records` are of car `number`.
[[nodiscard]] constexpr std::uint64_t
records_of(const fleet& f, std::uint64_t records, std::uint32_t number) {
  return (records + f.count - 1 - number) / f.count;
}

/// "cars" or "drivers".
[[nodiscard]] constexpr const char* name_of(fleet_kind kind) {
  return kind == fleet_kind::cars ? "cars" : "drivers";
}

/// The 14 digits YYYYMMDDhhmmss of a time, as a number.
[[nodiscard]] std::uint64_t stamp_of(std::int64_t seconds);

/// The time that 14 digits name; -1 when they name none.
[[nodiscard]] std::int64_t seconds_of(std::uint64_t stamp);

} // namespace sluice::simulator
