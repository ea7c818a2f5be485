// batch: a list of runs over one slab; what travels between actors.
#pragma once

#include "actors/core/event/run.hpp"
#include "actors/core/event/slab.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Why an interceptor refused an event for good. It travels on and the sink
/// writes it to the dead letters before the commit that passes it.
struct rejection {
  std::uint32_t event = 0; ///< index into batch::events
  std::string reason;
};

/// Runs over one slab; immutable once sent, shared, never copied inside a
/// node. Enters one transaction whole.
struct batch {
  /// Null when the batch has no events.
  slab_ptr bytes;
  std::vector<event_ref> events;
  std::vector<run> runs;
  /// Ascending by event. These events are not to be sent.
  std::vector<rejection> rejected;

  [[nodiscard]] std::string_view body(const event_ref& e) const noexcept {
    return bytes->view(e.offset, e.length);
  }

  /// The origin offset after event `index`, which belongs to `r`.
  [[nodiscard]] std::uint64_t end_of(const run& r, std::uint32_t index) const;

  /// What a channel charges for it: the memory it pins.
  [[nodiscard]] std::size_t cost() const noexcept;

  /// The sum of the events' lengths.
  [[nodiscard]] std::size_t body_bytes() const noexcept;
};

using batch_ptr = std::shared_ptr<const batch>;

/// The most events a batch carries: bounds its columns to 512 KiB.
constexpr std::size_t batch_events_max = 65'536;

/// The most bytes a reader puts into one batch (plus one unit).
constexpr std::size_t batch_bytes_max = 1 << 20;

/// The batch with only the events `kept` (ascending indices into its events),
/// its runs all there. Survivors that use less than a quarter of the slab are
/// copied into one of their own, so that a filtered batch pins what it is
/// worth. The batch itself when all are kept.
[[nodiscard]] batch_ptr keep_only(const batch_ptr& all,
                                  std::span<const std::uint32_t> kept);

/// As `keep_only`, for the events of which `keep` is true. It is called once
/// for each event, in order.
template <class Keep>
requires std::predicate<Keep&, std::uint32_t>
[[nodiscard]] batch_ptr filtered(const batch_ptr& all, Keep keep) {
  std::vector<std::uint32_t> kept;
  kept.reserve(all->events.size());
  for (std::uint32_t i = 0; i < all->events.size(); ++i)
    if (keep(i))
      kept.push_back(i);
  return keep_only(all, kept);
}

/// The same batch with the events `refused` (ascending) marked as rejected. An
/// event that was rejected before keeps its reason.
[[nodiscard]] batch_ptr with_rejected(const batch_ptr& all,
                                      const std::vector<rejection>& refused);

/// The same batch with `change` applied to the headers of every run. `change`
/// gets a copy that it may alter.
[[nodiscard]] batch_ptr
with_headers(const batch_ptr& all,
             const std::function<void(header_set&)>& change);

/// Merges neighbouring runs without events of one origin that follow each
/// other; drops the slab of a batch without events.
void compact(batch& b);

} // namespace sluice
