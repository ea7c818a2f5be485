#include "monitoring/exposition.hpp"

#include "monitoring/label_text.hpp"
#include "monitoring/process_figures.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>
#include <utility>

namespace sluice {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using label_list = std::vector<ClientMetric::Label>;
using reading = component_reading;

// Which kinds of component show a metric at all: a series that can never move
// is only noise, one that may move is there from the first scrape, as zero.
constexpr unsigned of(component_kind kind) {
  return 1U << static_cast<unsigned>(kind);
}

constexpr unsigned sources = of(component_kind::source);
constexpr unsigned interceptors = of(component_kind::interceptor);
constexpr unsigned channels = of(component_kind::channel);
constexpr unsigned sinks = of(component_kind::sink);
constexpr unsigned supervisors = of(component_kind::supervisor);
constexpr unsigned data_path = sources | interceptors | channels | sinks;

struct plain_metric {
  const char* name;
  const char* help;
  MetricType type;
  unsigned kinds;
  std::uint64_t reading::*value;
};

constexpr auto counts = MetricType::Counter;
constexpr auto shows = MetricType::Gauge;

constexpr plain_metric plain_metrics[] = {
  {"sluice_component_received_events_total", "Events that came in.", counts,
   data_path, &reading::received_events},
  {"sluice_component_received_event_bytes_total",
   "Bytes of the bodies of the events that came in.", counts, data_path,
   &reading::received_event_bytes},
  {"sluice_component_received_bytes_total",
   "Bytes as they were read, before they became events.", counts, sources,
   &reading::received_bytes},
  {"sluice_component_sent_events_total",
   "Events that went out; of a sink: that its store has committed.", counts,
   data_path, &reading::sent_events},
  {"sluice_component_sent_event_bytes_total",
   "Bytes of the bodies of the events that went out.", counts, data_path,
   &reading::sent_event_bytes},
  {"sluice_replayed_events_total", "Events handed out again after a restart.",
   counts, channels | sinks, &reading::replayed},
  {"sluice_deduplicated_events_total",
   "Events that came a second time and were trimmed.", counts,
   interceptors | channels | sinks, &reading::deduplicated},
  {"sluice_gaps_total",
   "Data that should have followed and was not there; must stay 0.", counts,
   interceptors | channels | sinks, &reading::gaps},
  {"sluice_reframed_total",
   "Positions that no delimiter precedes, where framing began anew.", counts,
   sources | channels, &reading::reframed},
  {"sluice_source_missed_bytes_total",
   "Bytes that were gone before they could be read.", counts, sources,
   &reading::missed_bytes},
  {"sluice_source_lag_bytes", "Bytes that exist and are not read yet.", shows,
   sources, &reading::lag_bytes},
  {"sluice_source_files_open", "Files that are open for reading.", shows,
   sources, &reading::files_open},
  {"sluice_source_files_completed_total",
   "Files that were read and committed to their end.", counts, sources,
   &reading::files_completed},
  {"sluice_source_unreadable_files", "Files that match but cannot be read.",
   shows, sources, &reading::unreadable_files},
  {"sluice_source_unmarked_files",
   "Files that are delivered and whose names are too long to be marked.", shows,
   sources, &reading::unmarked_files},
  {"sluice_channel_events", "Events in the channel.", shows, channels,
   &reading::channel_events},
  {"sluice_channel_bytes", "Bytes of memory that the channel's events pin.",
   shows, channels, &reading::channel_bytes},
  {"sluice_sink_commits_total", "Commits that succeeded.", counts, sinks,
   &reading::commits},
  {"sluice_sink_aborted_total", "Transactions that did not commit.", counts,
   sinks, &reading::aborts},
  {"sluice_sink_fenced_total",
   "Times that a newer owner or a time-out fenced the sink off, or that it "
   "fenced off a predecessor's open transactions.",
   counts, sinks, &reading::fenced},
};

/// Every name of a component's label, in the order they are written.
label_list base_labels(const std::string& node, const component_labels& of) {
  return {{"node", node},
          {"agent", label_text(of.agent)},
          {"component_id", label_text(of.id)},
          {"component_kind", to_string(of.kind)},
          {"component_type", label_text(of.type)}};
}

/// Collects families; the components' labels are made once for all of them.
class composer {
public:
  composer(const std::string& node,
           const std::vector<component_status>& components)
    : node_(label_text(node)),
      components_(components) {
    for (const auto& c : components)
      labels_.push_back(base_labels(node_, c.labels));
  }

  void begin(const char* name, const char* help, MetricType type) {
    families_.push_back({name, help, type, {}});
  }

  /// Calls `each(index, reading)` for the components of these kinds.
  template <class Function>
  void for_kinds(unsigned kinds, Function each) {
    for (std::size_t i = 0; i < components_.size(); ++i)
      if (of(components_[i].labels.kind) & kinds)
        each(i, components_[i].numbers);
  }

