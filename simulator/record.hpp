// The fleet's lines: made from the seed, and recognized again.
#pragma once

#include "simulator/fleet.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::simulator {

// A record is CSV: 14 digits of time, kind, number, sequence number, the
// fields of its kind, and in the end the CRC32C of everything before it, as
// eight hex digits. The expressions match all records and no garbage; a
// regex_filter takes them as they are (Java and PCRE2 agree on them).

/// Tyres and lights (one bit each), engine, brakes, battery in percent.
inline constexpr std::string_view status_regex
  = "^[0-9]{14},s,[0-9]{1,7},[0-9]{1,12},[0-9a-f],[0-9a-f],[ABC],[ABC],"
    "[0-9]{1,2},[0-9a-f]{8}$";

/// Accelerator, brake, wheel angle, indicator, speed, area, cargo (filler).
inline constexpr std::string_view trip_regex
  = "^[0-9]{14},t,[0-9]{1,7},[0-9]{1,12},[0-5],[0-3],(?:F|[LR][1-3]),[NLR],"
    "[0-9]{1,3},[A-F][0-9]{2},[a-p]*,[0-9a-f]{8}$";

/// Makes the lines of one fleet: a pure function of the fleet and the index.
class line_writer {
public:
  explicit line_writer(const fleet& f) : fleet_(f) {
  }

  /// Appends record `index` with its newline.
  void record(std::uint64_t index, std::string& out);

  /// Appends the garbage line that follows record `index` (half a record,
  /// binary bytes or wrong fields) with its newline, if one does; says whether
  /// it did.
  bool garbage(std::uint64_t index, std::string& out);

private:
  void stamp(std::int64_t seconds, std::string& out);

  fleet fleet_;
  std::int64_t stamped_ = -1;
  char stamp_[14] = {};
};

/// What a record says of itself.
struct record_id {
  fleet_kind kind = fleet_kind::cars;
  std::uint64_t stamp = 0;
  std::uint32_t number = 0;
  std::uint64_t sequence = 0;
};

enum class line_form {
  record,  ///< the expression matches and the checksum is right
  mangled, ///< the expression matches, the checksum does not
  other,   ///< the expression does not match
};

/// Recognizes a line without its newline, as the expressions above do; fills
/// `id` unless the form is `other`.
[[nodiscard]] line_form recognize(std::string_view line, record_id& id);

} // namespace sluice::simulator
