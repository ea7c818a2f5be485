// topic_reader: reads a whole topic to its end, again and again.
#include "actors/core/kafka/topic_reader.hpp"

#include "actors/core/base/failpoint.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace sluice {

namespace {

using reader_clock = std::chrono::steady_clock;

constexpr int ask_ms = 10'000;
constexpr int slice_ms = 200;

struct consumer_deleter {
  void operator()(rd_kafka_t* k) const {
    rd_kafka_destroy(k);
  }
};

using consumer_ptr = std::unique_ptr<rd_kafka_t, consumer_deleter>;

result<consumer_ptr> make_consumer(const client_properties& properties,
                                   const char* level) {
  client_properties all{{"fetch.wait.max.ms", "50"},
                        {"reconnect.backoff.ms", "20"},
                        {"reconnect.backoff.max.ms", "500"},
                        {"log_level", "2"}};
  all.insert(all.end(), properties.begin(), properties.end());
  all.emplace_back("isolation.level", level);
  all.emplace_back("enable.partition.eof", "true");
  // A position that the broker dropped must be an error, not a jump.
  all.emplace_back("auto.offset.reset", "error");
  auto* conf = rd_kafka_conf_new();
  std::array<char, 512> why{};
  for (const auto& [key, value] : all) {
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why.data(),
                          why.size())
        != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      return failure{errc::config, key + ": " + why.data()};
    }
  }
  auto* raw = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.data(), why.size());
  if (raw == nullptr) {
    rd_kafka_conf_destroy(conf);
    return failure{errc::config, std::string{"Kafka consumer: "} + why.data()};
  }
  return consumer_ptr{raw};
}

result<std::int32_t> count_partitions(rd_kafka_t* client,
                                      const std::string& topic) {
  auto* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  if (handle == nullptr)
    return failure{errc::config, "topic " + topic + ": not a usable name"};
  const rd_kafka_metadata_t* found = nullptr;
  auto err = rd_kafka_metadata(client, 0, handle, &found, ask_ms);
  std::int32_t count = 0;
  if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (found->topic_cnt == 1) {
      err = found->topics[0].err;
      count = found->topics[0].partition_cnt;
    }
    rd_kafka_metadata_destroy(found);
  }
  rd_kafka_topic_destroy(handle);
  if (err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
      || err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    return failure{errc::config,
                   "topic " + topic + ": " + rd_kafka_err2str(err)};
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR || count == 0)
    return failure{errc::unavailable,
                   "topic " + topic + ": " + rd_kafka_err2str(err)};
  return count;
}

class rdkafka_topic_reader final : public topic_reader {
public:
  rdkafka_topic_reader(consumer_ptr ends, consumer_ptr records,
                       std::string topic, std::int32_t partitions)
    : ends_(std::move(ends)),
      records_(std::move(records)),
      topic_(std::move(topic)),
      next_(static_cast<std::size_t>(partitions)) {
    queue_ = rd_kafka_queue_new(records_.get());
    handle_ = rd_kafka_topic_new(records_.get(), topic_.c_str(), nullptr);
  }

  ~rdkafka_topic_reader() override {
    stop_all();
    rd_kafka_topic_destroy(handle_);
    rd_kafka_queue_destroy(queue_);
  }

  rdkafka_topic_reader(const rdkafka_topic_reader&) = delete;
  rdkafka_topic_reader& operator=(const rdkafka_topic_reader&) = delete;

