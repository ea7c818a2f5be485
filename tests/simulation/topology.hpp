// topology: a whole agent on CAF's deterministic scheduler, with faults.
#pragma once

#include "actors/supervisor/node_supervisor.hpp"
#include "tests/simulation/world.hpp"

#include <memory>

namespace sluice::simulation {

/// What is built, and how often what goes wrong.
struct scenario {
  /// Channels of each source, by name; a channel has one sink of its own name.
  std::map<std::string, std::vector<std::string>> channels_of;
  std::vector<std::string> channels;
  std::uint64_t channel_bytes = 3000;
  /// Lines of each of a source's two files, and how long they may get.
  std::size_t lines = 60;
  std::size_t padding_max = 20;
  /// This channel's store cannot be opened until that source's data is
  /// delivered; empty: none.
  std::string store_down;
  std::string down_until_delivered;
  double kills = 0.004;
  double supervisor_kills = 0.0005;
  double crashes = 0.001;
  /// How often an actor gets no time for a while, and for how many steps.
  double stalls = 0.01;
  std::size_t stall_steps_max = 60;
  std::size_t steps_max = 60'000;
};

/// What one run did.
struct outcome {
  bool delivered = false;
  std::uint64_t gaps = 0;
  /// The most bytes that any channel held.
  std::uint64_t fill_max = 0;
  std::size_t kills = 0;
  std::size_t supervisor_kills = 0;
  std::size_t crashes = 0;
  std::size_t steps = 0;
};

/// Runs the scenario in `world` until all is delivered or the steps are used
/// up. The schedule, the faults and the incarnations follow from the seed.
[[nodiscard]] outcome run_scenario(const scenario& what, outside& world,
                                   std::uint64_t seed);

} // namespace sluice::simulation
