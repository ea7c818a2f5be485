#include "nodes/node_name.hpp"

#include "actors/core/base/crc32c.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>

namespace sluice {

namespace {

/// As for every name of a configuration.
constexpr std::size_t node_name_max = 64;

} // namespace

std::string machine_id() {
  std::string id;
  std::ifstream{"/etc/machine-id"} >> id;
  return id;
}

result<std::string> node_name(const std::string& given,
                              const std::string& state_dir) {
  if (!given.empty())
    return given;
  const auto machine = machine_id();
  if (machine.empty())
    return failure{errc::config,
                   "this machine has no /etc/machine-id: name the node with "
                   "--node or `node` in the configuration"};
  // Two checksums over different texts: 64 bits against collisions.
  return fmt::format("n{:08x}{:08x}", crc32c(machine + "\n" + state_dir),
                     crc32c(state_dir + "\n" + machine));
}

result<std::string> chosen_node_name(const config::node_config& config,
                                     const command_line& line,
                                     const std::string& state_dir) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'
           || c == '-' || c == '.';
  };
  if (line.node.size() > node_name_max
      || !std::all_of(line.node.begin(), line.node.end(), fits))
    return failure{errc::config, "--node " + line.node
                                   + ": expected 1 to 64 letters, digits, _, - "
                                     "and ."};
  return node_name(line.node.empty() ? config.node.value_or("") : line.node,
                   state_dir);
}

} // namespace sluice
