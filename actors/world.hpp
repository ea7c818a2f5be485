// The outside world as the parts that tests and the simulation replace.
#pragma once

#include "actors/core/base/clock.hpp"
#include "actors/core/base/result.hpp"

#include <caf/error.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/local_actor.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>

namespace sluice {

/// What a running actor and its supervisor share without messages. Outlives
/// the actor; a successor gets the same one.
struct pulse {
  /// Bumped by a sink for each commit, by others for each accepted put.
  std::atomic<std::uint64_t> progress{0};
  /// Set by whoever kills the actor, cleared before its successor starts:
  /// blocking work looks at it between its slices and gives up.
  std::atomic<bool> give_up{false};
  /// Set when the orderly stop begins: whatever still waits for the outside,
  /// and so has nothing to commit, gives up.
  std::atomic<bool> ending{false};
  /// A source: everything it found is committed. For runs that end.
  std::atomic<bool> drained{false};
};

using pulse_ptr = std::shared_ptr<pulse>;

/// A new incarnation; from the seed when it is not 0, so that a simulation
/// repeats itself.
[[nodiscard]] std::uint64_t new_incarnation();

/// True if a message of the data path belongs to the life that began with the
/// incarnation `mine`; any other is dropped.
[[nodiscard]] bool of_this_life(std::uint64_t of_message,
                                std::uint64_t mine) noexcept;

/// Makes `new_incarnation` repeatable (simulation only; one thread).
void seed_incarnations(std::uint64_t seed);

/// Our failure as the reason an actor quits with, and back. Any other reason
/// (kill, a foreign exception) becomes the failure that describes it.
[[nodiscard]] caf::error to_reason(const failure& why);
[[nodiscard]] failure to_failure(const caf::error& reason);

/// What every actor installs first: exceptions become a reason, unexpected
/// messages are logged, never printed by the framework.
void use_house_handlers(caf::scheduled_actor* self);

/// Ends `who` at once: overtakes everything in its mailbox.
void kill_now(const caf::actor& who);

} // namespace sluice
