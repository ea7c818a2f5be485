// Small batches for tests of whatever receives them.
#pragma once

#include "actors/core/event/progress.hpp"

#include <cstring>
#include <string>

namespace sluice::test {

/// A batch of one run: `text` stands at `from` of generation 0 of `name`; each
/// line is an event.
inline batch_ptr lines(const std::string& name, std::uint64_t from,
                       const std::string& text) {
  auto b = std::make_shared<batch>();
  auto bytes = std::make_shared<slab>(text.size());
  std::memcpy(bytes->data(), text.data(), text.size());
  b->bytes = bytes;
  run r;
  r.from_origin = origin{name};
  r.after = {0, from};
  r.from = from;
  r.to = from + text.size();
  r.proof.lineage = name;
  std::size_t at = 0;
  for (auto end = text.find('\n'); end != std::string::npos;
       end = text.find('\n', at)) {
    b->events.push_back(
      {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end - at)});
    at = end + 1;
  }
  r.count = static_cast<std::uint32_t>(b->events.size());
  b->runs.push_back(r);
  compact(*b);
  return b;
}

/// The position map with one entry.
inline position_map at(const std::string& name, std::uint64_t offset) {
  position_map m;
  m[origin{name}] = {{0, offset}, {}};
  return m;
}

} // namespace sluice::test
