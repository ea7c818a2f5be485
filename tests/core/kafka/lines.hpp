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

/// Lines of origin "o" with these bodies, the first of which begins at offset
/// `from`.
inline batch_ptr bodies_from(std::uint64_t from,
                             const std::vector<std::string>& bodies) {
  auto b = std::make_shared<batch>();
  std::string text;
  for (const auto& body : bodies) {
    b->events.push_back({static_cast<std::uint32_t>(text.size()),
                         static_cast<std::uint32_t>(body.size())});
    text += body + "\n";
  }
  auto bytes = std::make_shared<slab>(text.size());
  std::memcpy(bytes->data(), text.data(), text.size());
  run r;
  r.from_origin = origin{"o"};
  r.after = {0, from};
  r.from = from;
  r.to = from + text.size();
  r.proof.lineage = "line";
  r.count = static_cast<std::uint32_t>(bodies.size());
  b->bytes = bytes;
  b->runs.push_back(r);
  return b;
}

/// `count` lines of origin "o" that begin at offset `from`.
inline batch_ptr lines_from(std::uint64_t from, std::uint64_t count) {
  std::vector<std::string> bodies;
  for (std::uint64_t i = 0; i < count; ++i)
    bodies.push_back(line_of(from / line_bytes + i));
  return bodies_from(from, bodies);
}

/// Every line there is, in order.
inline std::vector<std::string> expected_lines() {
  std::vector<std::string> all;
  for (std::uint64_t i = 0; i < lines_total; ++i)
    all.push_back(line_of(i));
  return all;
}

} // namespace sluice::kafka_lines
