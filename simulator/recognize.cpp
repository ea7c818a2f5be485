// Recognizing a record: the expressions of record.hpp, by hand, because the
// oracle reads a million lines a second.
#include "actors/core/base/crc32c.hpp"
#include "simulator/record.hpp"

namespace sluice::simulator {

namespace {

class cursor {
public:
  explicit cursor(std::string_view line) : line_(line) {
  }

  bool literal(char c) {
    if (at_ == line_.size() || line_[at_] != c)
      return false;
    ++at_;
    return true;
  }

  bool range(char low, char high) {
    if (at_ == line_.size() || line_[at_] < low || line_[at_] > high)
      return false;
    ++at_;
    return true;
  }

  bool hex() {
    return range('0', '9') || range('a', 'f');
  }

  bool number(std::size_t least, std::size_t most, std::uint64_t& value) {
    const auto from = at_;
    value = 0;
    while (at_ - from < most && at_ < line_.size() && line_[at_] >= '0'
           && line_[at_] <= '9')
      value = value * 10 + static_cast<unsigned>(line_[at_++] - '0');
    return at_ - from >= least;
  }

  /// The last field: eight hex digits and nothing behind them.
  bool checksum(std::uint32_t& value) {
    if (line_.size() - at_ != 8)
      return false;
    value = 0;
    for (; at_ < line_.size(); ++at_) {
      const char c = line_[at_];
      if (c >= '0' && c <= '9')
        value = value << 4 | static_cast<unsigned>(c - '0');
      else if (c >= 'a' && c <= 'f')
        value = value << 4 | static_cast<unsigned>(c - 'a' + 10);
      else
        return false;
    }
    return true;
  }

  [[nodiscard]] std::size_t at() const {
    return at_;
  }

private:
  std::string_view line_;
  std::size_t at_ = 0;
};

bool status_fields(cursor& c) {
  std::uint64_t battery = 0;
  return c.literal(',') && c.hex() && c.literal(',') && c.hex()
         && c.literal(',') && c.range('A', 'C') && c.literal(',')
         && c.range('A', 'C') && c.literal(',') && c.number(1, 2, battery);
}

bool trip_fields(cursor& c) {
  std::uint64_t speed = 0;
  std::uint64_t area = 0;
  if (!(c.literal(',') && c.range('0', '5') && c.literal(',')
        && c.range('0', '3') && c.literal(',')))
    return false;
  if (!c.literal('F')
      && !((c.literal('L') || c.literal('R')) && c.range('1', '3')))
    return false;
  if (!(c.literal(',') && (c.literal('N') || c.literal('L') || c.literal('R'))
        && c.literal(',') && c.number(1, 3, speed) && c.literal(',')
        && c.range('A', 'F') && c.number(2, 2, area) && c.literal(',')))
    return false;
  while (c.range('a', 'p')) {
  }
  return true;
}

} // namespace

line_form recognize(std::string_view line, record_id& id) {
  cursor c(line);
  std::uint64_t number = 0;
  if (!c.number(14, 14, id.stamp) || !c.literal(','))
    return line_form::other;
  if (c.literal('s'))
    id.kind = fleet_kind::cars;
  else if (c.literal('t'))
    id.kind = fleet_kind::drivers;
  else
    return line_form::other;
  if (!c.literal(',') || !c.number(1, 7, number) || !c.literal(',')
      || !c.number(1, 12, id.sequence))
    return line_form::other;
  id.number = static_cast<std::uint32_t>(number);
  if (!(id.kind == fleet_kind::cars ? status_fields(c) : trip_fields(c)))
    return line_form::other;
  const auto end = c.at();
  std::uint32_t checksum = 0;
  if (!c.literal(',') || !c.checksum(checksum))
    return line_form::other;
  return crc32c(line.substr(0, end)) == checksum ? line_form::record
                                                 : line_form::mangled;
}

} // namespace sluice::simulator
