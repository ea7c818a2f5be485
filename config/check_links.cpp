// Who writes to and reads from whom.
#include "config/check_agent.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sluice::config {

namespace {

constexpr std::int64_t small_capacity = 10'000;

std::string smallest_example(dialect how, const std::string& agent) {
  if (how == dialect::native)
    return R"(the smallest working agent: {"sources": {"s": {"type": )"
           R"("spooldir", "path": "in", "channels": ["c"]}}, "channels": )"
           R"({"c": {"type": "memory"}}, "sinks": {"k": {"type": "logger", )"
           R"("channel": "c"}}})";
  const auto& a = agent;
  return "the smallest working agent, line by line: " + a + ".sources = s; " + a
         + ".sources.s.type = spooldir; " + a + ".sources.s.spoolDir = in; " + a
         + ".sources.s.channels = c; " + a + ".channels = c; " + a
         + ".channels.c.type = memory; " + a + ".sinks = k; " + a
         + ".sinks.k.type = logger; " + a + ".sinks.k.channel = c";
}

class link_check {
public:
  link_check(const written_agent& from, agent_config& agent,
             const read_context& context)
    : from_(from),
      agent_(agent),
      context_(context) {
    for (const auto& channel : agent.channels) {
      channels_.push_back(channel.name);
      by_name_.emplace(channel.name, &channel);
    }
  }

  void run() {
    none_at_all();
    if (channels_.empty())
      return;
    for (auto& source : agent_.sources)
      follow(source);
    for (auto& sink : agent_.sinks)
      follow(sink);
    for (const auto& channel : agent_.channels)
      check_ends(channel);
  }

private:
  [[nodiscard]] bool is_there(const std::string& name) const {
    return by_name_.contains(name);
  }

  void none_at_all() {
    const auto missing = [&](const char* what, bool some, bool unclear) {
      if (!some && !unclear)
        context_.error(agent_.at, agent_.where, std::string{"has no "} + what,
                       smallest_example(context_.how, agent_.name));
    };
    missing("sources", !agent_.sources.empty(), from_.sources_unclear);
    missing("channels", !channels_.empty(), from_.channels_unclear);
    missing("sinks", !agent_.sinks.empty(), from_.sinks_unclear);
  }

  void unknown(const location& at, const std::string& where,
               const std::string& owner, const std::string& name) {
    context_.error(at, where,
                   owner + " names the channel " + in_quotes(name)
                     + ", which is not there",
                   "one of " + joined(channels_), nearest(name, channels_));
  }

  void follow(source_config& source) {
    const auto& written
      = from_
          .sources[static_cast<std::size_t>(&source - agent_.sources.data())];
    string_list known;
    std::set<std::string> seen;
    for (const auto& name : source.channels) {
      if (!seen.insert(name).second) {
        context_.error(written.channels->at, source.where + ".channels",
                       "names the channel " + name + " twice");
        continue;
      }
      if (!is_there(name)) {
        if (!from_.channels_unclear)
          unknown(written.channels->at, source.where + ".channels",
                  "source " + source.name, name);
        continue;
      }
      known.push_back(name);
      ++writers_[name];
      check_batch(source, name);
    }
    source.channels = std::move(known);
  }

  void follow(sink_config& sink) {
    const auto& written
      = from_.sinks[static_cast<std::size_t>(&sink - agent_.sinks.data())];
    if (sink.channel.empty()) {
      lost_readers_.emplace_back();
      return;
    }
    if (!is_there(sink.channel)) {
      if (!from_.channels_unclear)
        unknown(written.channel->at, sink.where + ".channel",
                "sink " + sink.name, sink.channel);
      lost_readers_.push_back(sink.channel);
      return;
    }
    const auto [first, fresh] = readers_.emplace(sink.channel, sink.name);
    if (!fresh && !from_.sinks_unclear)
      context_.error(written.channel->at, sink.where + ".channel",
                     "sinks " + first->second + " and " + sink.name
                       + " read the channel " + sink.channel
                       + "; two sinks on one channel need a sink group, which "
                         "is not built yet");
    check_batch(sink, sink.channel);
  }

  // Flume fails on these only at run time.
  void check_batch(const component_config& component,
                   const std::string& channel_name) {
    const auto* const channel = by_name_.at(channel_name);
    if (!component.values.is_set("batch_events"))
      return;
    const auto events = component.values.integer("batch_events");
    for (const char* bound : {"transaction_capacity", "capacity"}) {
      if (!channel->values.is_set(bound))
        continue;
      const auto limit = channel->values.integer(bound);
      if (events > limit)
        context_.error(
          component.values.at("batch_events"),
          component.where + "." + component.values.spelled("batch_events"),
          std::to_string(events) + " events are more than the "
            + channel->values.spelled(bound) + " " + std::to_string(limit)
            + " of channel " + channel_name);
      return;
    }
  }

  // True once for each sink whose channel is not known: it may have meant
  // this one, so that being unread is no mistake of its own.
  bool may_be_meant(const std::string& channel) {
    auto best = lost_readers_.end();
    for (auto at = lost_readers_.begin(); at != lost_readers_.end(); ++at)
      if (best == lost_readers_.end() || nearest(*at, channels_) == channel)
        best = at;
    if (best == lost_readers_.end())
      return false;
    lost_readers_.erase(best);
    return true;
  }

  void check_ends(const channel_config& channel) {
    if (!readers_.contains(channel.name) && !from_.sinks_unclear
        && !agent_.sinks.empty() && !may_be_meant(channel.name))
      context_.error(channel.at, channel.where,
                     "no sink reads the channel, so it would fill up");
    else if (!writers_.contains(channel.name) && !from_.sources_unclear
             && !agent_.sources.empty())
      context_.warning(channel.at, channel.where,
                       "no source writes to the channel");
    const auto& values = channel.values;
    // Below what a transaction usually takes, an event bound is what sets the
    // pace; the file should not hide that.
    if (values.is_set("capacity")
        && values.integer("capacity") < small_capacity)
      context_.info(values.at("capacity"),
                    channel.where + "." + values.spelled("capacity"),
                    "makes transactions of at most "
                      + std::to_string(values.integer("capacity"))
                      + " events; without it only bytes count");
    if (values.is_set("capacity") && values.is_set("transaction_capacity")
        && values.integer("transaction_capacity") > values.integer("capacity"))
      context_.error(values.at("transaction_capacity"),
                     channel.where + "."
                       + values.spelled("transaction_capacity"),
                     std::to_string(values.integer("transaction_capacity"))
                       + " is more than the capacity "
                       + std::to_string(values.integer("capacity")));
  }

  const written_agent& from_;
  agent_config& agent_;
  const read_context& context_;
  string_list channels_;
  std::map<std::string, const channel_config*> by_name_;
  std::map<std::string, int> writers_;
  std::map<std::string, std::string> readers_;
  /// What sinks wrote that is no channel; empty if they wrote nothing.
  std::vector<std::string> lost_readers_;
};

} // namespace

void check_links(const written_agent& from, agent_config& agent,
                 const read_context& context) {
  link_check{from, agent, context}.run();
}

} // namespace sluice::config
