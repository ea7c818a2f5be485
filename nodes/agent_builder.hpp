// agent_builder: from a checked configuration to the children of an agent.
#pragma once

#include "actors/component.hpp"
#include "actors/core/file/descriptor_table.hpp"
#include "actors/core/kafka/kafka_settings.hpp"
#include "actors/supervisor/agent_supervisor.hpp"
#include "config/agent_config.hpp"
#include "monitoring/metrics.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace sluice {

/// What all agents of a node share. Outlives every actor.
struct node_parts {
  caf::actor_system* system = nullptr;
  metrics* counted = nullptr;
  child_table* children = nullptr;
  const clock_source* clock = nullptr;
  std::shared_ptr<descriptor_table> descriptors;
  std::string cluster;
  std::string node;
  std::string state_dir;
  /// How many files each source that follows files may have open.
  std::size_t files_open_max = 256;
  /// How to call `sluice positions` for this node.
  std::string positions_command;
};

/// The route's id: cluster/node/agent/sink.
[[nodiscard]] route_id route_of(const node_parts& node,
                                const std::string& agent,
                                const std::string& sink);

/// Everything the supervisor of `agent` needs: channels, sinks, chains and
/// sources with what each depends on. Fails with `config` when something that
/// only now can be tried (an expression, a host name) does not work.
[[nodiscard]] result<supervision>
build_agent(const node_parts& node, const config::agent_config& agent);

/// One child's context: its pulse and cell, made before it first starts.
[[nodiscard]] component_context context_of(const node_parts& node,
                                           const std::string& agent,
                                           const std::string& name,
                                           component_kind kind,
                                           const std::string& type);

// The builders of each station, in their own files.

[[nodiscard]] result<child_spec>
build_source(const node_parts& node, const config::agent_config& agent,
             const config::source_config& source, std::size_t chain);

[[nodiscard]] result<child_spec> build_sink(const node_parts& node,
                                            const config::agent_config& agent,
                                            const config::sink_config& sink,
                                            std::size_t channel);

/// What a Kafka sink of this route is told.
[[nodiscard]] kafka_settings kafka_settings_of(const node_parts& node,
                                               const route_id& route,
                                               const config::sink_config& sink);

[[nodiscard]] result<child_spec>
build_chain(const node_parts& node, const config::agent_config& agent,
            const config::source_config& source,
            std::vector<std::size_t> channels);

} // namespace sluice
