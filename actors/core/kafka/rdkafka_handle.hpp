// rdkafka_handle: owners of librdkafka's objects, and its errors as ours.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/kafka/topic_reader.hpp"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// Destroys what librdkafka made; one type for all of its kinds.
struct rdkafka_deleter {
  void operator()(rd_kafka_t* k) const noexcept {
    rd_kafka_destroy(k);
  }
  void operator()(rd_kafka_topic_t* t) const noexcept {
    rd_kafka_topic_destroy(t);
  }
  void operator()(rd_kafka_queue_t* q) const noexcept {
    rd_kafka_queue_destroy(q);
  }
  void operator()(rd_kafka_event_t* e) const noexcept {
    rd_kafka_event_destroy(e);
  }
  void operator()(rd_kafka_error_t* e) const noexcept {
    rd_kafka_error_destroy(e);
  }
  void operator()(rd_kafka_NewTopic_t* t) const noexcept {
    rd_kafka_NewTopic_destroy(t);
  }
  void operator()(rd_kafka_ConfigResource_t* c) const noexcept {
    rd_kafka_ConfigResource_destroy(c);
  }
  void operator()(rd_kafka_AdminOptions_t* o) const noexcept {
    rd_kafka_AdminOptions_destroy(o);
  }
  void operator()(const rd_kafka_metadata_t* m) const noexcept {
    rd_kafka_metadata_destroy(m);
  }
};

template <class T>
using rdkafka_ptr = std::unique_ptr<T, rdkafka_deleter>;

/// A client with these properties; later ones win. Errors, refused records
/// and, if the properties ask for them, statistics come as events on its main
/// queue. `config` when a property is refused.
[[nodiscard]] result<rdkafka_ptr<rd_kafka_t>>
make_handle(rd_kafka_type_t type, const client_properties& properties);

/// What a person or the next try has to do about `code`.
[[nodiscard]] errc kind_of(rd_kafka_resp_err_t code) noexcept;

/// What a person can do about `code`, as the end of a message; often empty.
[[nodiscard]] std::string advice(rd_kafka_resp_err_t code);

/// The same about what librdkafka says of a connection.
[[nodiscard]] std::string advice(std::string_view said);

/// The code is about a newer owner of the transactional id.
[[nodiscard]] bool is_fencing(rd_kafka_resp_err_t code) noexcept;

/// Writes what a cluster complains about while we wait for it, at most once a
/// minute in this process. Safe from any thread.
void complain(const std::string& brokers, const std::string& text);

} // namespace sluice
