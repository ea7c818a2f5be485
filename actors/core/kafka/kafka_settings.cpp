// kafka_settings: what a Kafka sink is told, and its check before it runs.
#include "actors/core/kafka/kafka_settings.hpp"

#include "actors/core/base/crc32c.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <charconv>

namespace sluice {

std::vector<std::pair<std::string, std::string>>
check_properties(const client_properties& properties) {
  std::vector<std::pair<std::string, std::string>> complaints;
  auto* conf = rd_kafka_conf_new();
  std::array<char, 512> why{};
  for (const auto& [key, value] : properties) {
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why.data(),
                          why.size())
        != RD_KAFKA_CONF_OK)
      complaints.emplace_back(key, why.data());
  }
  rd_kafka_conf_destroy(conf);
  return complaints;
}

std::string kafka_library_version() {
  return rd_kafka_version_str();
}

std::chrono::milliseconds load_patience(const kafka_settings& s) {
  // The broker's scan for transactions that timed out, and some.
  constexpr std::chrono::milliseconds scan_time{15'000};
  return s.transaction_timeout + scan_time;
}

std::string transactional_id(const kafka_settings& s, int turn) {
  return "sluice." + s.route.value() + "." + std::to_string(s.lane) + "-"
         + std::to_string(turn);
}

std::uint32_t murmur2(std::string_view key) noexcept {
  constexpr std::uint32_t m = 0x5bd1e995;
  const auto byte = [&](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(key[i])};
  };
  auto h = 0x9747b28cU ^ static_cast<std::uint32_t>(key.size());
  std::size_t i = 0;
  for (; i + 4 <= key.size(); i += 4) {
    auto k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= m;
    k ^= k >> 24;
    k *= m;
    h = (h * m) ^ k;
  }
  const auto left = key.size() - i;
  if (left > 2)
    h ^= byte(i + 2) << 16;
  if (left > 1)
    h ^= byte(i + 1) << 8;
  if (left > 0)
    h = (h ^ byte(i)) * m;
  h ^= h >> 13;
  h *= m;
  return h ^ h >> 15;
}

std::int32_t choose_partition(const kafka_settings& s,
                              const header_set* headers,
                              std::string_view lineage,
                              std::int32_t partitions) {
  const auto count = static_cast<std::uint32_t>(partitions);
  if (headers != nullptr && !s.partition_header.empty()) {
    if (auto it = headers->find(s.partition_header); it != headers->end()) {
      std::int32_t named = -1;
      const auto* end = it->second.data() + it->second.size();
      const auto [stop, err] = std::from_chars(it->second.data(), end, named);
      if (err == std::errc{} && stop == end && named >= 0 && named < partitions)
        return named;
    }
  }
  if (s.default_partition)
    return *s.default_partition;
  if (headers != nullptr) {
    if (auto it = headers->find("key"); it != headers->end())
      return static_cast<std::int32_t>((murmur2(it->second) & 0x7fffffff)
                                       % count);
  }
  return static_cast<std::int32_t>(crc32c(lineage) % count);
}

} // namespace sluice
