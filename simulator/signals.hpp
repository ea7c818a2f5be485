// What a running simulator is told from outside.
#pragma once

#include <chrono>

namespace sluice::simulator {

/// SIGTERM and SIGINT ask for an orderly end, SIGHUP for a rotation.
/// Called once, by main, before anything runs.
void listen_to_signals();

[[nodiscard]] bool stop_requested() noexcept;

/// True once for each SIGHUP (several that come together count as one).
[[nodiscard]] bool rotation_requested() noexcept;

/// Sleeps, but not on when a stop is requested.
void rest(std::chrono::milliseconds time);

} // namespace sluice::simulator
