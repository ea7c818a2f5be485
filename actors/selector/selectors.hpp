// The selector station: which channels get an event.
//
// A selector is a pure function (core/routing/selector.hpp); the chain asks it
// after the last interceptor.
#pragma once

#include "actors/core/routing/selector.hpp"

#include <memory>

namespace sluice {

/// Every channel gets everything.
[[nodiscard]] std::unique_ptr<selector> make_replicating(std::size_t channels);

} // namespace sluice
