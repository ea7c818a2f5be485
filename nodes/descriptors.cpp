#include "nodes/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace sluice {

namespace {

/// For everything that is no followed file, and at most half of the limit.
constexpr std::size_t reserve = 512;
constexpr std::size_t files_open_least = 4;
/// More would save little: an unchanged file is looked at by its name.
constexpr std::size_t files_open_most = 1024;

bool follows_files(const config::source_config& source) {
  return source.type == "taildir" || source.type == "exec";
}

} // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return files_open_most;
  auto raised = limit;
  raised.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0)
    limit = raised;
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t files_open_max(std::size_t limit,
                           const config::node_config& config) {
  std::size_t sources = 0;
  for (const auto& agent : config.agents)
    sources += static_cast<std::size_t>(
      std::count_if(agent.sources.begin(), agent.sources.end(), follows_files));
  const auto left = limit - std::min(reserve, limit / 2);
  return std::clamp(left / std::max<std::size_t>(sources, 1), files_open_least,
                    files_open_most);
}

} // namespace sluice
