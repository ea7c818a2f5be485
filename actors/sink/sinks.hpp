// The sink station: where events leave.
//
// A sink attaches to its channel with what its store has, takes batches within
// its credit, and says `committed` only after the store has them for good:
// only then does anything upstream let go.
#pragma once

#include "actors/component.hpp"
#include "actors/sink/batch_store.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace sluice {

/// Makes the store of a sink; called in the sink's own thread at every start.
using make_store = std::function<result<std::unique_ptr<batch_store>>()>;

/// When a sink commits.
struct commit_options {
  std::uint64_t bytes = 4U << 20;
  std::chrono::milliseconds interval{100};
  /// How much a channel may hand out ahead, in bytes.
  std::uint64_t credit = 8U << 20;
};

/// Spawns a sink over a store that writes and commits where it stands.
[[nodiscard]] caf::actor spawn_committing_sink(const component_context& context,
                                               route_id route, make_store make,
                                               outlet channel,
                                               commit_options options);

} // namespace sluice
