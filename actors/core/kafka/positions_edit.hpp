// positions_edit: what a positions topic knows, and changes to it while the
// node is down.
#pragma once

#include "actors/core/kafka/kafka_client.hpp"
#include "actors/core/kafka/kafka_settings.hpp"
#include "actors/core/kafka/positions_topic.hpp"

#include <map>
#include <optional>

namespace sluice {

/// What the topic has of one route.
struct topic_route {
  position_map positions;
  /// By lane.
  std::map<std::uint32_t, lane_mark> lanes;

  [[nodiscard]] bool empty() const noexcept {
    return positions.empty() && lanes.empty();
  }
};

using topic_routes = std::map<route_id, topic_route>;

/// Everything in the topic that is committed, by route. `state_corrupt` or
/// `unsupported` when a record cannot be read, `config` when there is no such
/// topic, `unavailable`.
[[nodiscard]] result<topic_routes>
read_topic_routes(const kafka_settings& settings, kafka_client& client);

/// What a change did.
struct topic_change {
  /// False when there was nothing to do.
  bool changed = false;
  std::size_t positions = 0;
  /// The lanes of the route as they are now.
  std::map<std::uint32_t, lane_mark> lanes;
};

/// Gives everything of `from` to `to`, in one transaction. Both routes' ids
/// are fenced first, so that a process that still runs stops. Does nothing
/// when the topic has nothing of `from`; `config` when `to` has positions of
/// its own. If the process dies inside, all of it has happened or nothing.
[[nodiscard]] result<topic_change> rename_route(const kafka_settings& settings,
                                                kafka_client& client,
                                                const route_id& from,
                                                const route_id& to);

/// Deletes the route's position of one origin, or everything of the route, in
/// one transaction, as above.
[[nodiscard]] result<topic_change>
forget_route(const kafka_settings& settings, kafka_client& client,
             const route_id& route, const std::optional<origin>& only);

} // namespace sluice
