#include "nodes/state_paths.hpp"

#include "actors/core/base/durable_file.hpp"

#include <filesystem>

namespace sluice {

std::string state_directory(const config::node_config& config,
                            const command_line& line) {
  std::string base = line.state_dir;
  if (base.empty())
    base = config.state_dir.value_or("/var/lib/sluice");
  auto leaf = line.agent;
  if (leaf.empty())
    leaf = line.node.empty() ? config.node.value_or("node") : line.node;
  return std::filesystem::absolute(base + "/" + leaf).string();
}

std::string slots_of(const std::string& state_dir, const std::string& agent,
                     const std::string& sink) {
  return state_dir + "/" + agent + "-" + sink + ".slots";
}

std::string dead_letters_of(const std::string& state_dir,
                            const std::string& agent, const std::string& sink) {
  return state_dir + "/" + agent + "-" + sink + ".dead_letters";
}

std::string start_file_of(const std::string& state_dir,
                          const std::string& agent, const std::string& source) {
  return state_dir + "/start-" + agent + "-" + source;
}

std::string positions_command_of(const command_line& line) {
  std::string out = "sluice positions -f ";
  out += durable::quoted(std::filesystem::absolute(line.file).string());
  const auto add = [&out](const char* name, const std::string& value) {
    if (!value.empty())
      out += std::string{" "} + name + " " + durable::quoted(value);
  };
  add("-n", line.agent);
  for (const auto& [name, value] : line.properties)
    add("-D", name + (value.empty() ? "" : "=…"));
  add("--node", line.node);
  if (!line.state_dir.empty())
    add("--state-dir", std::filesystem::absolute(line.state_dir).string());
  return out;
}

} // namespace sluice
