#include "config/guarantee.hpp"

#include <algorithm>
#include <map>

namespace sluice::config {

namespace {

// What one link lets through, and why it is not more.
struct link {
  guarantee_level level = guarantee_level::exactly_once;
  std::string why = {};
  std::string provided = {};
};

// A source that can be read again from any position limits nothing. Types
// that are not known to be such promise the least.
link of_source(const source_config& source) {
  for (const char* again : {"spooldir", "taildir", "exec"})
    if (source.type == again)
      return {};
  return {guarantee_level::at_most_once, "source " + source.name + " ("
                                           + source.type
                                           + ") cannot be read again"};
}

link of_channel(const channel_config& channel) {
  // What it loses with the process, upstream still has: positions move only
  // when the sink has committed.
  if (channel.type == "memory")
    return {};
  return {guarantee_level::at_least_once,
          "channel " + channel.name + " (" + channel.type + ")"};
}

link of_sink(const sink_config& sink) {
  const auto name = "sink " + sink.name;
  if (sink.type == "logger") {
    if (sink.values.has("path"))
      return {};
    return {guarantee_level::at_least_once,
            name
              + " (logger) writes to standard output, which cannot be taken "
                "back; with `path` it is exactly once"};
  }
  if (sink.type == "kafka") {
    if (sink.values.text("transactions") == "on")
      return {guarantee_level::exactly_once,
              {},
              "consumers read with isolation.level=read_committed"};
    return {guarantee_level::at_least_once,
            name + " (kafka) has transactions off"};
  }
  if (sink.type == "null")
    return {guarantee_level::nothing, name + " (null) throws every event away"};
  return {guarantee_level::at_least_once, name + " (" + sink.type + ")"};
}

guarantee route(const source_config& source, const channel_config& channel,
                const sink_config& sink) {
  guarantee out{source.name, channel.name,
                sink.name,   guarantee_level::exactly_once,
                {},          {}};
  for (const auto& each :
       {of_source(source), of_channel(channel), of_sink(sink)}) {
    if (each.level < out.level) {
      out.level = each.level;
      out.limited_by = each.why;
    }
    if (!each.provided.empty())
      out.provided = each.provided;
  }
  return out;
}

bool meets(guarantee_level level, delivery_demand demand) {
  switch (demand) {
  case delivery_demand::none:
    return true;
  case delivery_demand::at_least_once:
    return level >= guarantee_level::at_least_once;
  case delivery_demand::exactly_once:
    return level == guarantee_level::exactly_once;
  }
  return false;
}

} // namespace

delivery_demand demand_in(const options& values) {
  const auto& word = values.text("delivery");
  if (word == "exactly_once")
    return delivery_demand::exactly_once;
  return word.empty() ? delivery_demand::none : delivery_demand::at_least_once;
}

const char* to_string(guarantee_level level) noexcept {
  switch (level) {
  case guarantee_level::nothing:
    return "nothing to deliver";
  case guarantee_level::at_most_once:
    return "at most once";
  case guarantee_level::at_least_once:
    return "at least once";
  case guarantee_level::exactly_once:
    return "exactly once";
  }
  return "?";
}

std::vector<guarantee> guarantees_of(const agent_config& agent) {
  std::map<std::string, const channel_config*> channels;
  for (const auto& channel : agent.channels)
    channels.emplace(channel.name, &channel);
  std::multimap<std::string, const sink_config*> readers;
  for (const auto& sink : agent.sinks)
    readers.emplace(sink.channel, &sink);
  std::vector<guarantee> out;
  for (const auto& source : agent.sources) {
    for (const auto& name : source.channels) {
      const auto channel = channels.find(name);
      if (channel == channels.end() || !source.sound || !channel->second->sound)
        continue;
      const auto [first, last] = readers.equal_range(name);
      for (auto sink = first; sink != last; ++sink)
        if (sink->second->sound)
          out.push_back(route(source, *channel->second, *sink->second));
    }
  }
  return out;
}

std::string to_string(const guarantee& of) {
  auto out = of.source + " → " + of.channel + " → " + of.sink + ": "
             + to_string(of.level);
  if (!of.limited_by.empty())
    out += ", limited by " + of.limited_by;
  if (!of.provided.empty())
    out += ", provided " + of.provided;
  return out;
}

void check_demands(const agent_config& agent, diagnostics& found) {
  for (const auto& route : guarantees_of(agent)) {
    const auto sink
      = std::find_if(agent.sinks.begin(), agent.sinks.end(),
                     [&](const auto& each) { return each.name == route.sink; });
    const bool own = sink != agent.sinks.end()
                     && demand_in(sink->values) != delivery_demand::none;
    const auto demand = own ? demand_in(sink->values) : agent.delivery;
    if (meets(route.level, demand))
      continue;
    const auto& values = own ? sink->values : agent.values;
    found.add(
      {severity::error,
       values.at("delivery"),
       (own ? sink->where : agent.where) + ".delivery",
       std::string{demand == delivery_demand::exactly_once ? "exactly once"
                                                           : "at least once"}
         + " cannot be given: " + to_string(route),
       {},
       {}});
  }
}

} // namespace sluice::config
