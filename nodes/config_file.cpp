#include "nodes/config_file.hpp"

#include "actors/core/kafka/kafka_settings.hpp"
#include "actors/core/text/pattern.hpp"
#include "nodes/exit_codes.hpp"

#include <cstdio>

namespace sluice {

config::reading read_config_file(const command_line& line) {
  auto checks = config::process_checks();
  checks.state_dir = line.state_dir;
  checks.pattern = [](const std::string& text) -> std::optional<std::string> {
    const auto made = pattern::compile(text);
    if (made)
      return std::nullopt;
    return made.error().text;
  };
  checks.kafka_library = kafka_library_version();
  checks.matches = [](const std::string& text, const std::string& name) {
    auto made = pattern::compile(text);
    return made && made->matches_all(name);
  };
  checks.kafka_property
    = [](const std::string& name,
         const std::string& value) -> std::optional<std::string> {
    const auto complaints = check_properties({{name, value}});
    if (complaints.empty())
      return std::nullopt;
    return complaints.front().second;
  };
  const auto sources = config::process_sources(line.properties);
  if (!line.agent.empty())
    return config::read_flume(line.file, line.agent, sources, checks);
  return config::read_json(line.file, sources, checks);
}

int report_findings(const config::reading& read) {
  for (const auto& found : read.found.all())
    std::fprintf(stderr, "%s\n", config::to_string(found).c_str());
  return read.usable() ? 0 : exit_config;
}

} // namespace sluice
