#include "simulator/record.hpp"

#include "actors/core/base/crc32c.hpp"

#include <charconv>
#include <chrono>
#include <cstring>

namespace sluice::simulator {

namespace {

constexpr char hex_digits[] = "0123456789abcdef";
constexpr std::size_t crc_field = 9; // comma and eight digits

// splitmix64: one multiplication-rich step for each 64 bits.
class dice {
public:
  dice(std::uint64_t seed, std::uint64_t index, std::uint64_t what)
    : state_(mix(seed + what * 0x9e3779b97f4a7c15U) ^ mix(index)) {
  }

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    return mix(state_);
  }

private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

constexpr std::uint64_t what_fields = 1;
constexpr std::uint64_t what_garbage = 2;

void append_number(std::uint64_t value, std::string& out) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

void append_crc(std::size_t from, std::string& out) {
  const auto crc = crc32c(std::string_view(out).substr(from));
  out += ',';
  for (int shift = 28; shift >= 0; shift -= 4)
    out += hex_digits[(crc >> shift) & 15];
}

void status_fields(dice& d, std::uint64_t sequence, std::string& out) {
  const auto bits = d.next();
  const char text[]
    = {',', hex_digits[bits & 15],       ',', hex_digits[(bits >> 4) & 15],
       ',', "AAAAAABC"[(bits >> 8) & 7], ',', "AAAAAABC"[(bits >> 11) & 7],
       ','};
  out.append(text, sizeof text);
  // A battery that drains over the hours and is charged again.
  append_number(99 - (sequence / 120 + (bits >> 20) % 3) % 80, out);
}

void trip_fields(dice& d, std::string& out) {
  const auto bits = d.next();
  const char pedals[]
    = {',', char('0' + bits % 6), ',', char('0' + (bits >> 8) % 4), ','};
  out.append(pedals, sizeof pedals);
  const auto wheel = (bits >> 16) % 7;
  if (wheel == 0)
    out += 'F';
  else
    (out += wheel < 4 ? 'L' : 'R') += char('1' + (wheel - 1) % 3);
  (out += ',') += "NLR"[(bits >> 24) % 3];
  append_number((bits >> 32) % 181, out += ',');
  ((out += ',') += char('A' + (bits >> 40) % 6))
    += char('0' + (bits >> 48) % 10);
  out += char('0' + (bits >> 56) % 10);
}

// Letters a to p, eight for each roll.
void cargo(dice& d, std::size_t size, std::string& out) {
  const auto from = out.size();
  out.resize(from + size);
  char* p = out.data() + from;
  for (std::size_t left = size; left > 0;) {
    const std::uint64_t letters
      = (d.next() & 0x0f0f0f0f0f0f0f0fU) + 0x6161616161616161U;
    const std::size_t n = left < 8 ? left : 8;
    std::memcpy(p, &letters, n);
    p += n;
    left -= n;
  }
}

// Breaks one field of the record in out[from, end) so that it is none.
void wrong_field(std::uint64_t which, std::size_t from, std::string& out) {
  switch (which % 4) {
  case 0: // a time of 13 digits
    out.erase(from, 1);
    break;
  case 1: // a kind that is none
    out[from + 15] = 'x';
    break;
  case 2: // no number
    out[from + 17] = '?';
    break;
  default: // a field too many
    out += ",0";
    break;
  }
}

void binary(dice& d, std::string& out) {
  const auto size = 1 + d.next() % 200;
  out += char(0x80 | (d.next() & 0x7f));
  for (std::uint64_t i = 1; i < size; ++i) {
    const char c = char(d.next() & 0xff);
    out += c == '\n' ? '\1' : c;
  }
}

} // namespace

std::uint64_t stamp_of(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds at{std::chrono::seconds{seconds}};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{at - day};
  const auto y = static_cast<std::uint64_t>(static_cast<int>(date.year()));
  const auto ymd = (y * 100 + static_cast<unsigned>(date.month())) * 100
                   + static_cast<unsigned>(date.day());
  return ((ymd * 100 + static_cast<std::uint64_t>(time.hours().count())) * 100
          + static_cast<std::uint64_t>(time.minutes().count()))
           * 100
         + static_cast<std::uint64_t>(time.seconds().count());
}

std::int64_t seconds_of(std::uint64_t stamp) {
  using namespace std::chrono;
  const auto part = [&](std::uint64_t divisor, std::uint64_t modulus) {
    return static_cast<unsigned>(stamp / divisor % modulus);
  };
  const auto y = static_cast<int>(part(10'000'000'000U, 100'000));
  const year_month_day date{year{y}, month{part(100'000'000, 100)},
                            day{part(1'000'000, 100)}};
  const auto h = part(10'000, 100);
  const auto m = part(100, 100);
  const auto s = part(1, 100);
  if (!date.ok() || y > 9999 || h > 23 || m > 59 || s > 59)
    return -1;
  return sys_days{date}.time_since_epoch() / seconds{1}
         + (std::int64_t{h} * 60 + m) * 60 + s;
}

void line_writer::stamp(std::int64_t seconds, std::string& out) {
  if (seconds != stamped_) {
    stamped_ = seconds;
    std::to_chars(stamp_, stamp_ + sizeof stamp_, stamp_of(seconds));
  }
  out.append(stamp_, sizeof stamp_);
}

void line_writer::record(std::uint64_t index, std::string& out) {
  const auto from = out.size();
  const auto sequence = index / fleet_.count;
  dice d(fleet_.seed, index, what_fields);
  stamp(fleet_.start + static_cast<std::int64_t>(sequence * fleet_.period),
        out);
  ((out += ',') += static_cast<char>(fleet_.kind)) += ',';
  append_number(index % fleet_.count, out);
  append_number(sequence, out += ',');
  if (fleet_.kind == fleet_kind::cars) {
    status_fields(d, sequence, out);
  } else {
    trip_fields(d, out);
    out += ',';
    const auto half = fleet_.line_max / 2;
    const auto wanted = half + d.next() % (fleet_.line_max - half + 1);
    const auto used = out.size() - from + crc_field + 1;
    cargo(d, wanted > used ? wanted - used : 0, out);
  }
  append_crc(from, out);
  out += '\n';
}

bool line_writer::garbage(std::uint64_t index, std::string& out) {
  if (fleet_.garbage_ppm == 0)
    return false;
  dice d(fleet_.seed, index, what_garbage);
  if (d.next() % 1'000'000 >= fleet_.garbage_ppm)
    return false;
  const auto kind = d.next() % 3;
  if (kind == 0) {
    binary(d, out);
  } else {
    const auto from = out.size();
    record(index, out);
    out.pop_back();
    if (kind == 1) // half a line, always without its checksum
      out.resize(from + 1 + d.next() % (out.size() - from - crc_field));
    else
      wrong_field(d.next(), from, out);
  }
  out += '\n';
  return true;
}

} // namespace sluice::simulator
