// lines: a small file of numbered lines as batches, for tests of Kafka sinks.
#pragma once

#include "actors/core/event/batch.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace sluice::kafka_lines {

constexpr std::uint64_t line_bytes = 8;
constexpr std::uint64_t lines_total = 40;

inline std::string line_of(std::uint64_t n) {
  auto digits = std::to_string(n);
  return "L" + std::string(6 - digits.size(), '0') + digits;
}

/// `count` lines of origin "o" that begin at offset `from`.
inline batch_ptr lines_from(std::uint64_t from, std::uint64_t count) {
  auto b = std::make_shared<batch>();
  auto bytes = std::make_shared<slab>(count * line_bytes);
  run r;
  r.from_origin = origin{"o"};
  r.after = {0, from};
  r.from = from;
  r.to = from + count * line_bytes;
  r.proof.lineage = "line";
  r.count = static_cast<std::uint32_t>(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto text = line_of(from / line_bytes + i) + "\n";
    std::memcpy(bytes->data() + i * line_bytes, text.data(), line_bytes);
    b->events.push_back({static_cast<std::uint32_t>(i * line_bytes), 7});
  }
  b->bytes = bytes;
  b->runs.push_back(r);
  return b;
}

/// Every line there is, in order.
inline std::vector<std::string> expected_lines() {
  std::vector<std::string> all;
  for (std::uint64_t i = 0; i < lines_total; ++i)
    all.push_back(line_of(i));
  return all;
}

} // namespace sluice::kafka_lines
