#include "nodes/version.hpp"

#include "actors/core/kafka/kafka_settings.hpp"

#include <caf/config.hpp>

#include <cstdio>

namespace sluice {

std::map<std::string, std::string> library_versions() {
  return {
    {"version", SLUICE_VERSION},
    {"caf", std::to_string(CAF_VERSION / 10000) + "."
              + std::to_string(CAF_VERSION / 100 % 100) + "."
              + std::to_string(CAF_VERSION % 100)},
    {"librdkafka", kafka_library_version()},
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
