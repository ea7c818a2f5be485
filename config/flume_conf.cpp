#include "config/flume_conf.hpp"

#include "config/option_tables.hpp"
#include "config/substitution.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sluice::config {

namespace {

// "sources.s1.path" to "sources" and "s1.path".
std::pair<std::string, std::string> split(const std::string& key) {
  const auto dot = key.find('.');
  if (dot == std::string::npos)
    return {key, {}};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

const std::vector<std::string>& top_keys() {
  static const std::vector<std::string> keys{
    "sources", "channels", "sinks", "sinkgroups", "configfilters", "delivery"};
  return keys;
}

// A list of names and what is defined under it.
struct section {
  std::optional<written_value> list;
  /// In the order of the file, by name.
  std::vector<written_component> defined;
  std::map<std::string, std::size_t> by_name;

  written_component& of(const std::string& name, const std::string& where,
                        const location& at) {
    const auto [known, fresh] = by_name.emplace(name, defined.size());
    if (fresh) {
      auto& each = defined.emplace_back();
      each.name = name;
      each.where = where + "." + name;
      each.at = at;
    }
    return defined[known->second];
  }

  written_component* find(const std::string& name) {
    const auto known = by_name.find(name);
    return known == by_name.end() ? nullptr : &defined[known->second];
  }
};

class flume_shape {
public:
  flume_shape(const std::vector<property>& properties, const std::string& agent,
              const substitution_sources& sources, const read_context& context)
    : properties_(properties),
      agent_(agent),
      sources_(sources),
      context_(context) {
    for (const auto& each : properties)
      by_key_.emplace(each.key, each.value.content);
  }

  std::optional<written_agent> read(const std::string& file) {
    std::map<std::string, location> others;
    location first;
    for (const auto& each : properties_) {
      const auto [owner, rest] = split(each.key);
      if (rest.empty()) {
        context_.info(each.key_at, each.key,
                      "belongs to no agent; it is only a name for ${…}");
        continue;
      }
      if (owner != agent_) {
        others.emplace(owner, each.key_at);
        continue;
      }
      if (first.line == 0)
        first = each.key_at;
      take(each, rest);
    }
    if (first.line == 0) {
      string_list names;
      for (const auto& [name, at] : others)
        names.push_back(name);
      context_.error({file}, {}, "has no agent " + in_quotes(agent_),
                     names.empty() ? std::string{"NAME.sources = …"}
                                   : "one of " + joined(names),
                     nearest(agent_, names));
      return std::nullopt;
    }
    for (const auto& [name, at] : others)
      context_.info(at, name, "is another agent; its keys are not read");
    return assemble(first);
  }

private:
  void take(const property& each, const std::string& key) {
    auto value = each.value;
    const auto& where = each.key;
    const auto [kind, rest] = split(key);
    if (kind == "sinkgroups" || kind == "configfilters") {
      if (!refused_.insert(kind).second)
        return;
      context_.error(each.key_at, where,
                     kind == "sinkgroups"
                       ? "sink groups are not built yet"
                       : "config filters are not built; ${env:NAME} and "
                         "${file:PATH} are");
      return;
    }
    substitute(value, where, sources_, lookup(), context_);
    if (kind == "delivery" && rest.empty()) {
      options_.push_back({kind, each.key_at, std::move(value)});
      return;
    }
    auto* const into = section_of(kind);
    if (into == nullptr) {
      unknown(each, kind);
      return;
    }
    if (rest.empty()) {
      into->list = std::move(value);
      return;
    }
    const auto [name, option] = split(rest);
    if (option.empty()) {
      context_.error(each.key_at, where, "names no option of " + name,
                     where + ".type and the like");
      return;
    }
    auto& component = into->of(name, agent_ + "." + kind, each.key_at);
    if (option == "type")
      component.type = std::move(value);
    else
      component.options.push_back({option, each.key_at, std::move(value)});
  }

  [[nodiscard]] property_lookup lookup() const {
    return [this](const std::string& name) -> std::optional<std::string> {
      if (const auto given = sources_.properties.find(name);
          given != sources_.properties.end())
        return given->second;
      const auto found = by_key_.find(name);
      if (found == by_key_.end())
        return std::nullopt;
      return found->second;
    };
  }

  section* section_of(const std::string& kind) {
    if (kind == "sources")
      return &source_section_;
    if (kind == "channels")
      return &channel_section_;
    if (kind == "sinks")
      return &sink_section_;
    return nullptr;
  }

  void unknown(const property& each, const std::string& kind) {
    const auto meant = nearest(kind, top_keys());
    context_.error(each.key_at, each.key,
                   in_quotes(kind) + " is nothing an agent has",
                   "one of " + joined(top_keys()), meant);
    unclear_.insert(meant);
  }

  // The components that the list names, in its order. What is only in one of
  // the two places is reported.
  std::vector<written_component> listed(section& from, const std::string& kind,
                                        const std::string& where) {
    std::vector<written_component> out;
    std::set<std::string> seen;
    string_list there;
    for (const auto& each : from.defined)
      there.push_back(each.name);
    if (from.list && !from.list->broken) {
      const auto names = read_list(*from.list, where, context_);
      for (const auto& name : names ? *names : string_list{}) {
        if (!seen.insert(name).second) {
          context_.error(from.list->at, where,
                         "the name " + in_quotes(name) + " stands twice");
          continue;
        }
        if (auto* const component = from.find(name)) {
          out.push_back(*component);
          continue;
        }
        context_.error(from.list->at, where,
                       in_quotes(name) + " is listed but not defined",
                       std::string{where}.append(".").append(name) + ".type",
                       nearest(name, there));
        unclear_.insert(kind);
      }
    }
    if (from.list && from.list->broken)
      unclear_.insert(kind);
    for (const auto& each : from.defined)
      if (!seen.contains(each.name))
        context_.warning(each.at, where + "." + each.name,
                         "is defined but not listed in " + where
                           + ", so it is ignored, as in Flume");
    return out;
  }

  // Moves the options that begin with `prefix` out of the component.
  static std::vector<written_member> take_below(written_component& from,
                                                const std::string& prefix) {
    std::vector<written_member> out;
    std::erase_if(from.options, [&](const written_member& member) {
      if (!member.key.starts_with(prefix))
        return false;
      out.push_back(member);
      out.back().key = member.key.substr(prefix.size());
      return true;
    });
    return out;
  }

  static std::optional<written_value> take_one(written_component& from,
                                               const std::string& key) {
    std::optional<written_value> out;
    std::erase_if(from.options, [&](const written_member& member) {
      if (member.key != key)
        return false;
      out = member.value;
      return true;
    });
    return out;
  }

  written_source source(written_component from) {
    written_source out{std::move(from)};
    out.structure = {"type", "channels", "interceptors", "selector.type"};
    out.channels = take_one(out, "channels");
    section chain;
    chain.list = take_one(out, "interceptors");
    const auto where = out.where + ".interceptors";
    for (auto& member : take_below(out, "interceptors.")) {
      const auto [name, option] = split(member.key);
      auto& each = chain.of(name, where, member.key_at);
      if (option == "type")
        each.type = std::move(member.value);
      else
        each.options.push_back(
          {option, member.key_at, std::move(member.value)});
    }
    out.interceptors = listed(chain, "interceptors", where);
    for (auto& each : out.interceptors)
      each.structure = {"type"};
    auto selector = take_below(out, "selector.");
    if (selector.empty())
      return out;
    written_component own{.name = "selector",
                          .where = out.where + ".selector",
                          .at = selector.front().key_at,
                          .structure = {"type"}};
    for (auto& member : selector) {
      if (member.key == "type")
        own.type = std::move(member.value);
      else
        own.options.push_back(std::move(member));
    }
    if (!own.type) {
      auto& type = own.type.emplace();
      type.content = type.shown = "replicating";
      type.at = own.at;
    }
    out.selector = std::move(own);
    return out;
  }

  written_agent assemble(const location& at) {
    written_agent out;
    out.name = agent_;
    out.where = agent_;
    out.at = at;
    out.options = std::move(options_);
    for (auto& each :
         listed(channel_section_, "channels", agent_ + ".channels")) {
      each.structure = {"type"};
      out.channels.push_back(std::move(each));
    }
    for (auto& each : listed(source_section_, "sources", agent_ + ".sources"))
      out.sources.push_back(source(std::move(each)));
    for (auto& each : listed(sink_section_, "sinks", agent_ + ".sinks")) {
      written_sink sink{std::move(each)};
      sink.structure = {"type", "channel"};
      sink.channel = take_one(sink, "channel");
      out.sinks.push_back(std::move(sink));
    }
    out.sources_unclear = unclear_.contains("sources");
    out.channels_unclear = unclear_.contains("channels");
    out.sinks_unclear
      = unclear_.contains("sinks") || refused_.contains("sinkgroups");
    return out;
  }

  const std::vector<property>& properties_;
  const std::string& agent_;
  const substitution_sources& sources_;
  const read_context& context_;
  std::map<std::string, std::string> by_key_;
  std::vector<written_member> options_;
  section source_section_;
  section channel_section_;
  section sink_section_;
  /// Stations about which a mistake was reported already.
  std::set<std::string> unclear_;
  std::set<std::string> refused_;
};

} // namespace

written_node written_in_flume(const std::vector<property>& properties,
                              const std::string& file, const std::string& agent,
                              const substitution_sources& sources,
                              const read_context& context) {
  written_node out;
  out.at = {file, 1, 1};
  auto read = flume_shape{properties, agent, sources, context}.read(file);
  out.agents_unclear = !read;
  if (read)
    out.agents.push_back(std::move(*read));
  return out;
}

string_list flume_agents(const std::string& file, const std::string& text,
                         const read_context& context) {
  diagnostics unheard;
  const read_context aside{dialect::flume, context.checks, &unheard};
  std::set<std::string> names;
  for (const auto& each : parse_properties(file, text, aside)) {
    const auto [owner, rest] = split(each.key);
    if (rest == "sources" || rest == "channels" || rest == "sinks")
      names.insert(owner);
  }
  return {names.begin(), names.end()};
}

} // namespace sluice::config
