// event: headers and a body of bytes; in memory a place in a slab.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace sluice {

/// Where an event's body lies in its batch's slab.
struct event_ref {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

/// Headers that all events of a run share. Immutable, shared by runs.
using header_set = std::map<std::string, std::string>;
using header_set_ptr = std::shared_ptr<const header_set>;

} // namespace sluice
