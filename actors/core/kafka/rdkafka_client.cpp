// rdkafka_client: a real cluster, by way of librdkafka.
#include "actors/core/kafka/rdkafka_client.hpp"

#include "actors/core/kafka/rdkafka_handle.hpp"
#include "actors/core/kafka/rdkafka_producer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <thread>

namespace sluice {

namespace {

using client_clock = std::chrono::steady_clock;
using client_deadline = client_clock::time_point;

constexpr int metadata_ms = 500;
constexpr int admin_ms = 5'000;
constexpr int cluster_id_ms = 1'000;
/// A topic that was just created is not known to every broker at once.
constexpr int missing_tries = 5;
constexpr std::chrono::milliseconds missing_pause{200};
/// When the topic's own limit cannot be read: below Kafka's default.
constexpr std::size_t cautious_message_bytes = 1'000'000;
constexpr int replicas_wanted = 3;

struct topic_metadata {
  bool missing = false;
  std::int32_t partitions = 0;
  std::int32_t replicas = 0;
  int brokers = 0;
  /// The cluster names a controller that is no broker of it, as librdkafka's
  /// mock does: requests for the controller would wait for ever.
  bool unmanaged = false;
};

topic_metadata summary(rd_kafka_t* asker, const rd_kafka_metadata_t& all) {
  topic_metadata m;
  m.brokers = all.broker_cnt;
  if (all.topic_cnt == 1 && all.topics[0].partition_cnt > 0) {
    m.partitions = all.topics[0].partition_cnt;
    m.replicas = all.topics[0].partitions[0].replica_cnt;
  }
  const auto controller = rd_kafka_controllerid(asker, 0);
  const std::span brokers{all.brokers, static_cast<std::size_t>(m.brokers)};
  m.unmanaged = controller >= 0
                && std::ranges::none_of(brokers, [controller](const auto& b) {
                     return b.id == controller;
                   });
  return m;
}

class rdkafka_client final : public kafka_client {
public:
  rdkafka_client(kafka_settings settings, rdkafka_ptr<rd_kafka_t> asker)
    : settings_(std::move(settings)),
      asker_(std::move(asker)),
      events_(rd_kafka_queue_get_main(asker_.get())) {
  }

  result<std::unique_ptr<kafka_producer>>
  make_producer(const std::string& transactional_id) override {
    return make_rdkafka_producer(settings_, transactional_id,
                                 max_message_bytes_);
  }

  result<topic_facts> describe(std::chrono::milliseconds patience) override {
    const auto until = client_clock::now() + patience;
    auto data = ask(settings_.topic, until);
    if (!data)
      return data.error();
    if (data->missing)
      return failure{errc::config, "topic " + settings_.topic
                                     + " does not exist on " + settings_.brokers
                                     + "; create it and restart"};
    topic_facts facts;
    facts.partitions = data->partitions;
    if (settings_.transactions) {
      if (auto ok = know_positions(*data, facts, until); !ok)
        return ok.error();
    } else if (data->replicas == 1) {
      facts.warnings.emplace_back(
        "replication 1: what a lost broker had is lost");
    }
    facts.max_message_bytes = cautious_message_bytes;
    if (data->unmanaged)
      facts.warnings.emplace_back("this broker cannot be asked for topics'"
                                  " settings: records up to 1000000 bytes");
    else if (auto read = read_configs(facts); !read)
      return read.error();
    if (char* id = rd_kafka_clusterid(asker_.get(), cluster_id_ms);
        id != nullptr) {
      facts.cluster_id = id;
      rd_kafka_mem_free(asker_.get(), id);
    }
    max_message_bytes_ = facts.max_message_bytes;
    return facts;
  }

