// undeliverable: a record that can never be delivered, and where it goes.
#pragma once

#include "actors/core/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace sluice {

/// Who found out that a record can never be delivered.
enum class undeliverable_kind {
  rejected,  ///< an interceptor marked it
  too_large, ///< the sink knows that its destination would refuse it
  refused,   ///< the destination refused it
};

/// One record and why. Views live for the call only.
struct undeliverable {
  std::string_view from_origin;
  std::uint64_t generation = 0;
  /// Its bytes of the origin: [from, to).
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  undeliverable_kind kind = undeliverable_kind::refused;
  std::string_view reason;
  std::string_view body;
};

/// Durable when it returns; after a crash a record may be buried twice.
using bury_record = std::function<result<void>(const undeliverable&)>;

} // namespace sluice
