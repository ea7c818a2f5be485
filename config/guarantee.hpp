// What a route can promise: computed from its links, never claimed.
#pragma once

#include "config/agent_config.hpp"
#include "config/diagnostic.hpp"

#include <string>
#include <vector>

namespace sluice::config {

/// From weakest to strongest. `nothing`: the sink throws every event away, so
/// there is nothing to promise.
enum class guarantee_level {
  nothing,
  at_most_once,
  at_least_once,
  exactly_once
};

/// "nothing to deliver", "at most once", "at least once", "exactly once".
[[nodiscard]] const char* to_string(guarantee_level level) noexcept;

/// One route and what it promises.
struct guarantee {
  std::string source;
  std::string channel;
  std::string sink;
  guarantee_level level = guarantee_level::exactly_once;
  /// The link that keeps it from more, and why; empty for exactly once.
  std::string limited_by;
  /// What the promise rests on, e.g. that consumers read read_committed.
  std::string provided;
};

/// What the option `delivery` of an agent or a sink demands.
[[nodiscard]] delivery_demand demand_in(const options& values);

/// Every route source → channel → sink of a checked agent.
[[nodiscard]] std::vector<guarantee> guarantees_of(const agent_config& agent);

/// `source → channel → sink: exactly once[, limited by …]`
[[nodiscard]] std::string to_string(const guarantee& of);

/// Adds an error for each demand (`delivery` of the agent or of a sink) that a
/// route cannot meet; names the weakest link and the best it can give.
void check_demands(const agent_config& agent, diagnostics& found);

} // namespace sluice::config
