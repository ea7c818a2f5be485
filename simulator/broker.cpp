#include "simulator/broker.hpp"

#include "simulator/signals.hpp"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <utility>

namespace sluice::simulator {

namespace {

struct client_deleter {
  void operator()(rd_kafka_t* client) const noexcept {
    rd_kafka_destroy(client);
  }
};

struct cluster_deleter {
  void operator()(rd_kafka_mock_cluster_t* cluster) const noexcept {
    rd_kafka_mock_cluster_destroy(cluster);
  }
};

// The client that hosts the mock. Nagle's algorithm on the mock's side costs
// 40 ms a transaction (notes of librdkafka 2.10, which turns it off).
result<std::unique_ptr<rd_kafka_t, client_deleter>> make_host() {
  char text[512] = "";
  auto* conf = rd_kafka_conf_new();
  // Its warning that it has no broker to talk to is the point of a mock.
  for (const auto& [name, value] :
       {std::pair{"socket.nagle.disable", "true"},
        std::pair{"receive.message.max.bytes", "104857600"},
        std::pair{"log_level", "3"}})
    if (rd_kafka_conf_set(conf, name, value, text, sizeof text)
        != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      return failure{errc::config, text};
    }
  auto* host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
  if (host == nullptr) {
    rd_kafka_conf_destroy(conf);
    return failure{errc::config, text};
  }
  return std::unique_ptr<rd_kafka_t, client_deleter>(host);
}

// Whole or not at all: whoever waits for the file reads it when it is there.
result<void> announce(const std::string& path, const std::string& address) {
  const auto part = path + ".part";
  std::FILE* file = std::fopen(part.c_str(), "we");
  if (file == nullptr)
    return errno_failure("create " + part, errno);
  const bool written = std::fprintf(file, "%s\n", address.c_str()) > 0;
  if (std::fclose(file) != 0 || !written)
    return errno_failure("write " + part, errno);
  if (std::rename(part.c_str(), path.c_str()) != 0)
    return errno_failure("rename " + part, errno);
  return {};
}

} // namespace

result<broker_topic> parse_topic(const std::string& text) {
  constexpr int partitions_max = 1000;
  const auto colon = text.rfind(':');
  broker_topic t{.name = text.substr(0, colon)};
  if (colon != std::string::npos) {
    const auto* end = text.data() + text.size();
    const auto read
      = std::from_chars(text.data() + colon + 1, end, t.partitions);
    if (read.ec != std::errc{} || read.ptr != end)
      t.partitions = 0;
  }
  if (t.name.empty() || t.partitions < 1 || t.partitions > partitions_max)
    return failure{errc::config,
                   "'" + text
                     + "' is no NAME:PARTITIONS with 1 to 1000 partitions"};
  return t;
}

result<void> run_broker(const broker_options& options) {
  auto host = make_host();
  if (!host)
    return host.error();
  const std::unique_ptr<rd_kafka_mock_cluster_t, cluster_deleter> cluster(
    rd_kafka_mock_cluster_new(host->get(), 1));
  if (!cluster)
    return failure{errc::unavailable, "the embedded broker did not start"};
  for (const auto& t : options.topics)
    if (const auto error = rd_kafka_mock_topic_create(
          cluster.get(), t.name.c_str(), t.partitions, 1);
        error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return failure{errc::config, "create the topic " + t.name + ": "
                                     + rd_kafka_err2str(error)};
  const std::string address = rd_kafka_mock_cluster_bootstraps(cluster.get());
  if (!options.port_file.empty())
    if (auto announced = announce(options.port_file, address); !announced)
      return announced;
  fmt::print("{}\n", address);
  std::fflush(stdout);
  while (!stop_requested())
    rest(std::chrono::milliseconds{200});
  return {};
}

} // namespace sluice::simulator
