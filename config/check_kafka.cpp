// The kafka sink: brokers, topic, and which properties go to librdkafka.
#include "config/check_agent.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>

namespace sluice::config {

namespace {

// What the sink decides itself, because its guarantee and its speed rest on
// it, under librdkafka's names and Java's.
constexpr std::array<std::string_view, 29> own_properties{
  "bootstrap.servers",
  "metadata.broker.list",
  "transactional.id",
  "transaction.timeout.ms",
  "enable.idempotence",
  "enable.gapless.guarantee",
  "linger.ms",
  "queue.buffering.max.ms",
  "queue.buffering.max.messages",
  "queue.buffering.max.kbytes",
  "batch.size",
  "batch.num.messages",
  "max.in.flight",
  "max.in.flight.requests.per.connection",
  "message.timeout.ms",
  "delivery.timeout.ms",
  "request.timeout.ms",
  "retries",
  "message.send.max.retries",
  "message.max.bytes",
  "max.request.size",
  "buffer.memory",
  "max.block.ms",
  "statistics.interval.ms",
  "partitioner",
  "partitioner.class",
  "key.serializer",
  "value.serializer",
  "dr_cb"};

// Java's names for what librdkafka takes in another form.
struct java_property {
  std::string_view name;
  std::string_view instead;
};

constexpr std::array java_properties{
  java_property{"ssl.truststore.location",
                "ssl.ca.location, a PEM file, takes the place of a Java "
                "truststore"},
  java_property{"ssl.truststore.password",
                "ssl.ca.location, a PEM file, takes the place of a Java "
                "truststore"},
  java_property{"ssl.truststore.type",
                "ssl.ca.location, a PEM file, takes the place of a Java "
                "truststore"},
  java_property{"ssl.keystore.type",
                "ssl.keystore.location takes PKCS#12 only"},
  java_property{"sasl.jaas.config",
                "sasl.username and sasl.password take the place of Java's "
                "login modules"},
  java_property{"interceptor.classes", "Java classes cannot be run"},
  java_property{"metric.reporters", "Java classes cannot be run"},
};

bool is_true(std::string_view word) {
  return word == "true" || word == "TRUE" || word == "True";
}

bool is_all(std::string_view acks) {
  return acks == "all" || acks == "-1";
}

bool is_mechanism(std::string_view name) {
  return name == "sasl.mechanisms" || name == "sasl.mechanism";
}

// Kafka 4 checks strictly what librdkafka got wrong in SCRAM before 2.6.1.
bool fails_at_scram(std::string_view library) {
  std::array<int, 3> version{};
  for (auto& part : version) {
    const auto dot = std::min(library.find('.'), library.size());
    std::from_chars(library.data(), library.data() + dot, part);
    library.remove_prefix(std::min(dot + 1, library.size()));
  }
  return version < std::array{2, 6, 1};
}

bool is_acks(std::string_view name) {
  return name == "acks" || name == "request.required.acks";
}

void hide(std::string& text, const std::string& value) {
  if (value.empty())
    return;
  for (auto at = text.find(value); at != std::string::npos;
       at = text.find(value, at))
    text.replace(at, value.size(), "(hidden)");
}

class kafka_check {
public:
  kafka_check(component_config& sink, delivery_demand demand,
              const read_context& context)
    : sink_(sink),
      demand_(demand),
      context_(context) {
  }

  void run() {
    if (sink_.values.is_set("brokers"))
      check_brokers();
    if (sink_.values.is_set("topic"))
      check_topic("topic");
    check_topic("positions_topic");
    if (sink_.values.is_set("required_acks"))
      check_acks(std::to_string(sink_.values.integer("required_acks")),
                 sink_.values.at("required_acks"), where("required_acks"));
    string_table passed;
    for (const auto& [name, value] : sink_.values.table("properties"))
      if (passes(name, value))
        passed.emplace_back(name, value);
    if (sink_.values.is_set("properties"))
      sink_.values.set("properties", passed, sink_.values.at("properties"),
                       sink_.values.spelled("properties"));
  }

private:
  [[nodiscard]] std::string where(const std::string& key) const {
    return sink_.where + "." + sink_.values.spelled(key);
  }

  void check_brokers() {
    std::string_view rest = sink_.values.text("brokers");
    const auto wrong = [&](std::string_view which) {
      context_.error(sink_.values.at("brokers"), where("brokers"),
                     in_quotes(which) + " is not host:port",
                     "host:port, several with commas");
    };
    for (bool more = true; more;) {
      const auto comma = rest.find(',');
      more = comma != std::string_view::npos;
      auto broker = rest.substr(0, comma);
      if (more)
        rest.remove_prefix(comma + 1);
      while (broker.starts_with(' '))
        broker.remove_prefix(1);
      while (broker.ends_with(' '))
        broker.remove_suffix(1);
      if (!is_host_port(broker)) {
        wrong(broker);
        return;
      }
    }
  }

