// batch_codec: batches to bytes and back (docs/formats.md, "batches").
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/batch.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// Appends the batch: of the slab only what its events and verbatim runs use.
/// What carries it guards it with a checksum.
void put_batch(std::string& out, const batch& b);

/// The reverse, over a slab of its own. Every length is checked before it is
/// used: whatever the bytes, the batch is one that `progress` can judge and
/// cut, or `state_corrupt`; `unsupported` when a newer version wrote them.
[[nodiscard]] result<batch_ptr> decode_batch(std::string_view bytes);

} // namespace sluice
