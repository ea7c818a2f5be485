// metrics: the cells of a node, and their exposition for Prometheus.
#pragma once

#include "actors/core/base/clock.hpp"
#include "monitoring/cells.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A component as the API and readiness see it.
struct component_status {
  component_labels labels;
  component_condition condition;
  component_reading numbers;
};

/// The cells of one node. Thread-safe; outlives every actor. Gone with the
/// process, and so are its counts: Prometheus sees a counter's reset.
class metrics {
public:
  /// `node` is a label on every series. `build` becomes the labels of
  /// sluice_build_info (version, …); its keys must be label names. `clock`
  /// outlives this.
  explicit metrics(std::string node,
                   std::map<std::string, std::string> build = {},
                   const clock_source& clock = system_clocks());
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// The cell of (agent, id, kind), made at the first call; the address stays
  /// valid as long as this object. Ask for every component before any starts:
  /// until then it counts as `starting`, so that ready() does not lie.
  component_cell& component(const component_labels& labels);

  /// Hides the cells of an agent that left the configuration. component()
  /// brings them back with their counts.
  void retire(std::string_view agent);

  /// All that is not retired, ordered by agent, id, kind.
  [[nodiscard]] std::vector<component_status> components() const;

  /// True when there are components and all of them run.
  [[nodiscard]] bool ready() const;

  /// The sum over all components, also the retired ones; must stay 0.
  [[nodiscard]] std::uint64_t gaps_total() const;

  /// Everything in Prometheus' text format 0.0.4. Milliseconds for thousands
  /// of series; blocks no component.
  [[nodiscard]] std::string expose() const;

  [[nodiscard]] const std::string& node() const noexcept {
    return node_;
  }

private:
  struct entry;

  std::string node_;
  std::map<std::string, std::string> build_;
  const clock_source& clock_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<entry>> entries_;
};

/// The content type of metrics::expose().
constexpr const char* exposition_type
  = "text/plain; version=0.0.4; charset=utf-8";

} // namespace sluice
