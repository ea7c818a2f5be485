// offline_node: everything that a node which does not run knows of positions.
#pragma once

#include "actors/core/file/start_file.hpp"
#include "actors/core/kafka/kafka_client.hpp"
#include "actors/core/kafka/kafka_settings.hpp"
#include "actors/core/store/state_lock.hpp"
#include "config/agent_config.hpp"
#include "nodes/command_line.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// A sink of the configuration.
struct offline_sink {
  route_id route;
  std::string type;
  /// The base name of its slots; a Kafka sink has none.
  std::string slots;
  /// A Kafka sink's.
  std::optional<kafka_settings> kafka;
};

/// A source of the configuration that fixes its first start in a file.
struct offline_source {
  std::string name;
  std::string start_file;
  /// Where its data goes.
  std::vector<route_id> routes;
};

/// The state directory of a node, locked, and what the configuration says
/// about it. `sluice positions` works on this.
class offline_node {
public:
  using connector = std::function<result<std::unique_ptr<kafka_client>>(
    const kafka_settings&)>;

  /// Takes the lock; creates nothing. `config`: there is no state of a node.
  /// `unavailable`: the node runs. `identity`: it is another node's.
  [[nodiscard]] static result<offline_node>
  open(const config::node_config& config, const command_line& line,
       connector connect);

  [[nodiscard]] const std::string& directory() const noexcept {
    return lock_.directory();
  }

  [[nodiscard]] const std::vector<offline_sink>& sinks() const noexcept {
    return sinks_;
  }

  [[nodiscard]] const std::vector<offline_source>& sources() const noexcept {
    return sources_;
  }

  /// True for the routes of this node, with or without such a sink.
  [[nodiscard]] bool is_own(const route_id& route) const {
    return route.value().starts_with(prefix_);
  }

  /// True when the configuration has a sink of this route.
  [[nodiscard]] bool has_sink(const route_id& route) const;

  /// The slots of any route of this node, whether there is such a sink or not.
  [[nodiscard]] std::string slots(const route_id& route) const;

  /// Routes of slots that are there but of no sink of the configuration.
  [[nodiscard]] std::vector<route_id> strange_slots() const;

  /// Every start file that is there.
  [[nodiscard]] std::vector<std::string> start_files() const;

  /// One Kafka sink's settings for each positions topic there is.
  [[nodiscard]] std::vector<kafka_settings> topics() const;

  [[nodiscard]] result<std::unique_ptr<kafka_client>>
  connect(const kafka_settings& to) const {
    return connect_(to);
  }

private:
  explicit offline_node(state_lock lock) : lock_(std::move(lock)) {
  }

  state_lock lock_;
  connector connect_;
  /// cluster/node/ of every route.
  std::string prefix_;
  std::vector<std::string> agents_;
  std::vector<offline_sink> sinks_;
  std::vector<offline_source> sources_;
};

/// A route's last two parts: agent and sink.
struct route_parts {
  std::string agent;
  std::string sink;
};
/// None unless it is CLUSTER/NODE/AGENT/SINK.
[[nodiscard]] std::optional<route_parts> parts_of(const route_id& route);

} // namespace sluice
