#include "nodes/version.hpp"

#include "actors/core/kafka/kafka_settings.hpp"
#include "actors/core/net/http_server.hpp"
#include "actors/core/text/pattern.hpp"

#include <caf/config.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>

#include <CLI/Version.hpp>

namespace sluice {

std::map<std::string, std::string> library_versions() {
  return {
    {"version", SLUICE_VERSION},
    {"caf", std::to_string(CAF_VERSION / 10000) + "."
              + std::to_string(CAF_VERSION / 100 % 100) + "."
              + std::to_string(CAF_VERSION % 100)},
    {"cli11", CLI11_VERSION},
    {"httplib", http_library_version()},
    {"librdkafka", kafka_library_version()},
    {"nlohmann_json", std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "."
                        + std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "."
                        + std::to_string(NLOHMANN_JSON_VERSION_PATCH)},
    {"openssl", openssl_version()},
    {"pcre2", pattern_library_version()},
  };
}

void print_versions() {
  const auto all = library_versions();
  std::printf("sluice %s\n", all.at("version").c_str());
  for (const auto& [name, version] : all)
    if (name != "version")
      std::printf("%s %s\n", name.c_str(), version.c_str());
}

} // namespace sluice
