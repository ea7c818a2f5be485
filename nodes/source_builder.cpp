// source_builder: a source's options as its reader and actor.
#include "actors/core/text/pattern.hpp"
#include "actors/source/sources.hpp"
#include "config/flume_positions.hpp"
#include "config/tail_command.hpp"
#include "nodes/agent_builder.hpp"
#include "nodes/state_paths.hpp"

#include <algorithm>
#include <filesystem>

namespace sluice {

namespace {

using name_predicate = std::function<bool(std::string_view)>;

result<name_predicate> name_pattern(const std::string& text) {
  auto made = pattern::compile(text, {.dot_all = true});
  if (!made)
    return made.error();
  // Shared: a predicate is copied with its options; used by one thread.
  const auto shared = std::make_shared<pattern>(std::move(*made));
  return name_predicate{
    [shared](std::string_view name) { return shared->matches_all(name); }};
}

split_options framing_of(const config::options& v) {
  split_options framing;
  framing.line_max = static_cast<std::uint32_t>(v.size("max_line"));
  framing.strip_cr = v.text("crlf") == "strip";
  return framing;
}

result<make_reader> spooldir_of(const config::source_config& source) {
  const auto& v = source.values;
  spool_options o;
  o.source = source.name;
  o.path = v.text("path");
  if (v.flag("create")) {
    std::error_code ec;
    std::filesystem::create_directories(o.path, ec);
  }
  auto include = name_pattern(v.text("include"));
  if (!include)
    return include.error();
  o.include = *include;
  auto ignore = name_pattern(v.text("ignore"));
  if (!ignore)
    return ignore.error();
  o.ignore = *ignore;
  o.consume = v.text("order") == "youngest" ? spool_options::order::youngest
                                            : spool_options::order::oldest;
  o.suffix = v.text("suffix");
  o.on_complete = v.text("on_complete") == "delete"
                    ? spool_options::completion::remove
                    : spool_options::completion::rename;
  o.framing = framing_of(v);
  if (v.flag("file_header"))
    o.file_header = v.text("file_header_key");
  if (v.flag("basename_header"))
    o.basename_header = v.text("basename_header_key");
  o.poll_interval = v.duration("poll_interval");
  return make_spooldir(std::move(o));
}

/// Whether a sink that this source reaches goes on from a store that the
/// state directory knows nothing of: then its sources must do so too.
bool adopts_lost_state(const config::agent_config& agent,
                       const config::source_config& source) {
  const auto& mine = source.channels;
  return std::any_of(
    agent.sinks.begin(), agent.sinks.end(),
    [&](const config::sink_config& sink) {
      return sink.values.has("lost_state")
             && sink.values.text("lost_state") == "adopt"
             && std::find(mine.begin(), mine.end(), sink.channel) != mine.end();
    });
}

/// Flume's positions, when the first start asks for them.
std::function<result<std::vector<imported_position>>()>
import_of(const std::string& path, const std::string& source) {
  return [path, source]() -> result<std::vector<imported_position>> {
    auto theirs = config::read_flume_positions(path);
    if (!theirs)
      return theirs.error();
    std::vector<imported_position> out;
    if (!*theirs) {
      log::info(source, "no positions of Flume to import: there is no " + path);
      return out;
    }
    for (auto& p : **theirs)
      out.push_back({p.inode, p.offset, std::move(p.path)});
    log::info(source, "imported the positions of " + std::to_string(out.size())
                        + " files from " + path);
    return out;
  };
}

/// How often a growing file is read at most: a part of the shortest commit
/// interval that its lines wait for anyway.
std::chrono::milliseconds pace_of(const config::agent_config& agent,
                                  const config::source_config& source) {
  constexpr std::chrono::milliseconds least{8};
  constexpr std::chrono::milliseconds most{25};
  auto shortest = least;
  bool any = false;
  const auto& mine = source.channels;
  for (const auto& sink : agent.sinks) {
    if (std::find(mine.begin(), mine.end(), sink.channel) == mine.end()
        || !sink.values.has("commit_interval"))
      continue;
    const auto interval = sink.values.duration("commit_interval");
    shortest = any ? std::min(shortest, interval) : interval;
    any = true;
  }
  return any ? std::clamp(shortest / 6, least, most) : least;
}

/// What taildir and exec share.
result<follower_options>
follow_options_of(const node_parts& node, const config::agent_config& agent,
                  const config::source_config& source) {
  const auto& v = source.values;
  follower_options o;
  o.source = source.name;
  o.rotate_wait = v.duration("rotate_wait");
  o.framing = framing_of(v);
  o.poll_interval = v.duration("poll_interval");
  o.pace = pace_of(agent, source);
  o.start_path = start_file_of(node.state_dir, agent.name, source.name);
  o.adopt_lost_state = adopts_lost_state(agent, source);
  o.positions_command = node.positions_command;
  o.files_open_max = node.files_open_max;
  const auto& mine = source.channels;
  for (const auto& sink : agent.sinks)
    if (std::find(mine.begin(), mine.end(), sink.channel) != mine.end())
      o.route = route_of(node, agent.name, sink.name).value();
  if (!v.has("rotated"))
    return o;
  if (v.text("rotated") == "none") {
    o.rotated = rotated_names::none();
    return o;
  }
  auto names = name_pattern(v.text("rotated"));
  if (!names)
    return names.error();
  o.rotated = rotated_names{std::move(*names)};
  return o;
}

result<make_reader> taildir_of(const node_parts& node,
                               const config::agent_config& agent,
                               const config::source_config& source) {
  const auto& v = source.values;
  auto made = follow_options_of(node, agent, source);
  if (!made)
    return made.error();
  auto& o = *made;
  if (v.has("flume_positions"))
    o.import = import_of(v.text("flume_positions"), source.name);
  if (v.flag("file_header"))
    o.file_header = v.text("file_header_key");
  for (const auto& [name, place] : v.table("groups")) {
    follow_group group;
    const auto slash = place.rfind('/');
    group.directory = place.substr(0, slash);
    auto matches = name_pattern(place.substr(slash + 1));
    if (!matches)
      return matches.error();
    group.matches = *matches;
    if (v.has("exclude") && !v.text("exclude").empty()) {
      auto exclude = name_pattern(v.text("exclude"));
      if (!exclude)
        return exclude.error();
      group.exclude = *exclude;
    }
    group.start.kind = v.text("start") == "end" ? tail_start::from::end
                                                : tail_start::from::beginning;
    for (const auto& [key, value] : v.table("headers"))
      if (key.starts_with(name + "."))
        group.headers[key.substr(name.size() + 1)] = value;
    o.groups.push_back(std::move(group));
  }
  return make_taildir(std::move(o), node.descriptors);
}

tail_start start_of(const config::tail_command& c) {
  using theirs = config::tail_command::origin;
  using ours = tail_start::from;
  switch (c.start) {
  case theirs::last_lines:
    return {ours::last_lines, c.amount};
  case theirs::from_line:
    return {ours::line, c.amount};
  case theirs::last_bytes:
    return {ours::last_bytes, c.amount};
  case theirs::from_byte:
    return {ours::byte, c.amount};
  }
  return {};
}

result<make_reader> exec_of(const node_parts& node,
                            const config::agent_config& agent,
                            const config::source_config& source) {
  const auto command = config::parse_tail(source.values.list("command"));
  if (!command)
    return command.error();
  auto options = follow_options_of(node, agent, source);
  if (!options)
    return options.error();
  return make_exec(std::move(*options), command->path, start_of(*command),
                   node.descriptors);
}

result<make_reader> reader_of(const node_parts& node,
                              const config::agent_config& agent,
                              const config::source_config& source) {
  if (source.type == "spooldir")
    return spooldir_of(source);
  if (source.type == "taildir")
    return taildir_of(node, agent, source);
  if (source.type == "exec")
    return exec_of(node, agent, source);
  return failure{errc::config, "no source of type " + source.type};
}

} // namespace

result<child_spec> build_source(const node_parts& node,
                                const config::agent_config& agent,
                                const config::source_config& source,
                                std::size_t chain) {
  auto reader = reader_of(node, agent, source);
  if (!reader)
    return failure{reader.error().kind,
                   source.where + ": " + reader.error().text};
  reading_options options;
  if (source.values.has("batch_events"))
    options.events_max
      = static_cast<std::size_t>(source.values.integer("batch_events"));
  auto c = context_of(node, agent.name, source.name, component_kind::source,
                      source.type);
  return child_spec{"source-" + source.name,
                    "source",
                    {chain},
                    [c, make = *reader, chain,
                     options](const std::vector<caf::actor>& running) {
                      return spawn_reading_source(
                        c, make, caf::actor_cast<inlet>(running[chain]),
                        options);
                    },
                    c.beat,
                    c.cell};
}

} // namespace sluice
