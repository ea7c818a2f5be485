// From readings to Prometheus' text format.
#pragma once

#include "monitoring/metrics.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace sluice {

/// The text for these components and for this process.
[[nodiscard]] std::string
exposition(const std::string& node,
           const std::map<std::string, std::string>& build,
           const std::vector<component_status>& components,
           std::chrono::steady_clock::time_point now);

} // namespace sluice
