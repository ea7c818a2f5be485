// From a file to a checked configuration: the one way in.
//
// Both formats read the same option tables. All errors of a file come in one
// pass, each once. Nothing is created and nothing is started. With errors the
// configuration must not be run; the program ends with exit code 78.
#pragma once

#include "config/agent_config.hpp"
#include "config/diagnostic.hpp"
#include "config/outside.hpp"

#include <string>

namespace sluice::config {

/// A file's configuration, and everything there is to say about it.
struct reading {
  node_config config;
  diagnostics found;

  /// True if the configuration may run.
  [[nodiscard]] bool usable() const noexcept {
    return !found.has_errors();
  }
};

/// Limits of a file, against input that was made to hurt.
constexpr std::size_t file_bytes_max = 16U << 20;
constexpr std::size_t file_depth_max = 64;

/// Reads a native file (JSON with comments).
[[nodiscard]] reading read_json(const std::string& file,
                                const substitution_sources& sources,
                                const outside_checks& checks);

/// Reads the agent `agent` of a Flume file. `sources.properties` holds the
/// -DNAME=VALUE of the command line; `flume.monitoring.port` and
/// `flume.monitoring.type=http` among them are honoured.
[[nodiscard]] reading read_flume(const std::string& file,
                                 const std::string& agent,
                                 const substitution_sources& sources,
                                 const outside_checks& checks);

} // namespace sluice::config