  result<std::unique_ptr<topic_reader>>
  open_positions(isolation level) override {
    auto properties = settings_.properties;
    properties.emplace_back("bootstrap.servers", settings_.brokers);
    return topic_reader::open(properties, settings_.positions_topic, level);
  }

private:
  result<topic_metadata> ask(const std::string& topic, client_deadline until) {
    const rdkafka_ptr<rd_kafka_topic_t> handle{
      rd_kafka_topic_new(asker_.get(), topic.c_str(), nullptr)};
    if (!handle)
      return failure{errc::config, "topic " + topic + ": no usable name"};
    for (int missing = 0;;) {
      const rd_kafka_metadata_t* raw = nullptr;
      auto code
        = rd_kafka_metadata(asker_.get(), 0, handle.get(), &raw, metadata_ms);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const rdkafka_ptr<const rd_kafka_metadata_t> found{raw};
        code = found->topic_cnt == 1 ? found->topics[0].err
                                     : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
        auto known = summary(asker_.get(), *found);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR && known.partitions > 0) {
          last_error_.clear();
          return known;
        }
        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            && ++missing >= missing_tries) {
          known.missing = true;
          return known;
        }
      }
      if (kind_of(code) == errc::config)
        return failure{errc::config, "topic " + topic + ": "
                                       + rd_kafka_err2str(code) + advice(code)};
      note_events();
      // A missing topic is soon known to be missing, whatever the patience.
      if (missing == 0 && client_clock::now() >= until) {
        const auto& why
          = last_error_.empty() ? rd_kafka_err2str(code) : last_error_;
        return failure{errc::unavailable, settings_.brokers
                                            + " does not tell about topic "
                                            + topic + ": " + why + advice(why)};
      }
      std::this_thread::sleep_for(missing_pause);
    }
  }

  result<void> know_positions(const topic_metadata& data, topic_facts& facts,
                              client_deadline until) {
    auto positions = ask(settings_.positions_topic, until);
    if (positions && positions->missing) {
      if (auto made = create_positions(data); !made)
        return made;
      positions = ask(settings_.positions_topic, until);
      if (positions && positions->missing)
        return failure{errc::unavailable, settings_.positions_topic
                                            + " was created just now and is"
                                              " not known yet"};
    }
    if (!positions)
      return positions.error();
    facts.positions_partitions = positions->partitions;
    if (data.replicas == 1 || positions->replicas == 1)
      facts.warnings.emplace_back(
        "replication 1: what a lost broker had is lost, and Kafka 4.3.x may"
        " leave transactions open (KAFKA-20734)");
    return {};
  }

  /// The request itself only times out; the events know why.
  void note_events() {
    while (true) {
      const rdkafka_ptr<rd_kafka_event_t> e{
        rd_kafka_queue_poll(events_.get(), 0)};
      if (!e)
        return;
      if (rd_kafka_event_type(e.get()) == RD_KAFKA_EVENT_ERROR
          && (last_error_.empty()
              || rd_kafka_event_error(e.get())
                   != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN))
        last_error_ = rd_kafka_event_error_string(e.get());
    }
  }

  result<void> create_positions(const topic_metadata& cluster) {
    const auto& name = settings_.positions_topic;
    if (cluster.unmanaged)
      return failure{
        errc::config,
        "topic " + name
          + " does not exist and this broker cannot be asked for one"};
    std::array<char, 512> why{};
    rdkafka_ptr<rd_kafka_NewTopic_t> fresh{rd_kafka_NewTopic_new(
      name.c_str(), settings_.positions_partitions,
      std::clamp(cluster.brokers, 1, replicas_wanted), why.data(), why.size())};
    if (!fresh)
      return failure{errc::config, name + ": " + why.data()};
    rd_kafka_NewTopic_set_config(fresh.get(), "cleanup.policy", "compact");
    const rdkafka_ptr<rd_kafka_queue_t> answers{
      rd_kafka_queue_new(asker_.get())};
    auto* topics = fresh.get();
    rd_kafka_CreateTopics(asker_.get(), &topics, 1, nullptr, answers.get());
    const rdkafka_ptr<rd_kafka_event_t> e{
      rd_kafka_queue_poll(answers.get(), admin_ms)};
    if (!e)
      return failure{errc::unavailable,
                     "creating topic " + name + ": no answer"};
    auto code = rd_kafka_event_error(e.get());
    std::string text = code != RD_KAFKA_RESP_ERR_NO_ERROR
                         ? rd_kafka_event_error_string(e.get())
                         : "";
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::size_t count = 0;
      const auto* made = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(e.get()), &count);
      if (count == 1) {
        code = rd_kafka_topic_result_error(made[0]);
        if (const auto* said = rd_kafka_topic_result_error_string(made[0]))
          text = said;
      }
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR
        || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
      return {};
    return failure{kind_of(code),
                   "creating topic " + name + ": " + text
                     + "; or create it yourself, with cleanup.policy=compact"
                       " and "
                     + std::to_string(settings_.positions_partitions)
                     + " partitions"};
  }

  /// The data topic's limit, and that nothing deletes positions.
  result<void> read_configs(topic_facts& facts) {
    const rdkafka_ptr<rd_kafka_ConfigResource_t> data{
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC,
                                  settings_.topic.c_str())};
    const rdkafka_ptr<rd_kafka_ConfigResource_t> positions{
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC,
                                  settings_.positions_topic.c_str())};
    std::array<rd_kafka_ConfigResource_t*, 2> asked{data.get(),
                                                    positions.get()};
    const std::size_t asked_for = settings_.transactions ? 2 : 1;
    const rdkafka_ptr<rd_kafka_queue_t> answers{
      rd_kafka_queue_new(asker_.get())};
    rd_kafka_DescribeConfigs(asker_.get(), asked.data(), asked_for, nullptr,
                             answers.get());
    const rdkafka_ptr<rd_kafka_event_t> e{
      rd_kafka_queue_poll(answers.get(), admin_ms)};
    if (!e)
      return failure{errc::unavailable, "asking for the topics' settings: no"
                                        " answer"};
    if (rd_kafka_event_error(e.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      facts.warnings.push_back(
        std::string{"the topics' settings cannot be read ("}
        + rd_kafka_event_error_string(e.get())
        + "): records up to 1000000 bytes are sent");
      return {};
    }
    std::size_t count = 0;
    const auto* all = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(e.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
      if (auto ok = take_config(*all[i], facts); !ok)
        return ok;
    }
    return {};
  }

  result<void> take_config(const rd_kafka_ConfigResource_t& of,
                           topic_facts& facts) const {
    const std::string_view name = rd_kafka_ConfigResource_name(&of);
    if (const auto code = rd_kafka_ConfigResource_error(&of);
        code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      facts.warnings.push_back("settings of topic " + std::string{name}
                               + " cannot be read: " + rd_kafka_err2str(code));
      return {};
    }
    std::size_t count = 0;
    auto* const* entries = rd_kafka_ConfigResource_configs(&of, &count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view key = rd_kafka_ConfigEntry_name(entries[i]);
      const auto* raw = rd_kafka_ConfigEntry_value(entries[i]);
      const std::string_view value = raw == nullptr ? "" : raw;
      if (name == settings_.topic && key == "max.message.bytes")
        std::from_chars(value.data(), value.data() + value.size(),
                        facts.max_message_bytes);
      if (name == settings_.positions_topic && key == "cleanup.policy"
          && value.find("delete") != std::string_view::npos)
        return failure{errc::config,
                       "topic " + settings_.positions_topic
                         + " has cleanup.policy=" + std::string{value}
                         + ": positions would be deleted; set it to compact"};
    }
    return {};
  }

  kafka_settings settings_;
  rdkafka_ptr<rd_kafka_t> asker_;
  rdkafka_ptr<rd_kafka_queue_t> events_;
  std::string last_error_;
  std::size_t max_message_bytes_ = cautious_message_bytes;
};

} // namespace

result<std::unique_ptr<kafka_client>>
connect_kafka(const kafka_settings& settings) {
  // A consumer's handle: unlike a producer's, asking never creates a topic.
  client_properties all{{"log_level", "2"},
                        {"reconnect.backoff.ms", "20"},
                        {"reconnect.backoff.max.ms", "500"}};
  all.insert(all.end(), settings.properties.begin(), settings.properties.end());
  all.emplace_back("bootstrap.servers", settings.brokers);
  auto asker = make_handle(RD_KAFKA_CONSUMER, all);
  if (!asker)
    return asker.error();
  return std::unique_ptr<kafka_client>{
    std::make_unique<rdkafka_client>(settings, std::move(*asker))};
}

} // namespace sluice
