#include "config/json_conf.hpp"

#include "config/option_tables.hpp"
#include "config/substitution.hpp"

#include <functional>

namespace sluice::config {

namespace {

using form = written_value::form;

void substitute_all(written_value& value, const std::string& where,
                    const substitution_sources& sources,
                    const read_context& context) {
  if (value.is == form::text)
    substitute(value, where, sources, {}, context);
  for (auto& item : value.items)
    substitute_all(item, where, sources, context);
  for (auto& member : value.members)
    substitute_all(member.value,
                   where.empty() ? member.key : where + "." + member.key,
                   sources, context);
}

// Takes the tree apart; what it does not know stays an option, for the check
// against the table.
class json_shape {
public:
  explicit json_shape(const read_context& context) : context_(context) {
  }

  written_node node(const written_value& root) {
    written_node out;
    out.at = root.at;
    if (!is_object(root, {}, "the configuration")) {
      out.agents_unclear = true;
      return out;
    }
    for (const auto& member : root.members) {
      if (member.key == "metrics")
        out.metrics = component(member, "metrics", {});
      else if (member.key == "agents")
        agents(member.value, out);
      else
        out.options.push_back(member);
    }
    return out;
  }

private:
  bool is_object(const written_value& value, const std::string& where,
                 const char* what) {
    if (value.is == form::table)
      return true;
    context_.error(value.at, where, std::string{what} + " is not an object",
                   "{ … }");
    return false;
  }

  void agents(const written_value& value, written_node& out) {
    if (!is_object(value, "agents", "this")) {
      out.agents_unclear = true;
      return;
    }
    for (const auto& member : value.members) {
      if (is_object(member.value, "agents." + member.key, "an agent"))
        out.agents.push_back(agent(member));
      else
        out.agents_unclear = true;
    }
  }

  written_agent agent(const written_member& from) {
    written_agent out;
    out.name = from.key;
    out.where = "agents." + from.key;
    out.at = from.key_at;
    for (const auto& member : from.value.members) {
      const auto where = out.where + "." + member.key;
      if (member.key == "sources")
        out.sources_unclear = !each(member.value, where, [&](const auto& m) {
          out.sources.push_back(source(m, where + "." + m.key));
        });
      else if (member.key == "channels")
        out.channels_unclear = !each(member.value, where, [&](const auto& m) {
          out.channels.push_back(component(m, where + "." + m.key, {"type"}));
        });
      else if (member.key == "sinks")
        out.sinks_unclear = !each(member.value, where, [&](const auto& m) {
          out.sinks.push_back(sink(m, where + "." + m.key));
        });
      else
        out.options.push_back(member);
    }
    return out;
  }

  // Calls `take` for each member that is an object; false if something is not.
  bool each(const written_value& value, const std::string& where,
            const std::function<void(const written_member&)>& take) {
    if (!is_object(value, where, "this"))
      return false;
    bool all = true;
    for (const auto& member : value.members) {
      if (is_object(member.value, where + "." + member.key, "a component"))
        take(member);
      else
        all = false;
    }
    return all;
  }

  written_component component(const written_member& from,
                              const std::string& where,
                              std::vector<std::string> structure) {
    written_component out;
    out.name = from.key;
    out.where = where;
    out.at = from.key_at;
    out.structure = std::move(structure);
    const bool typed = !out.structure.empty();
    if (!is_object(from.value, where, "this"))
      return out;
    for (const auto& member : from.value.members) {
      if (typed && member.key == "type")
        out.type = member.value;
      else
        out.options.push_back(member);
    }
    return out;
  }

  // Takes one member out of the options.
  static std::optional<written_member> take(written_component& from,
                                            const std::string& key) {
    for (auto at = from.options.begin(); at != from.options.end(); ++at) {
      if (at->key != key)
        continue;
      auto out = std::move(*at);
      from.options.erase(at);
      return out;
    }
    return std::nullopt;
  }

  written_source source(const written_member& from, const std::string& where) {
    written_source out{
      component(from, where, {"type", "channels", "interceptors", "selector"})};
    if (auto channels = take(out, "channels"))
      out.channels = std::move(channels->value);
    if (const auto chain = take(out, "interceptors"))
      interceptors(chain->value, where + ".interceptors", out);
    if (auto selector = take(out, "selector")) {
      if (selector->value.is == form::text) {
        out.selector = written_component{.name = "selector",
                                         .where = where + ".selector",
                                         .at = selector->value.at,
                                         .type = selector->value};
      } else if (is_object(selector->value, where + ".selector", "this")) {
        out.selector = component(*selector, where + ".selector", {"type"});
      }
    }
    return out;
  }

  void interceptors(const written_value& chain, const std::string& where,
                    written_source& out) {
    if (chain.is != form::list) {
      context_.error(chain.at, where, "is not an array",
                     "an array of interceptors, in their order");
      return;
    }
    for (const auto& item : chain.items) {
      const auto index = out.interceptors.size() + 1;
      const auto place = where + "[" + std::to_string(index) + "]";
      if (!is_object(item, place, "an interceptor"))
        continue;
      written_member member{"i" + std::to_string(index), item.at, item};
      auto each = component(member, place, {"type", "name"});
      if (const auto name = take(each, "name")) {
        if (name->value.is == form::text)
          each.name = name->value.content;
        else
          context_.error(name->value.at, place + ".name", "is not a string",
                         "a name");
      }
      for (const auto& other : out.interceptors)
        if (other.name == each.name)
          context_.error(item.at, place,
                         "the name " + in_quotes(each.name) + " stands twice");
      out.interceptors.push_back(std::move(each));
    }
  }

  written_sink sink(const written_member& from, const std::string& where) {
    written_sink out{component(from, where, {"type", "channel"})};
    if (auto channel = take(out, "channel"))
      out.channel = std::move(channel->value);
    return out;
  }

  const read_context& context_;
};

} // namespace

written_node written_in_json(written_value tree,
                             const substitution_sources& sources,
                             const read_context& context) {
  substitute_all(tree, {}, sources, context);
  return json_shape{context}.node(tree);
}

} // namespace sluice::config
