#include "simulator/oracle.hpp"

#include "actors/core/base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace sluice::simulator {

namespace {

constexpr std::size_t examples_max = 10;
constexpr std::uint64_t records_in_word = 32;
constexpr std::uint64_t first_bits = 0x5555555555555555U;

std::uint64_t hash_of(std::string_view line) {
  return std::hash<std::string_view>{}(line);
}

} // namespace

findings& findings::operator+=(const findings& other) {
  written += other.written;
  filtered += other.filtered;
  delivered += other.delivered;
  lost += other.lost;
  duplicated += other.duplicated;
  reordered += other.reordered;
  torn += other.torn;
  phantom += other.phantom;
  leaked += other.leaked;
  return *this;
}

bool findings::right() const noexcept {
  return written > 0 && lost == 0 && duplicated == 0 && reordered == 0
         && torn == 0 && phantom == 0 && leaked == 0;
}

std::string findings::verdict() const {
  return fmt::format("verdict: written {} filtered {} delivered {} lost {} "
                     "duplicated {} reordered {}",
                     written, filtered, delivered, lost, duplicated, reordered);
}

oracle::oracle(const ledger& known, refresh renew)
  : ledger_(known),
    renew_(std::move(renew)),
    cars_(known.who.count) {
}

void oracle::update() {
  ledger_ = renew_();
}

void oracle::take(std::string_view line, std::int32_t partition) {
  record_id id;
  switch (recognize(line, id)) {
  case line_form::record:
    if (issued(id))
      take_record(id, line, partition);
    else
      ++found_.phantom, complain("phantom", line);
    break;
  case line_form::mangled:
    ++found_.torn;
    complain("torn", line);
    break;
  case line_form::other:
    take_other(line);
    break;
  }
}

// The simulator stores `issued` before it writes: what is visible in an output
// is within a ledger that is read after it.
bool oracle::issued(const record_id& id) {
  const auto& who = ledger_.who;
  if (id.kind != who.kind || id.number >= who.count)
    return false;
  const auto time
    = who.start + static_cast<std::int64_t>(id.sequence * who.period);
  if (stamp_of(time) != id.stamp)
    return false;
  if (id.sequence < records_of(who, ledger_.issued, id.number))
    return true;
  update();
  return id.sequence < records_of(who, ledger_.issued, id.number);
}

void oracle::take_record(const record_id& id, std::string_view line,
                         std::int32_t partition) {
  auto& bits = cars_[id.number].bits;
  const auto word = id.sequence / records_in_word;
  const auto shift = id.sequence % records_in_word * 2;
  if (word >= bits.size())
    bits.resize(std::max(word + 1, bits.size() * 2));
  const auto had = (bits[word] >> shift) & 3;
  if (had != 0) {
    bits[word] |= std::uint64_t{2} << shift;
    ++found_.duplicated;
    complain("duplicate", line);
    return;
  }
  bits[word] |= std::uint64_t{1} << shift;
  ++arrived_;
  const auto place = static_cast<std::size_t>(partition);
  if (place >= next_.size())
    next_.resize(place + 1);
  auto& next = next_[place];
  if (next.empty())
    next.resize(ledger_.who.count);
  if (id.sequence < next[id.number]) {
    ++found_.reordered;
    complain("reordered", line);
  } else {
    next[id.number] = id.sequence + 1;
  }
}

void oracle::take_other(std::string_view line) {
  make_garbage();
  if (garbage_.contains(hash_of(line))) {
    ++found_.leaked;
    complain("garbage leaked", line);
    return;
  }
  ++found_.torn;
  complain("torn", line);
}

void oracle::make_garbage() {
  update();
  line_writer writer(ledger_.who);
  std::string line;
  for (; garbage_of_ < ledger_.issued; ++garbage_of_) {
    line.clear();
    if (writer.garbage(garbage_of_, line))
      garbage_.insert(
        hash_of(std::string_view(line).substr(0, line.size() - 1)));
  }
}

void oracle::complain(const char* what, std::string_view line) {
  if (examples_.size() < examples_max)
    examples_.push_back(
      fmt::format("{}: {}", what, log::escaped(line.substr(0, 72))));
}

findings oracle::judge() const {
  auto f = found_;
  f.written = ledger_.records;
  f.delivered = arrived_;
  // Each leaked line stands for one that was not filtered.
  f.filtered = ledger_.garbage - std::min(ledger_.garbage, f.leaked);
  std::uint64_t owed_arrived = 0;
  for (std::uint32_t n = 0; n < ledger_.who.count; ++n) {
    const auto owed = records_of(ledger_.who, ledger_.records, n);
    const auto& bits = cars_[n].bits;
    const auto whole
      = std::min<std::uint64_t>(owed / records_in_word, bits.size());
    for (std::uint64_t w = 0; w < whole; ++w)
      owed_arrived
        += static_cast<unsigned>(std::popcount(bits[w] & first_bits));
    const auto rest = owed % records_in_word * 2;
    if (whole == owed / records_in_word && whole < bits.size() && rest > 0)
      owed_arrived += static_cast<unsigned>(std::popcount(
        bits[whole] & first_bits & ((std::uint64_t{1} << rest) - 1)));
  }
  f.lost = f.written - owed_arrived;
  return f;
}

} // namespace sluice::simulator
