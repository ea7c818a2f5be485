// rdkafka_producer: one transactional id, driven the cheap way.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/kafka/kafka_client.hpp"
#include "actors/core/kafka/kafka_settings.hpp"

#include <memory>
#include <string>

namespace sluice {

/// A producer of librdkafka that sends only when it is flushed, reports only
/// what failed, and never has a second request wait behind the first (the
/// caller forms the waves). `max_message_bytes` is the data topic's limit.
/// `config` when a property is refused.
[[nodiscard]] result<std::unique_ptr<kafka_producer>>
make_rdkafka_producer(const kafka_settings& settings,
                      const std::string& transactional_id,
                      std::size_t max_message_bytes);

} // namespace sluice
