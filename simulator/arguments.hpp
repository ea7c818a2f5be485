// The values people type: durations, sizes, speeds.
#pragma once

#include "actors/core/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::simulator {

/// "500ms", "10s", "2m", "1h"; `config` for anything else.
[[nodiscard]] result<std::chrono::milliseconds>
parse_duration(const std::string& text);

/// "100", "64KB", "10MB", "1GB" (thousands), "64KiB", "10MiB", "1GiB".
[[nodiscard]] result<std::uint64_t> parse_size(const std::string& text);

/// A factor above 0, or "max", which is given back as 0.
[[nodiscard]] result<double> parse_speed(const std::string& text);

} // namespace sluice::simulator