  static bool is_host_port(std::string_view text) {
    if (const auto scheme = text.find("://"); scheme != std::string_view::npos)
      text.remove_prefix(scheme + 3);
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
      return false;
    const auto host = text.substr(0, colon);
    const bool v6 = host.starts_with('[') && host.ends_with(']');
    for (const char c : host)
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-'
          && c != '.' && c != '_'
          && !(v6 && (c == ':' || c == '[' || c == ']')))
        return false;
    const auto digits = text.substr(colon + 1);
    unsigned port = 0;
    const auto* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, port);
    return !digits.empty() && read.ec == std::errc{} && read.ptr == end
           && port >= 1 && port <= 65535;
  }

  void check_topic(const char* key) {
    const auto& topic = sink_.values.text(key);
    const bool fine
      = !topic.empty() && topic.size() <= 249 && topic != "." && topic != ".."
        && std::all_of(topic.begin(), topic.end(), [](unsigned char c) {
             return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
           });
    if (!fine)
      context_.error(sink_.values.at(key), where(key),
                     in_quotes(topic) + " cannot be the name of a topic",
                     topic.find("%{") == std::string::npos
                       ? "1 to 249 letters, digits, ., _ and -"
                       : "one topic for all events, without %{header}");
  }

  // Flume's default is 1, and many files say so: they mean nothing by it.
  // Whoever demands exactly once, or writes acks for sluice, does.
  void check_acks(const std::string& acks, const location& at,
                  const std::string& key) {
    if (is_all(acks))
      return;
    if (context_.how == dialect::flume
        && demand_ != delivery_demand::exactly_once) {
      context_.warning(at, key,
                       "acks=" + acks
                         + " is raised to all: with less, a broker's death "
                           "loses what it had acknowledged");
      return;
    }
    const bool on = sink_.values.text("transactions") == "on";
    context_.error(at, key,
                   "acks=" + acks + " contradicts "
                     + (on ? "transactions" : "an idempotent producer"),
                   "acks=all, or no acks at all");
  }

  void check_scram(const std::string& name, const std::string& value,
                   const location& at, const std::string& key) {
    const auto& library = context_.checks->kafka_library;
    if (is_mechanism(name) && value.starts_with("SCRAM") && !library.empty()
        && fails_at_scram(library))
      context_.warning(at, key,
                       value + " with librdkafka " + library
                         + " is refused by Kafka 4 as a wrong password; use"
                           " librdkafka 2.6.1 or newer, Kafka 3, PLAIN over"
                           " TLS, or client certificates");
  }

  // True if librdkafka gets the property.
  bool passes(const std::string& name, const std::string& value) {
    const auto place = sink_.values.place_of("properties", name);
    const auto key = where("properties") + "." + name;
    if (is_acks(name)) {
      check_acks(value, place.at, key);
      return false;
    }
    if (name == "enable.idempotence" && is_true(value))
      return false;
    if (is_own(name)) {
      own(name, place.at, key);
      return false;
    }
    for (const auto& java : java_properties) {
      if (java.name != name)
        continue;
      context_.error(place.at, key, "is Java's: " + std::string{java.instead});
      return false;
    }
    if (is_secret_key(name) && !place.from_outside)
      context_.warning(place.at, key,
                       "is a secret in the file; ${env:NAME} or ${file:PATH} "
                       "keep it out");
    check_scram(name, value, place.at, key);
    if (!context_.checks->kafka_property)
      return true;
    auto problem = context_.checks->kafka_property(name, value);
    if (!problem)
      return true;
    if (is_secret_key(name) || place.from_outside)
      hide(*problem, value);
    context_.error(place.at, key, *problem);
    return false;
  }

  static bool is_own(std::string_view name) {
    return std::find(own_properties.begin(), own_properties.end(), name)
           != own_properties.end();
  }

  void own(const std::string& name, const location& at,
           const std::string& key) {
    const bool identity
      = name == "bootstrap.servers" || name == "metadata.broker.list"
        || name == "transactional.id" || name == "enable.idempotence";
    const std::string what
      = name == "bootstrap.servers" || name == "metadata.broker.list"
          ? "the brokers are set by the option brokers"
          : "is decided by sluice itself: its guarantee and its speed rest on "
            "it";
    if (context_.how == dialect::flume && !identity)
      context_.warning(at, key, what + "; ignored");
    else
      context_.error(at, key, what);
  }

  component_config& sink_;
  delivery_demand demand_;
  const read_context& context_;
};

} // namespace

void check_kafka(component_config& sink, delivery_demand demand,
                 const read_context& context) {
  kafka_check{sink, demand, context}.run();
}

} // namespace sluice::config
