// interceptor_chain: the actor between one source and its channels.
#pragma once

#include "actors/component.hpp"
#include "actors/core/routing/selector.hpp"
#include "actors/interceptor/interceptor.hpp"

#include <memory>
#include <vector>

namespace sluice {

/// What a chain runs. New objects for every start of the actor.
struct chain_parts {
  std::vector<std::unique_ptr<interceptor>> interceptors;
  std::unique_ptr<selector> routes;
  /// Required channels, in the selector's order.
  std::vector<channel_actor> channels;
};

/// Spawns the chain of one source: runs the interceptors in order over every
/// batch, asks the selector, and unites what the channels answer.
[[nodiscard]] caf::actor
spawn_interceptor_chain(const component_context& context, chain_parts parts);

} // namespace sluice
