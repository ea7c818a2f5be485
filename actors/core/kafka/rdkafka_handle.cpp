// rdkafka_handle: owners of librdkafka's objects, and its errors as ours.
#include "actors/core/kafka/rdkafka_handle.hpp"

#include "actors/core/base/log.hpp"

#include <array>
#include <mutex>

namespace sluice {

namespace {

/// Whatever matters comes as an event too, and is told once.
void log_line(const rd_kafka_t*, int, const char*, const char* text) {
  log::debug("librdkafka", text);
}

} // namespace

result<rdkafka_ptr<rd_kafka_t>>
make_handle(rd_kafka_type_t type, const client_properties& properties) {
  auto* conf = rd_kafka_conf_new();
  std::array<char, 512> why{};
  for (const auto& [key, value] : properties) {
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why.data(),
                          why.size())
        != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      return failure{errc::config, key + ": " + why.data()};
    }
  }
  rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR
                                   | RD_KAFKA_EVENT_STATS);
  rd_kafka_conf_set_log_cb(conf, log_line);
  rdkafka_ptr<rd_kafka_t> made{
    rd_kafka_new(type, conf, why.data(), why.size())};
  if (!made) {
    rd_kafka_conf_destroy(conf);
    return failure{errc::config, std::string{"Kafka client: "} + why.data()};
  }
  return made;
}

bool is_fencing(rd_kafka_resp_err_t code) noexcept {
  return code == RD_KAFKA_RESP_ERR__FENCED
         || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED
         || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

errc kind_of(rd_kafka_resp_err_t code) noexcept {
  if (is_fencing(code))
    return errc::retry;
  switch (code) {
  case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
  case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
  case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
  case RD_KAFKA_RESP_ERR__INVALID_ARG:
    return errc::config;
  default:
    return errc::unavailable;
  }
}

std::string advice(rd_kafka_resp_err_t code) {
  switch (code) {
  case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    return "; grant Write and Describe on it (a prefixed ACL on the"
           " transactional ids 'sluice.'), or set transactions: off (at least"
           " once)";
  case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    return "; raise the broker's transaction.max.timeout.ms, or set"
           " transactions: off (at least once)";
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    return "; grant Write and Describe on the topic (on that of the positions"
           " Read too)";
  default:
    return "";
  }
}

std::string advice(std::string_view said) {
  if (said.find("SSL alert number") == said.npos
      || said.find("certificate") == said.npos)
    return "";
  return "; the broker refuses this client's certificate"
         " (ssl.certificate.location)";
}

void complain(const std::string& brokers, const std::string& text) {
  static std::mutex guard;
  static log::limiter limited;
  const std::lock_guard lock{guard};
  limited.write(log::level::warning, "kafka",
                brokers + ": " + text + advice(text));
}

} // namespace sluice
