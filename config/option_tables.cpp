// The tables together, and finding a type by any of its names.
#include "config/option_tables.hpp"

#include "config/words.hpp"

#include <algorithm>
#include <cctype>

namespace sluice::config {

namespace {

// Flume 1.11's types beyond those we have, so that the answer to them is not
// that they are unknown.
const std::vector<std::string>& other_flume_types(station at) {
  static const std::vector<std::string> sources{
    "seq",
    "netcat",
    "netcatudp",
    "avro",
    "thrift",
    "syslogtcp",
    "multiport_syslogtcp",
    "syslogudp",
    "http",
    "jms",
    "org.apache.flume.source.kafka.KafkaSource",
    "org.apache.flume.source.StressSource",
    "org.apache.flume.source.SequenceGeneratorSource",
    "org.apache.flume.source.NetcatSource",
    "org.apache.flume.source.AvroSource",
    "org.apache.flume.source.ThriftSource",
    "org.apache.flume.source.SyslogTcpSource",
    "org.apache.flume.source.SyslogUDPSource",
    "org.apache.flume.source.MultiportSyslogTCPSource",
    "org.apache.flume.source.http.HTTPSource"};
  static const std::vector<std::string> interceptors{
    "regex_extractor", "remove_header", "search_replace",
    "org.apache.flume.sink.solr.morphline.UUIDInterceptor$Builder",
    "org.apache.flume.sink.solr.morphline.MorphlineInterceptor$Builder"};
  static const std::vector<std::string> selectors{
    "multiplexing", "load_balancing",
    "org.apache.flume.channel.MultiplexingChannelSelector",
    "org.apache.flume.channel.LoadBalancingChannelSelector"};
  static const std::vector<std::string> channels{
    "file",
    "jdbc",
    "spillablememory",
    "org.apache.flume.channel.file.FileChannel",
    "org.apache.flume.channel.kafka.KafkaChannel",
    "org.apache.flume.channel.SpillableMemoryChannel",
    "org.apache.flume.channel.PseudoTxnMemoryChannel"};
  static const std::vector<std::string> sinks{
    "file_roll",
    "hdfs",
    "irc",
    "avro",
    "thrift",
    "hbase",
    "asynchbase",
    "hbase2",
    "hive",
    "http",
    "morphline_solr",
    "elasticsearch",
    "org.apache.flume.sink.RollingFileSink",
    "org.apache.flume.sink.AvroSink",
    "org.apache.flume.sink.hdfs.HDFSEventSink",
    "org.apache.flume.sink.http.HttpSink"};
  switch (at) {
  case station::source:
    return sources;
  case station::interceptor:
    return interceptors;
  case station::selector:
    return selectors;
  case station::channel:
    return channels;
  case station::sink:
    return sinks;
  }
  return sources;
}

} // namespace

const std::vector<component_spec>& component_specs() {
  static const std::vector<component_spec> all = [] {
    std::vector<component_spec> out;
    for (auto part : {source_specs(), interceptor_specs(), selector_specs(),
                      channel_specs(), sink_specs()})
      out.insert(out.end(), part.begin(), part.end());
    return out;
  }();
  return all;
}

const component_spec* find_spec(station at, std::string_view type) {
  for (const auto& spec : component_specs()) {
    if (spec.at != at)
      continue;
    if (same_word(spec.type, type))
      return &spec;
    for (const auto& alias : spec.aliases)
      if (same_word(alias, type))
        return &spec;
  }
  return nullptr;
}

std::vector<std::string> type_names(station at) {
  std::vector<std::string> out;
  for (const auto& spec : component_specs())
    if (spec.at == at)
      out.push_back(spec.type);
  return out;
}

bool is_known_to_flume(station at, std::string_view type) {
  const auto& others = other_flume_types(at);
  return std::any_of(others.begin(), others.end(),
                     [&](const auto& name) { return same_word(name, type); });
}

const char* to_string(station at) noexcept {
  switch (at) {
  case station::source:
    return "source";
  case station::interceptor:
    return "interceptor";
  case station::selector:
    return "selector";
  case station::channel:
    return "channel";
  case station::sink:
    return "sink";
  }
  return "?";
}

} // namespace sluice::config
