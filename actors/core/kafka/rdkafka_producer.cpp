// rdkafka_producer: one transactional id, driven the cheap way.
#include "actors/core/kafka/rdkafka_producer.hpp"

#include "actors/core/kafka/rdkafka_handle.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sluice {

namespace {

using producer_clock = std::chrono::steady_clock;

/// How long a refused record may wait until somebody looks: librdkafka's flush
/// does not end while its report stands in the queue.
constexpr std::chrono::milliseconds look_every{50};
/// How long an init may take before a person hears of it.
constexpr std::chrono::seconds init_grace{3};
constexpr int prefetch_ms = 2'000;
constexpr std::size_t burst = 1'024;

bool is_poison(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
         || code == RD_KAFKA_RESP_ERR_INVALID_MSG
         || code == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE
         || code == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

/// A connection that was never up carried no request that could be late.
bool was_never_up(std::string_view text) {
  return text.find("in state CONNECT") != std::string_view::npos
         || text.find("in state TRY_CONNECT") != std::string_view::npos
         || text.find("in state INIT") != std::string_view::npos
         || text.find("Failed to resolve") != std::string_view::npos;
}

/// All brokers on this machine: compressing costs as much as it saves.
bool is_loopback(std::string_view brokers) {
  while (!brokers.empty()) {
    const auto comma = std::min(brokers.find(','), brokers.size());
    const auto host = brokers.substr(0, comma);
    if (!host.starts_with("127.") && !host.starts_with("localhost")
        && !host.starts_with("[::1]"))
      return false;
    brokers.remove_prefix(std::min(comma + 1, brokers.size()));
  }
  return true;
}

client_properties producer_properties(const kafka_settings& s,
                                      const std::string& id,
                                      std::size_t max_message_bytes) {
  const auto timeout = s.transaction_timeout.count();
  client_properties all{
    // Only a flush sends: what trickles out in small requests costs most.
    // linger.ms must stay below the transaction's time-out.
    {"linger.ms", std::to_string(std::clamp<long>(timeout / 2, 1, 1'000))},
    {"batch.num.messages", "1000000"},
    {"batch.size", "100000000"},
    {"queue.buffering.max.messages", "10000000"},
    {"compression.codec", is_loopback(s.brokers) ? "none" : "lz4"},
    {"socket.nagle.disable", "true"},
    {"socket.timeout.ms", "5000"},
    {"reconnect.backoff.ms", "20"},
    {"reconnect.backoff.max.ms", "500"},
    {"statistics.interval.ms", s.on_statistics ? "5000" : "0"},
    {"log_level", "2"}};
  all.insert(all.end(), s.properties.begin(), s.properties.end());
  // What exactly once rests on is not for the user to change.
  all.emplace_back("bootstrap.servers", s.brokers);
  all.emplace_back("enable.idempotence", "true");
  all.emplace_back("acks", "all");
  all.emplace_back("delivery.report.only.error", "true");
  all.emplace_back("message.max.bytes", std::to_string(max_message_bytes));
  if (id.empty()) {
    // Without transactions there is nothing that waiting could harm.
    all.emplace_back("message.timeout.ms",
                     s.transactions ? std::to_string(timeout) : "0");
  } else {
    all.emplace_back("transactional.id", id);
    all.emplace_back("transaction.timeout.ms", std::to_string(timeout));
  }
  return all;
}

int whole_ms(std::chrono::milliseconds t) {
  return static_cast<int>(std::max<std::int64_t>(t.count(), 0));
}

// librdkafka takes payloads as void* although it only reads them.
void* payload_of(std::string_view bytes) {
  return const_cast<char*>(bytes.data());
}

class rdkafka_producer final : public kafka_producer {
public:
  rdkafka_producer(rdkafka_ptr<rd_kafka_t> handle, const kafka_settings& s,
                   std::string id)
    : handle_(std::move(handle)),
      events_(rd_kafka_queue_get_main(handle_.get())),
      brokers_(s.brokers),
      id_(std::move(id)),
      on_statistics_(s.on_statistics) {
  }

  result<void> open_topics(const kafka_settings& s) {
    data_.reset(rd_kafka_topic_new(handle_.get(), s.topic.c_str(), nullptr));
    positions_.reset(
      rd_kafka_topic_new(handle_.get(), s.positions_topic.c_str(), nullptr));
    if (data_ && positions_)
      return {};
    return failure{errc::config, "topics " + s.topic + " and "
                                   + s.positions_topic + ": "
                                   + rd_kafka_err2str(rd_kafka_last_error())};
  }

  step init(std::chrono::milliseconds slice) override {
    const auto s
      = judged(rd_kafka_init_transactions(handle_.get(), whole_ms(slice)));
    if (s == step::again) {
      // Init itself only says «timed out»; the events know why. A dead
      // predecessor's transaction is ended within a second: no news.
      drain();
      const auto now = producer_clock::now();
      if (!waiting_since_)
        waiting_since_ = now;
      if (condition_.why && now - *waiting_since_ > init_grace)
        complain(brokers_, condition_.why->text);
    }
    if (s != step::done)
      return s;
    waiting_since_.reset();
    for (auto* t : {data_.get(), positions_.get()}) {
      const rd_kafka_metadata_t* found = nullptr;
      if (rd_kafka_metadata(handle_.get(), 0, t, &found, prefetch_ms)
          == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(found);
    }
    // Everything older is decided now: what broke before does not count.
    drain();
    condition_.blip = false;
    if (!condition_.fatal)
      condition_.why.reset();
    return step::done;
  }

  step begin() override {
    return judged(rd_kafka_begin_transaction(handle_.get()));
  }

  bool produce(std::int32_t partition,
               std::span<const std::string_view> values) override {
    std::array<rd_kafka_message_t, burst> messages{};
    while (!values.empty()) {
      const auto n = std::min(values.size(), burst);
      for (std::size_t i = 0; i < n; ++i) {
        messages[i].payload = payload_of(values[i]);
        messages[i].len = values[i].size();
        messages[i].err = RD_KAFKA_RESP_ERR_NO_ERROR;
      }
      const auto taken = rd_kafka_produce_batch(
        data_.get(), partition, 0, messages.data(), static_cast<int>(n));
      if (taken != static_cast<int>(n)) {
        for (std::size_t i = 0; i < n; ++i) {
          if (messages[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
            note(messages[i].err, rd_kafka_err2str(messages[i].err));
        }
        return false;
      }
      values = values.subspan(n);
    }
    return true;
  }

  bool produce_position(std::int32_t partition, std::string_view key,
                        std::optional<std::string_view> value) override {
    const int failed = rd_kafka_produce(
      positions_.get(), partition, RD_KAFKA_MSG_F_COPY,
      value ? payload_of(*value) : nullptr, value ? value->size() : 0,
      key.data(), key.size(), nullptr);
    if (failed == 0)
      return true;
    const auto code = rd_kafka_last_error();
    note(code, rd_kafka_err2str(code));
    return false;
  }

  step flush(std::chrono::milliseconds slice) override {
    const auto until = producer_clock::now() + slice;
    while (true) {
      const auto code
        = rd_kafka_flush(handle_.get(), whole_ms(std::min(slice, look_every)));
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return step::done;
      drain();
      if (condition_.fatal)
        return step::failed;
      if (producer_clock::now() >= until)
        return step::again;
    }
  }

  step commit(std::chrono::milliseconds slice) override {
    const auto s
      = judged(rd_kafka_commit_transaction(handle_.get(), whole_ms(slice)));
    if (s == step::again)
      drain();
    return s;
  }

  step abort(std::chrono::milliseconds slice) override {
    const auto s
      = judged(rd_kafka_abort_transaction(handle_.get(), whole_ms(slice)));
    // The abort waits until the reports of what it purged were looked at.
    drain();
    return s;
  }

  condition state() override {
    drain();
    return condition_;
  }

private:
  void note(rd_kafka_resp_err_t code, const std::string& text) {
    condition_.fenced |= is_fencing(code);
    const auto line = id_.empty() ? text : id_ + ": " + text;
    condition_.why = failure{kind_of(code), line + advice(code)};
  }

  step judged(rd_kafka_error_t* raw) {
    const rdkafka_ptr<rd_kafka_error_t> e{raw};
    if (!e)
      return step::done;
    const auto code = rd_kafka_error_code(e.get());
    const bool again = rd_kafka_error_is_retriable(e.get()) != 0
                       && rd_kafka_error_txn_requires_abort(e.get()) == 0
                       && rd_kafka_error_is_fatal(e.get()) == 0;
    // A slice that ran out says less than the last real error.
    if (again && code == RD_KAFKA_RESP_ERR__TIMED_OUT)
      return step::again;
    condition_.fatal |= rd_kafka_error_is_fatal(e.get()) != 0;
    note(code, rd_kafka_error_string(e.get()));
    return again ? step::again : step::failed;
  }

  void drain() {
    while (true) {
      const rdkafka_ptr<rd_kafka_event_t> e{
        rd_kafka_queue_poll(events_.get(), 0)};
      if (!e)
        return;
      if (rd_kafka_event_type(e.get()) == RD_KAFKA_EVENT_DR)
        take_reports(e.get());
      else if (rd_kafka_event_type(e.get()) == RD_KAFKA_EVENT_ERROR)
        take_error(e.get());
      else if (rd_kafka_event_type(e.get()) == RD_KAFKA_EVENT_STATS
               && on_statistics_)
        on_statistics_(id_, rd_kafka_event_stats(e.get()));
    }
  }

  void take_reports(rd_kafka_event_t* e) {
    while (const auto* m = rd_kafka_event_message_next(e)) {
      if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        continue;
      condition_.refused.push_back(
        {std::string_view{static_cast<const char*>(m->payload), m->len},
         is_poison(m->err), rd_kafka_err2str(m->err)});
      note(m->err, rd_kafka_err2str(m->err));
    }
  }

  void take_error(rd_kafka_event_t* e) {
    const std::string text = rd_kafka_event_error_string(e);
    auto code = rd_kafka_event_error(e);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
      std::array<char, 512> real{};
      code = rd_kafka_fatal_error(handle_.get(), real.data(), real.size());
      condition_.fatal = true;
      note(code, real.data());
      return;
    }
    if (code == RD_KAFKA_RESP_ERR__TRANSPORT
        || code == RD_KAFKA_RESP_ERR__TIMED_OUT
        || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
      condition_.blip |= !was_never_up(text);
    // «All down» only repeats what was said of the last one.
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !condition_.why)
      note(code, text);
  }

  rdkafka_ptr<rd_kafka_t> handle_;
  // Everything below is destroyed before the handle it belongs to.
  rdkafka_ptr<rd_kafka_queue_t> events_;
  rdkafka_ptr<rd_kafka_topic_t> data_;
  rdkafka_ptr<rd_kafka_topic_t> positions_;
  std::string brokers_;
  std::string id_;
  statistics_hook on_statistics_;
  condition condition_;
  std::optional<producer_clock::time_point> waiting_since_;
};

} // namespace

result<std::unique_ptr<kafka_producer>>
make_rdkafka_producer(const kafka_settings& settings,
                      const std::string& transactional_id,
                      std::size_t max_message_bytes) {
  auto handle = make_handle(
    RD_KAFKA_PRODUCER,
    producer_properties(settings, transactional_id, max_message_bytes));
  if (!handle)
    return handle.error();
  auto made = std::make_unique<rdkafka_producer>(std::move(*handle), settings,
                                                 transactional_id);
  if (auto ok = made->open_topics(settings); !ok)
    return ok.error();
  return std::unique_ptr<kafka_producer>{std::move(made)};
}

} // namespace sluice
