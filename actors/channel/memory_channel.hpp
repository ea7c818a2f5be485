// The channel station: where events wait until the next stage has them.
//
// A channel answers `resume` and `attach` with where it stands, takes `put`
// within each source's window, hands out within the sink's credit, and lets go
// only of what the sink says is `committed`. The memory channel keeps nothing
// across its own death: its sources read again.
#pragma once

#include "actors/channel/memory_buffer.hpp"
#include "actors/component.hpp"

namespace sluice {

/// Spawns a memory channel.
[[nodiscard]] caf::actor spawn_memory_channel(const component_context& context,
                                              memory_buffer::options options);

} // namespace sluice
