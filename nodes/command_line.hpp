// command_line: what the user typed, as plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What to do. Those on positions stand together.
enum class command {
  agent,
  run,
  check,
  positions_show,
  positions_rename,
  positions_forget,
  positions_add,
  version,
};

struct command_line {
  command what = command::version;
  std::string file;
  /// `sluice agent`: which agent of the Flume file.
  std::string agent;
  /// -DNAME=VALUE.
  std::map<std::string, std::string> properties;
  std::string node;
  std::string state_dir;
  std::string log_level = "info";
  /// HOST:PORT of /metrics, /healthz, /readyz and the API.
  std::string metrics;
  bool drain = false;
  /// `sluice positions`: the route, its new name, one of its origins.
  std::string route;
  std::string new_route;
  std::string origin;
  bool json = false;
  bool allow_chaos = false;

  [[nodiscard]] bool on_positions() const noexcept {
    return what >= command::positions_show && what <= command::positions_add;
  }
};

/// Parses the arguments. On --help or a mistake it has printed what there is
/// to say, and gives the exit code instead (0, or 2).
struct parsed_command_line {
  command_line line;
  std::optional<int> exit_code;
};
[[nodiscard]] parsed_command_line parse_command_line(int argc, char** argv);

} // namespace sluice