  ClientMetric& add(std::size_t component, double value,
                    std::initializer_list<ClientMetric::Label> more = {}) {
    auto& made = add_for_node(value);
    made.label = labels_[component];
    made.label.insert(made.label.end(), more);
    return made;
  }

  /// A series of the node itself.
  ClientMetric& add_for_node(double value) {
    auto& family = families_.back();
    auto& made = family.metric.emplace_back();
    made.label = {{"node", node_}};
    if (family.type == MetricType::Counter)
      made.counter.value = value;
    else
      made.gauge.value = value;
    return made;
  }

  [[nodiscard]] const component_condition& condition(std::size_t i) const {
    return components_[i].condition;
  }

  [[nodiscard]] error_stage natural_stage(std::size_t i) const {
    switch (components_[i].labels.kind) {
    case component_kind::source:
      return error_stage::receiving;
    case component_kind::sink:
      return error_stage::sending;
    default:
      return error_stage::processing;
    }
  }

  /// Families without a series are left out: nothing here can produce them.
  [[nodiscard]] std::string text() {
    std::erase_if(families_, [](const auto& f) { return f.metric.empty(); });
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, families_);
    return std::move(out).str();
  }

private:
  std::string node_;
  const std::vector<component_status>& components_;
  std::vector<label_list> labels_;
  std::vector<MetricFamily> families_;
};

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

void add_plain(composer& to) {
  for (const auto& m : plain_metrics) {
    to.begin(m.name, m.help, m.type);
    to.for_kinds(m.kinds, [&](std::size_t i, const reading& r) {
      to.add(i, number(r.*m.value));
    });
  }
}

template <class Reason, std::size_t Count>
void add_reasons(composer& to, unsigned kinds,
                 std::array<std::uint64_t, Count> reading::*values) {
  to.for_kinds(kinds, [&](std::size_t i, const reading& r) {
    for (std::size_t k = 0; k < Count; ++k)
      to.add(i, number((r.*values)[k]),
             {{"reason", to_string(static_cast<Reason>(k))}});
  });
}

void add_undelivered(composer& to) {
  to.begin("sluice_component_filtered_events_total",
           "Events that the configuration does not want.", counts);
  add_reasons<filter_reason>(to, interceptors, &reading::filtered);
  to.begin("sluice_component_discarded_events_total",
           "Events that were wanted and dropped nevertheless.", counts);
  add_reasons<discard_reason>(to, sources | interceptors, &reading::discarded);
  to.begin("sluice_dead_letters_total",
           "Events that were written to the dead letters instead.", counts);
  add_reasons<dead_letter_reason>(to, sinks, &reading::dead_letters);
}

/// Transient types are there from the start, so that the first one already
/// shows in a rate; terminal ones when they happened (the state shows them).
bool always_shown(std::size_t type) {
  return type + 1 < error_type_count && !is_terminal(static_cast<errc>(type));
}

void add_failures(composer& to) {
  to.begin("sluice_component_errors_total", "Errors by type and direction.",
           counts);
  to.for_kinds(data_path, [&](std::size_t i, const reading& r) {
    for (std::size_t s = 0; s < error_stage_count; ++s)
      for (std::size_t t = 0; t < error_type_count; ++t) {
        const auto stage = static_cast<error_stage>(s);
        const bool usual = stage == to.natural_stage(i) && always_shown(t);
        if (usual || r.errors[s][t] > 0)
          to.add(
            i, number(r.errors[s][t]),
            {{"error_type", error_type_name(t)}, {"stage", to_string(stage)}});
      }
  });
  to.begin("sluice_actor_restarts_total",
           "Times that the supervisor started a successor.", counts);
  to.for_kinds(data_path | supervisors, [&](std::size_t i, const reading& r) {
    for (std::size_t t = 0; t < error_type_count; ++t)
      if (always_shown(t) || r.restarts[t] > 0)
        to.add(i, number(r.restarts[t]), {{"reason", error_type_name(t)}});
  });
}

void add_condition(composer& to, std::chrono::steady_clock::time_point now) {
  to.begin("sluice_component_state",
           "1 for the state that the component is in, 0 for all others.",
           shows);
  to.for_kinds(data_path | supervisors, [&](std::size_t i, const reading&) {
    for (std::size_t s = 0; s < component_state_count; ++s) {
      const auto state = static_cast<component_state>(s);
      to.add(i, to.condition(i).state == state ? 1 : 0,
             {{"state", to_string(state)}});
    }
  });
  to.begin("sluice_source_oldest_uncommitted_seconds",
           "Age of the oldest data read that no sink has committed.", shows);
  to.for_kinds(sources, [&](std::size_t i, const reading& r) {
    const std::chrono::duration<double> age
      = r.oldest_uncommitted ? now - *r.oldest_uncommitted
                             : std::chrono::steady_clock::duration{0};
    to.add(i, age.count() > 0 ? age.count() : 0);
  });
}

