#include "config/read_config.hpp"

#include "config/check_agent.hpp"
#include "config/file_text.hpp"
#include "config/flume_conf.hpp"
#include "config/json_conf.hpp"
#include "config/json_text.hpp"
#include "config/option_tables.hpp"

#include <charconv>
#include <set>

namespace sluice::config {

namespace {

// Node names may be host names, so a dot is fine in them.
void check_node_name(const options& values, const char* key,
                     const read_context& context) {
  if (!values.is_set(key))
    return;
  auto name = values.text(key);
  for (char& c : name)
    if (c == '.')
      c = '-';
  check_name(name, key, values.at(key), key, context);
}

void check_port(const metrics_config& metrics, const read_context& context) {
  if (!context.checks->port || metrics.port == 0)
    return;
  if (const auto problem = context.checks->port(metrics.address, metrics.port))
    context.error(metrics.at, "metrics.port",
                  "cannot listen on " + metrics.address + ":"
                    + std::to_string(metrics.port) + ": " + *problem);
}

void read_metrics(const written_component& from, node_config& out,
                  const read_context& context) {
  std::set<std::string> misspelt;
  const auto errors = context.found->error_count();
  const auto values = read_options(from, metrics_spec(), context, misspelt);
  if (context.found->error_count() != errors)
    return;
  out.metrics = metrics_config{
    values.text("address"), static_cast<std::uint16_t>(values.integer("port")),
    values.at("port")};
  check_port(*out.metrics, context);
}

void read_node(const written_node& from, node_config& out,
               const read_context& context) {
  written_component own{
    .at = from.at, .options = from.options, .structure = {"agents", "metrics"}};
  std::set<std::string> misspelt;
  const auto values = read_options(own, node_spec(), context, misspelt);
  check_node_name(values, "node", context);
  check_node_name(values, "cluster", context);
  if (values.is_set("node"))
    out.node = values.text("node");
  if (values.has("cluster"))
    out.cluster = values.text("cluster");
  if (values.is_set("state_dir")) {
    out.state_dir = values.text("state_dir");
    out.state_dir_at = values.at("state_dir");
  }
  if (from.metrics)
    read_metrics(*from.metrics, out, context);
  if (from.agents.empty() && !from.agents_unclear
      && !misspelt.contains("agents"))
    context.error(from.at, {}, "has no agents",
                  R"("agents": {"NAME": {"sources": …, "channels": …, )"
                  R"("sinks": …}})");
  for (const auto& agent : from.agents)
    out.agents.push_back(check_agent(agent, context));
  check_paths(out, context);
}

// -Dflume.monitoring.type=http and -Dflume.monitoring.port, as Flume.
void read_monitoring(const std::map<std::string, std::string>& properties,
                     node_config& out, const read_context& context) {
  const auto type = properties.find("flume.monitoring.type");
  const auto port = properties.find("flume.monitoring.port");
  const location at{"the command line"};
  if (type != properties.end() && type->second != "http") {
    context.error(at, "-Dflume.monitoring.type",
                  in_quotes(type->second) + " is not built", "http");
    return;
  }
  if (type == properties.end())
    return;
  // Flume's own default.
  metrics_config metrics{.port = 41414, .at = at};
  if (port != properties.end()) {
    const auto& text = port->second;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, metrics.port);
    if (read.ec != std::errc{} || read.ptr != end) {
      context.error(at, "-Dflume.monitoring.port",
                    in_quotes(text) + " is not a port",
                    "an integer from 0 to 65535");
      return;
    }
  }
  out.metrics = metrics;
  check_port(metrics, context);
}

/// A Flume file given without an agent's name; told by its first sign.
bool is_flume(const std::string& file, const std::string& text,
              const read_context& context) {
  const auto first = text.find_first_not_of(" \t\r\n\f");
  if (first == std::string::npos
      || std::string_view{"{[/\""}.find(text[first]) != std::string_view::npos)
    return false;
  const auto agents = flume_agents(file, text, context);
  if (agents.empty())
    return false;
  context.error(
    {file}, {}, "is a Flume file, which needs the name of one of its agents",
    "sluice check -n " + agents.front() + " " + file
      + ", and to run it sluice agent -n " + agents.front() + " -f " + file
      + (agents.size() == 1 ? "" : "; its agents: " + joined(agents)));
  return true;
}

} // namespace

reading read_json(const std::string& file, const substitution_sources& sources,
                  const outside_checks& checks) {
  reading out;
  out.config.file = file;
  const read_context context{dialect::native, &checks, &out.found};
  const auto text = read_text(file, context);
  if (!text || is_flume(file, *text, context))
    return out;
  auto tree = parse_json(file, *text, context);
  if (!tree)
    return out;
  read_node(written_in_json(std::move(*tree), sources, context), out.config,
            context);
  return out;
}

reading read_flume(const std::string& file, const std::string& agent,
                   const substitution_sources& sources,
                   const outside_checks& checks) {
  reading out;
  out.config.file = file;
  const read_context context{dialect::flume, &checks, &out.found};
  const auto text = read_text(file, context);
  if (!text)
    return out;
  const auto properties = parse_properties(file, *text, context);
  if (properties.empty()) {
    if (!out.found.has_errors())
      context.error({file}, {}, "has nothing but comments");
    return out;
  }
  read_monitoring(sources.properties, out.config, context);
  read_node(written_in_flume(properties, file, agent, sources, context),
            out.config, context);
  return out;
}

} // namespace sluice::config