  result<void> read_to_end(const std::function<void(const topic_record&)>& take,
                           std::chrono::milliseconds patience) override {
    const auto deadline = reader_clock::now() + patience;
    if (auto asked = ask_ends(deadline); !asked)
      return asked;
    while (true) {
      const auto behind = first_behind();
      if (!behind)
        return {};
      if (reader_clock::now() >= deadline) {
        const auto p = static_cast<std::size_t>(*behind);
        return failure{errc::unavailable,
                       "topic " + topic_ + " partition "
                         + std::to_string(*behind) + " stands at offset "
                         + std::to_string(*next_[p]) + " of "
                         + std::to_string(end_[p])
                         + (last_error_.empty() ? "" : ": " + last_error_)
                         + "; if it stays so, an open transaction hangs:"
                           " kafka-transactions.sh describe-producers"};
      }
      auto* m = rd_kafka_consume_queue(queue_, slice_ms);
      if (m == nullptr)
        continue;
      auto taken = accept(*m, take);
      rd_kafka_message_destroy(m);
      if (!taken)
        return taken;
    }
  }

private:
  /// Where each partition ends now, uncommitted records included.
  result<void> ask_ends(reader_clock::time_point deadline) {
    end_.assign(next_.size(), 0);
    for (std::size_t p = 0; p < next_.size(); ++p) {
      std::int64_t low = 0;
      while (true) {
        const auto err = rd_kafka_query_watermark_offsets(
          ends_.get(), topic_.c_str(), static_cast<std::int32_t>(p), &low,
          &end_[p], 1'000);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
          break;
        if (reader_clock::now() >= deadline)
          return failure{errc::unavailable, "topic " + topic_ + " partition "
                                              + std::to_string(p) + ": "
                                              + rd_kafka_err2str(err)};
      }
      if (SLUICE_PLANTED("lso_trap"))
        trapped_.resize(next_.size());
      if (!next_[p])
        start(p, low);
      else if (*next_[p] < low)
        return failure{errc::unavailable, "topic " + topic_ + " partition "
                                            + std::to_string(p) + " begins at "
                                            + std::to_string(low)
                                            + ", behind what was read"};
    }
    return {};
  }

  void start(std::size_t p, std::int64_t from) {
    next_[p] = from;
    rd_kafka_consume_start_queue(handle_, static_cast<std::int32_t>(p), from,
                                 queue_);
  }

  void stop_all() {
    for (std::size_t p = 0; p < next_.size(); ++p) {
      if (next_[p])
        rd_kafka_consume_stop(handle_, static_cast<std::int32_t>(p));
    }
  }

  [[nodiscard]] std::optional<std::int32_t> first_behind() const {
    for (std::size_t p = 0; p < next_.size(); ++p) {
      const bool trapped = p < trapped_.size() && trapped_[p];
      if (*next_[p] < end_[p] && !trapped)
        return static_cast<std::int32_t>(p);
    }
    return {};
  }

  result<void> accept(const rd_kafka_message_t& m,
                      const std::function<void(const topic_record&)>& take) {
    const auto p = static_cast<std::size_t>(m.partition);
    if (m.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const topic_record r{
        m.partition, m.offset,
        std::string_view{static_cast<const char*>(m.key), m.key_len},
        std::string_view{static_cast<const char*>(m.payload), m.len}};
      take(r);
      next_[p] = m.offset + 1;
    } else if (m.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // Behind markers and aborted records no message comes: the end that is
      // reported is the position.
      next_[p] = std::max(*next_[p], m.offset);
      if (p < trapped_.size())
        trapped_[p] = true;
    } else if (m.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET
               || m.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
      return failure{errc::unavailable, "topic " + topic_
                                          + " was truncated while it was read:"
                                            " "
                                          + rd_kafka_message_errstr(&m)};
    } else {
      last_error_ = rd_kafka_message_errstr(&m);
    }
    return {};
  }

  consumer_ptr ends_;
  consumer_ptr records_;
  std::string topic_;
  rd_kafka_topic_t* handle_ = nullptr;
  rd_kafka_queue_t* queue_ = nullptr;
  /// The next offset of each partition; none before the first call.
  std::vector<std::optional<std::int64_t>> next_;
  std::vector<std::int64_t> end_;
  std::vector<bool> trapped_;
  std::string last_error_;
};

} // namespace

result<std::unique_ptr<topic_reader>>
topic_reader::open(const client_properties& properties,
                   const std::string& topic, isolation level) {
  auto ends = make_consumer(properties, "read_uncommitted");
  if (!ends)
    return ends.error();
  const bool committed = level == isolation::read_committed;
  auto records = make_consumer(properties, committed ? "read_committed"
                                                     : "read_uncommitted");
  if (!records)
    return records.error();
  auto count = count_partitions(ends->get(), topic);
  if (!count)
    return count.error();
  return std::unique_ptr<topic_reader>{std::make_unique<rdkafka_topic_reader>(
    std::move(*ends), std::move(*records), topic, *count)};
}

} // namespace sluice
