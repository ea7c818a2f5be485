#include "config/check_agent.hpp"

#include "config/guarantee.hpp"
#include "config/option_tables.hpp"
#include "config/words.hpp"

#include <algorithm>
#include <cctype>
#include <map>

namespace sluice::config {

namespace {

constexpr std::size_t name_max = 64;

bool fits_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'
         || c == '-';
}

template <class Component>
void check_names(const std::vector<Component>& components, station at,
                 const read_context& context) {
  std::map<std::string, std::string> folded;
  for (const auto& each : components) {
    check_name(each.name, to_string(at), each.at, each.where, context);
    const auto [other, fresh] = folded.emplace(lower(each.name), each.name);
    if (!fresh && other->second != each.name)
      context.warning(each.at, each.where,
                      std::string{"the names of "} + to_string(at) + "s "
                        + other->second + " and " + each.name
                        + " differ only in case");
  }
}

// A component without a type: the key may be there, misspelt.
void report_no_type(const written_component& from, station at,
                    const read_context& context) {
  for (const auto& member : from.options) {
    if (nearest(member.key, {"type"}).empty())
      continue;
    context.error(member.key_at, from.where + "." + member.key,
                  "unknown option", {}, "type");
    return;
  }
  context.error(from.at, from.where, "has no type",
                "one of " + joined(type_names(at)));
}

const component_spec* spec_of(const written_component& from, station at,
                              const read_context& context) {
  if (!from.type) {
    report_no_type(from, at, context);
    return nullptr;
  }
  const auto& type = *from.type;
  if (type.broken)
    return nullptr;
  const auto where = from.where + ".type";
  if (type.is != written_value::form::text) {
    context.error(type.at, where,
                  type.is == written_value::form::null
                    ? "is null; the type of that name is written \"null\""
                    : "is not a string",
                  "one of " + joined(type_names(at)));
    return nullptr;
  }
  if (const auto* spec = find_spec(at, type.content))
    return spec;
  const auto expected = "one of " + joined(type_names(at));
  if (is_known_to_flume(at, type.content))
    context.error(type.at, where,
                  "Flume's " + std::string{to_string(at)} + " "
                    + in_quotes(type.shown) + " is not built yet",
                  expected);
  else if (type.content.find('.') != std::string::npos)
    context.error(type.at, where,
                  "custom Java class not supported: " + in_quotes(type.shown),
                  expected);
  else
    context.error(type.at, where,
                  "unknown type " + in_quotes(type.shown) + " of a "
                    + to_string(at),
                  expected, nearest(type.shown, type_names(at)));
  return nullptr;
}

// Fills what all components have; gives back the structural keys that are
// missing only because they are misspelt.
std::set<std::string> read_component(const written_component& from, station at,
                                     delivery_demand demand,
                                     component_config& out,
                                     const read_context& context) {
  std::set<std::string> misspelt;
  const auto errors = context.found->error_count();
  out.name = from.name;
  out.at = from.at;
  out.where = from.where;
  if (const auto* spec = spec_of(from, at, context)) {
    out.type = spec->type;
    out.values = read_options(from, *spec, context, misspelt);
    if (out.values.is_set("delivery"))
      demand = demand_in(out.values);
    check_component(out, demand, context);
  } else {
    // What its options mean is unknown; its links are not.
    for (const auto& member : from.options)
      misspelt.insert(nearest(member.key, from.structure));
  }
  out.sound = context.found->error_count() == errors;
  return misspelt;
}

source_config read_source(const written_source& from, delivery_demand demand,
                          const read_context& context) {
  source_config out;
  const auto misspelt
    = read_component(from, station::source, demand, out, context);
  if (from.channels && !from.channels->broken) {
    if (auto names
        = read_list(*from.channels, from.where + ".channels", context))
      out.channels = std::move(*names);
  } else if (!from.channels && !misspelt.contains("channels")) {
    context.error(from.at, from.where, "has no channels",
                  "the names of one or more channels");
  }
  const auto errors = context.found->error_count();
  check_names(from.interceptors, station::interceptor, context);
  for (const auto& each : from.interceptors)
    read_component(each, station::interceptor, demand,
                   out.interceptors.emplace_back(), context);
  if (from.selector) {
    read_component(*from.selector, station::selector, demand, out.selector,
                   context);
  } else {
    out.selector.name = "selector";
    out.selector.type = "replicating";
    out.selector.at = from.at;
    out.selector.where = from.where + ".selector";
  }
  out.sound = out.sound && context.found->error_count() == errors;
  return out;
}

std::string channel_of(const written_sink& from, const read_context& context) {
  const auto& channel = *from.channel;
  const auto where = from.where + ".channel";
  if (channel.broken)
    return {};
  const bool several
    = channel.is == written_value::form::list
      || (channel.is == written_value::form::text
          && channel.content.find_first_of(" \t,") != std::string::npos);
  if (several) {
    const auto names = read_list(channel, where, context);
    if (names && names->size() != 1)
      context.error(channel.at, where,
                    "a sink has one channel, not " + joined(*names),
                    "the name of one channel");
    else if (names)
      context.error(channel.at, where, "is not the name of a channel",
                    "the name of one channel");
    return {};
  }
  if (channel.is != written_value::form::text || channel.content.empty()) {
    context.error(channel.at, where, "is not a name",
                  "the name of one channel");
    return {};
  }
  return channel.content;
}

sink_config read_sink(const written_sink& from, delivery_demand demand,
                      const read_context& context) {
  sink_config out;
  const auto misspelt
    = read_component(from, station::sink, demand, out, context);
  if (from.channel)
    out.channel = channel_of(from, context);
  else if (!misspelt.contains("channel"))
    context.error(from.at, from.where, "has no channel",
                  "the name of one channel");
  return out;
}

} // namespace

void check_name(const std::string& name, const std::string& what,
                const location& at, const std::string& where,
                const read_context& context) {
  if (name.empty() || name.size() > name_max
      || !std::all_of(name.begin(), name.end(), fits_name))
    context.error(at, where,
                  in_quotes(name) + " cannot be the name of "
                    + (std::string_view{"aeiou"}.find(what.front())
                           == std::string_view::npos
                         ? "a "
                         : "an ")
                    + what,
                  "1 to 64 letters, digits, _ and -");
}

agent_config check_agent(const written_agent& from,
                         const read_context& context) {
  agent_config out;
  out.name = from.name;
  out.at = from.at;
  out.where = from.where;
  check_name(from.name, "agent", from.at, from.where, context);
  written_component own{.where = from.where,
                        .at = from.at,
                        .options = from.options,
                        .structure = {"sources", "channels", "sinks"}};
  std::set<std::string> misspelt;
  out.values = read_options(own, agent_spec(), context, misspelt);
  out.delivery = demand_in(out.values);
  check_names(from.sources, station::source, context);
  check_names(from.channels, station::channel, context);
  check_names(from.sinks, station::sink, context);
  for (const auto& each : from.sources)
    out.sources.push_back(read_source(each, out.delivery, context));
  for (const auto& each : from.channels)
    read_component(each, station::channel, out.delivery,
                   out.channels.emplace_back(), context);
  for (const auto& each : from.sinks)
    out.sinks.push_back(read_sink(each, out.delivery, context));
  auto seen = from;
  seen.sources_unclear |= misspelt.contains("sources");
  seen.channels_unclear |= misspelt.contains("channels");
  seen.sinks_unclear |= misspelt.contains("sinks");
  check_links(seen, out, context);
  check_demands(out, *context.found);
  return out;
}

} // namespace sluice::config