void add_capacity(composer& to) {
  to.begin("sluice_channel_capacity_events",
           "The most events that the channel takes.", shows);
  to.for_kinds(channels, [&](std::size_t i, const reading& r) {
    const auto limit = r.channel_capacity_events;
    to.add(i, limit ? number(limit) : std::numeric_limits<double>::infinity());
  });
  to.begin("sluice_channel_capacity_bytes",
           "The most bytes that the channel pins.", shows);
  to.for_kinds(channels, [&](std::size_t i, const reading& r) {
    const auto limit = r.channel_capacity_bytes;
    to.add(i, limit ? number(limit) : std::numeric_limits<double>::infinity());
  });
}

void add_commit_seconds(composer& to) {
  to.begin("sluice_sink_commit_seconds", "How long a commit took.",
           MetricType::Histogram);
  to.for_kinds(sinks, [&](std::size_t i, const reading& r) {
    auto& out = to.add(i, 0).histogram;
    out.sample_sum = r.commit_seconds.sum_seconds;
    for (std::size_t b = 0; b < duration_histogram::bucket_count; ++b) {
      out.sample_count += r.commit_seconds.buckets[b];
      out.bucket.push_back(
        {out.sample_count, b < duration_histogram::limits.size()
                             ? duration_histogram::limits[b]
                             : std::numeric_limits<double>::infinity()});
    }
  });
}

void add_kafka(composer& to) {
  struct kafka_metric {
    const char* name = nullptr;
    const char* help = nullptr;
    MetricType type = counts;
    std::uint64_t kafka_figures::*value = nullptr;
    double unit = 1;
  };
  constexpr kafka_metric kafka_metrics[] = {
    {"sluice_kafka_queue_messages", "Messages in librdkafka's queues.", shows,
     &kafka_figures::queue_messages},
    {"sluice_kafka_queue_bytes", "Bytes in librdkafka's queues.", shows,
     &kafka_figures::queue_bytes},
    {"sluice_kafka_sent_bytes_total", "Bytes that librdkafka sent.", counts,
     &kafka_figures::sent_bytes},
    {"sluice_kafka_received_bytes_total", "Bytes that librdkafka received.",
     counts, &kafka_figures::received_bytes},
    {"sluice_kafka_requests_total", "Requests that librdkafka sent.", counts,
     &kafka_figures::requests},
    {"sluice_kafka_round_trip_seconds",
     "The slowest broker's mean round trip in the last interval.", shows,
     &kafka_figures::round_trip_us, 1e-6},
  };
  for (const auto& m : kafka_metrics) {
    to.begin(m.name, m.help, m.type);
    to.for_kinds(data_path, [&](std::size_t i, const reading& r) {
      if (r.kafka)
        to.add(i, number(*r.kafka.*m.value) * m.unit);
    });
  }
}

void add_node(composer& to, const std::map<std::string, std::string>& build) {
  to.begin("sluice_build_info", "What runs here; always 1.", shows);
  auto& info = to.add_for_node(1);
  for (const auto& [name, value] : build)
    info.label.push_back({name, label_text(value)});
  const auto process = read_process_figures();
  if (!process)
    return;
  const auto one
    = [&](const char* name, const char* help, MetricType type, double value) {
        to.begin(name, help, type);
        to.add_for_node(value);
      };
  one("process_cpu_seconds_total", "User and system time spent.", counts,
      process->cpu_seconds);
  one("process_resident_memory_bytes", "Resident memory.", shows,
      number(process->resident_bytes));
  one("process_virtual_memory_bytes", "Virtual memory.", shows,
      number(process->virtual_bytes));
  one("process_threads", "Threads of the process.", shows,
      number(process->threads));
  one("process_open_fds", "Open descriptors.", shows,
      number(process->open_fds));
  one("process_max_fds", "The most descriptors that may be open.", shows,
      number(process->max_fds));
  one("process_start_time_seconds", "Start of the process since 1970.", shows,
      process->start_time_seconds);
}

} // namespace

std::string exposition(const std::string& node,
                       const std::map<std::string, std::string>& build,
                       const std::vector<component_status>& components,
                       std::chrono::steady_clock::time_point now) {
  composer to{node, components};
  add_plain(to);
  add_undelivered(to);
  add_failures(to);
  add_condition(to, now);
  add_capacity(to);
  add_commit_seconds(to);
  add_kafka(to);
  add_node(to, build);
  return to.text();
}

} // namespace sluice
