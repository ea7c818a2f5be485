// What the options of one component mean together.
#include "config/check_agent.hpp"
#include "config/tail_command.hpp"

#include <algorithm>

namespace sluice::config {

namespace {

std::string where_of(const component_config& component,
                     const std::string& key) {
  return component.where + "." + component.values.spelled(key);
}

void check_exec(const component_config& source, const read_context& context) {
  if (!source.values.is_set("command"))
    return;
  const auto tail = parse_tail(source.values.list("command"));
  if (!tail)
    context.error(source.values.at("command"), where_of(source, "command"),
                  "other commands are not built yet: " + tail.error().text);
}

// Flume uses the groups in the list `filegroups` and no others.
void check_group_names(component_config& source, const read_context& context) {
  auto& values = source.values;
  if (context.how != dialect::flume)
    return;
  if (!values.is_set("group_names")) {
    if (values.is_set("groups") && values.spelled("groups") == "filegroups")
      context.error(source.at, source.where, "has no filegroups",
                    "the names of the groups to use");
    return;
  }
  const auto& names = values.list("group_names");
  string_table used;
  for (const auto& name : names) {
    const auto& groups = values.table("groups");
    const auto group
      = std::find_if(groups.begin(), groups.end(),
                     [&](const auto& each) { return each.first == name; });
    if (group != groups.end()) {
      used.push_back(*group);
    } else if (values.is_set("groups")) {
      string_list there;
      for (const auto& each : groups)
        there.push_back(each.first);
      context.error(values.at("group_names"), where_of(source, "group_names"),
                    "the group " + in_quotes(name) + " is not defined",
                    source.where + ".filegroups." + name, nearest(name, there));
    }
  }
  for (const auto& [name, pattern] : values.table("groups"))
    if (std::find(names.begin(), names.end(), name) == names.end())
      context.warning(values.place_of("groups", name).at,
                      where_of(source, "groups") + "." + name,
                      "is not in the list filegroups and is ignored");
  if (values.is_set("groups"))
    values.set("groups", used, values.at("groups"), values.spelled("groups"));
}

void check_taildir(component_config& source, const read_context& context) {
  check_group_names(source, context);
  for (const auto& [name, path] : source.values.table("groups")) {
    const auto place = source.values.place_of("groups", name);
    const auto where = where_of(source, "groups") + "." + name;
    const auto slash = path.rfind('/');
    if (!path.starts_with('/')) {
      context.error(place.at, where, in_quotes(path) + " is not absolute",
                    "a directory from / on and a pattern for the names in it");
      continue;
    }
    const auto pattern = path.substr(slash + 1);
    if (pattern.empty()) {
      context.error(place.at, where, "has no pattern for the names",
                    "a directory and a regular expression, as /var/log/.*");
      continue;
    }
    if (!context.checks->pattern)
      continue;
    if (const auto problem = context.checks->pattern(pattern))
      context.error(place.at, where,
                    in_quotes(pattern) + " cannot be compiled: " + *problem,
                    "a regular expression");
  }
  for (const auto& [name, value] : source.values.table("headers"))
    if (name.find('.') == std::string::npos)
      context.error(source.values.place_of("headers", name).at,
                    where_of(source, "headers") + "." + name, "names no header",
                    "GROUP.HEADER");
}

} // namespace

void check_component(component_config& component, delivery_demand demand,
                     const read_context& context) {
  if (component.type == "exec")
    check_exec(component, context);
  else if (component.type == "taildir")
    check_taildir(component, context);
  else if (component.type == "kafka")
    check_kafka(component, demand, context);
}

} // namespace sluice::config
