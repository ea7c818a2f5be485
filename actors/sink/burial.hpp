// burial: how a sink hands over a record that can never be delivered.
#pragma once

#include "actors/core/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace sluice {

/// One record and why it cannot be delivered. Views live for the call only.
struct buried_record {
  std::string_view from_origin;
  std::uint64_t generation = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::string_view reason;
  std::string_view body;
};

/// Durable when it returns; after a crash a record may be buried twice.
using bury_record = std::function<result<void>(const buried_record&)>;

} // namespace sluice
