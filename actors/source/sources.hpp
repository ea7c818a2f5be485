// The source station: where events enter.
//
// A source asks its chain where every route stands (`resume`), reads from the
// smallest position on, sends batches within its window, and completes files
// only when every required route has committed them. One actor runs every
// source that can be read again; what differs is its origin_reader.
#pragma once

#include "actors/component.hpp"
#include "actors/core/event/origin_reader.hpp"
#include "actors/core/file/follower.hpp"
#include "actors/core/file/spool_directory.hpp"

#include <functional>
#include <memory>

namespace sluice {

/// Makes the reader of a source; called in the source's own thread at every
/// start of the actor.
using make_reader = std::function<result<std::unique_ptr<origin_reader>>()>;

/// spooldir: files that are moved whole into a directory.
[[nodiscard]] make_reader make_spooldir(spool_options options);

/// taildir: files that grow and are rotated. `kept` holds descriptors from one
/// start of the actor to the next.
[[nodiscard]] make_reader make_taildir(follower_options options,
                                       std::shared_ptr<descriptor_table> kept);

/// exec of `tail -F PATH`: that one file, followed; `start` is what -n and -c
/// say of the first start. Group and source name are filled in.
[[nodiscard]] make_reader make_exec(follower_options options,
                                    const std::string& path, tail_start start,
                                    std::shared_ptr<descriptor_table> kept);

/// How a source waits for news and what it may put into a batch. Without a
/// thread of its own it looks again after `idle_min`, then ever later; with
/// one it waits in its reader for `idle_max` at most.
struct reading_options {
  std::chrono::milliseconds idle_min{5};
  std::chrono::milliseconds idle_max{50};
  /// A cap from the configuration (Flume's batchSize); 0: none.
  std::size_t events_max = 0;
  /// The slab and event bound of one batch.
  std::size_t bytes_max = batch_bytes_max;
};

/// Spawns a source that reads through `make` and sends to `chain`.
[[nodiscard]] caf::actor spawn_reading_source(const component_context& context,
                                              make_reader make, inlet chain,
                                              reading_options options);

} // namespace sluice
