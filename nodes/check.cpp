// `sluice check`: what is wrong with a file, else what its routes guarantee.
#include "nodes/check.hpp"

#include "config/guarantee.hpp"
#include "nodes/config_file.hpp"

#include <cstdio>

namespace sluice {

int check_config_file(const command_line& line) {
  const auto read = read_config_file(line);
  if (const auto code = report_findings(read); code != 0) {
    std::fprintf(stderr, "%zu error%s\n", read.found.error_count(),
                 read.found.error_count() == 1 ? "" : "s");
    return code;
  }
  for (const auto& agent : read.config.agents)
    for (const auto& g : config::guarantees_of(agent))
      std::printf("%s: %s\n", agent.name.c_str(), config::to_string(g).c_str());
  return 0;
}

} // namespace sluice
