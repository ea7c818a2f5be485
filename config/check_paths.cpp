// What stands on disk: directories that must be there, and nobody's output as
// somebody's input. Only looks; creates nothing.
#include "config/check_agent.hpp"
#include "config/tail_command.hpp"
#include "config/units.hpp"

#include <map>

namespace sluice::config {

namespace {

constexpr std::uint64_t state_room_min = 1U << 20;

std::string parent_of(const std::string& path) {
  const auto end = path.find_last_not_of('/');
  if (end == std::string::npos)
    return path.empty() ? "." : "/";
  const auto slash = path.rfind('/', end);
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

using file_id = std::pair<std::uint64_t, std::uint64_t>;

class path_check {
public:
  path_check(const node_config& node, const read_context& context)
    : node_(node),
      context_(context) {
  }

  void run() {
    check_state_dir();
    for (const auto& agent : node_.agents)
      for (const auto& source : agent.sources)
        if (source.type == "spooldir" && source.values.is_set("path"))
          check_spool(source);
    for (const auto& agent : node_.agents)
      for (const auto& source : agent.sources)
        if (source.type == "exec" && source.values.is_set("command"))
          keep_tailed(source);
        else if (source.type == "taildir" && source.values.is_set("groups"))
          keep_groups(source);
    for (const auto& agent : node_.agents)
      for (const auto& sink : agent.sinks)
        if (sink.type == "logger" && sink.values.is_set("path"))
          check_output(sink);
  }

private:
  [[nodiscard]] path_facts ask(const std::string& path) const {
    return context_.checks->path(path);
  }

  void check_state_dir() {
    const bool given = !context_.checks->state_dir.empty();
    if (!given && !node_.state_dir)
      return;
    const auto path = given ? context_.checks->state_dir : *node_.state_dir;
    const location at = given ? location{node_.file} : node_.state_dir_at;
    const auto what = "the state directory " + in_quotes(path);
    auto standing = path;
    auto facts = ask(standing);
    const bool there = facts.exists;
    // It is created at the start; what counts is where.
    while (!facts.exists && parent_of(standing) != standing) {
      standing = parent_of(standing);
      facts = ask(standing);
    }
    if (!facts.is_directory) {
      context_.error(at, "state_dir",
                     there ? what + " is not a directory"
                           : what + " cannot be created: " + in_quotes(standing)
                               + " is not a directory");
      return;
    }
    if (there)
      state_ = file_id{facts.device, facts.inode};
    if (!facts.keeps_files)
      context_.error(at, "state_dir",
                     what + ": " + in_quotes(standing)
                       + " is the kernel's, no file can be made there");
    else if (facts.read_only)
      context_.error(at, "state_dir", what + " is on a read-only file system");
    else if (!facts.writable || (there && !facts.readable))
      context_.error(at, "state_dir",
                     what + " cannot be written: no permission");
    else if (facts.free_bytes < state_room_min)
      context_.error(at, "state_dir", what + " is on a full file system",
                     "at least "
                       + show_size(static_cast<std::int64_t>(state_room_min))
                       + " free");
    if (facts.volatile_system == "tmpfs")
      context_.warning(at, "state_dir",
                       what + " is on tmpfs: a reboot loses the positions");
    else if (facts.volatile_system == "nfs")
      context_.warning(at, "state_dir",
                       what + " is on NFS: locks and syncs may not hold");
  }

  void check_spool(const source_config& source) {
    const auto& path = source.values.text("path");
    const auto at = source.values.at("path");
    const auto where = source.where + "." + source.values.spelled("path");
    const auto facts = ask(path);
    if (!facts.exists) {
      if (!source.values.flag("create"))
        context_.error(at, where, in_quotes(path) + " does not exist",
                       "a directory; `create` makes one");
      return;
    }
    if (!facts.is_directory) {
      // Behind a directory we may not search, nothing is known but that.
      context_.error(at, where,
                     in_quotes(path)
                       + (facts.device == 0 && facts.inode == 0
                            ? " cannot be reached: no permission"
                            : " is not a directory"));
      return;
    }
    if (!facts.readable || !facts.writable) {
      context_.error(at, where,
                     in_quotes(path) + " cannot be "
                       + (facts.readable ? "written" : "read")
                       + ": no permission",
                     "a directory to read files in and to rename them");
      return;
    }
    const file_id id{facts.device, facts.inode};
    if (state_ == id)
      context_.error(at, where,
                     in_quotes(path)
                       + " is the state directory: the source "
                         "would read its own positions");
    const auto [other, fresh] = spools_.emplace(id, source.where);
    if (!fresh)
      context_.error(at, where,
                     in_quotes(path) + " belongs to " + other->second
                       + " already; a spool directory has one owner");
  }

  void keep_tailed(const source_config& source) {
    const auto tail = parse_tail(source.values.list("command"));
    if (!tail)
      return;
    const auto facts = ask(tail->path);
    if (facts.exists)
      tailed_.emplace(file_id{facts.device, facts.inode}, source.where);
  }

  void keep_groups(const source_config& source) {
    for (const auto& [name, place] : source.values.table("groups")) {
      const auto slash = place.rfind('/');
      if (slash == std::string::npos)
        continue;
      const auto directory = slash == 0 ? "/" : place.substr(0, slash);
      const auto facts = ask(directory);
      if (!facts.is_directory)
        continue;
      const file_id id{facts.device, facts.inode};
      if (state_ == id)
        context_.error(source.values.place_of("groups", name).at,
                       source.where + "." + source.values.spelled("groups")
                         + "." + name,
                       in_quotes(directory)
                         + " is the state directory: the source would read "
                           "its own positions");
      groups_.push_back({id, place.substr(slash + 1), source.where});
    }
  }

  /// The source that follows a file of this name, or nothing.
  std::string follower_of(const file_id& directory,
                          const std::string& name) const {
    if (context_.checks->matches)
      for (const auto& g : groups_)
        if (g.directory == directory
            && context_.checks->matches(g.pattern, name))
          return g.source;
    return {};
  }

  void check_output(const sink_config& sink) {
    const auto& path = sink.values.text("path");
    const auto at = sink.values.at("path");
    const auto where = sink.where + ".path";
    const auto wrong = [&](const std::string& what) {
      context_.error(at, where, in_quotes(path) + what);
    };
    const auto facts = ask(path);
    const auto around = ask(parent_of(path));
    if (facts.exists && !facts.is_regular)
      return wrong(" is not a regular file");
    if (facts.exists && (!facts.writable || !facts.readable))
      return wrong(" cannot be read and written: no permission");
    if (!around.exists)
      return wrong(" cannot be created: its directory does not exist");
    if (!around.is_directory)
      return wrong(" cannot be created: what should hold it is no directory");
    if (!facts.exists && !around.writable)
      return wrong(" cannot be created: no permission");
    const auto spool = spools_.find({around.device, around.inode});
    if (spool != spools_.end())
      wrong(" is in the directory of " + spool->second
            + ": the output would be read again");
    if (facts.exists)
      if (const auto tail = tailed_.find({facts.device, facts.inode});
          tail != tailed_.end())
        wrong(" is followed by " + tail->second
              + ": the output would be read again");
    const file_id directory{around.device, around.inode};
    const auto name = path.substr(path.rfind('/') + 1);
    if (const auto source = follower_of(directory, name); !source.empty())
      wrong(" is followed by " + source + ": the output would be read again");
    const auto [other, fresh]
      = outputs_.emplace(std::pair{directory, name}, sink.where);
    if (!fresh)
      wrong(" belongs to " + other->second + " already");
  }

  const node_config& node_;
  const read_context& context_;
  std::optional<file_id> state_;
  std::map<file_id, std::string> spools_;
  std::map<file_id, std::string> tailed_;
  struct followed_group {
    file_id directory;
    std::string pattern;
    std::string source;
  };
  std::vector<followed_group> groups_;
  /// By directory and name, however the path is written.
  std::map<std::pair<file_id, std::string>, std::string> outputs_;
};

} // namespace

void check_paths(const node_config& node, const read_context& context) {
  if (context.checks->path)
    path_check{node, context}.run();
}

} // namespace sluice::config
