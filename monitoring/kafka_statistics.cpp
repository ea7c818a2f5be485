#include "monitoring/kafka_statistics.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice {

namespace {

std::uint64_t figure_of(const nlohmann::json& in, const char* key) {
  const auto at = in.find(key);
  if (at == in.end() || !at->is_number())
    return 0;
  return static_cast<std::uint64_t>(
    std::max(at->get<std::int64_t>(), std::int64_t{0}));
}

} // namespace

std::optional<kafka_figures> parse_kafka_statistics(std::string_view json) {
  const auto all = nlohmann::json::parse(json, nullptr, false);
  if (!all.is_object())
    return std::nullopt;
  kafka_figures out{figure_of(all, "msg_cnt"),  figure_of(all, "msg_size"),
                    figure_of(all, "tx_bytes"), figure_of(all, "rx_bytes"),
                    figure_of(all, "tx"),       0};
  const auto brokers = all.find("brokers");
  if (brokers != all.end() && brokers->is_object()) {
    for (const auto& broker : *brokers) {
      if (!broker.is_object())
        continue;
      const auto trips = broker.find("rtt");
      if (trips != broker.end() && trips->is_object())
        out.round_trip_us
          = std::max(out.round_trip_us, figure_of(*trips, "avg"));
    }
  }
  return out;
}

void kafka_statistics::take(std::string_view producer, std::string_view json) {
  const auto figures = parse_kafka_statistics(json);
  if (!figures)
    return;
  const std::lock_guard lock{guard_};
  producers_.insert_or_assign(std::string{producer}, *figures);
  kafka_figures sum;
  for (const auto& [name, each] : producers_) {
    sum.queue_messages += each.queue_messages;
    sum.queue_bytes += each.queue_bytes;
    sum.sent_bytes += each.sent_bytes;
    sum.received_bytes += each.received_bytes;
    sum.requests += each.requests;
    sum.round_trip_us = std::max(sum.round_trip_us, each.round_trip_us);
  }
  cell_->kafka(sum);
}

} // namespace sluice
