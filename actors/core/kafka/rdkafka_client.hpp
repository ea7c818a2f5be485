// rdkafka_client: a real cluster, by way of librdkafka.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/kafka/kafka_client.hpp"
#include "actors/core/kafka/kafka_settings.hpp"

#include <memory>

namespace sluice {

/// A client for one lane; returns before any broker has answered. `config`
/// when librdkafka refuses a property. Nothing on the cluster is touched until
/// `describe`, which may create the positions topic.
[[nodiscard]] result<std::unique_ptr<kafka_client>>
connect_kafka(const kafka_settings& settings);

} // namespace sluice
