// `sluice positions rename OLD NEW`: what was OLD's is NEW's.
#include "actors/core/base/durable_file.hpp"
#include "actors/core/kafka/positions_edit.hpp"
#include "actors/core/store/position_store.hpp"
#include "nodes/positions.hpp"
#include "nodes/state_paths.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace sluice {

namespace {

/// Every step can be taken again: what is renamed already is left alone.
class renaming {
public:
  renaming(const offline_node& node, route_id from, route_id to)
    : node_(node),
      from_(std::move(from)),
      to_(std::move(to)) {
  }

  positions_answer run() {
    positions_answer out;
    auto done = check();
    if (done)
      done = topics();
    if (done)
      done = slots();
    if (done)
      done = start_files();
    out.text = text_;
    if (!done)
      out.trouble = done.error();
    else if (text_.empty())
      out.trouble
        = failure{errc::state_lost, "nothing is known of route " + from_.value()
                                      + "; `positions show` lists the routes"};
    else if (!node_.has_sink(to_))
      out.text
        += "note: the configuration has no sink of route " + to_.value() + "\n";
    return out;
  }

private:
  result<void> check() const {
    for (const auto& route : {from_, to_})
      if (!parts_of(route))
        return failure{errc::config, route.value()
                                       + " is no route, which is "
                                         "CLUSTER/NODE/AGENT/SINK"};
    if (from_ == to_)
      return failure{errc::config, "both routes are the same"};
    return {};
  }

  result<void> topics() {
    for (const auto& settings : node_.topics()) {
      auto client = node_.connect(settings);
      if (!client)
        return client.error();
      auto done = rename_route(settings, **client, from_, to_);
      if (!done)
        return done.error();
      if (done->changed)
        text_ += settings.positions_topic + ": "
                 + counted_positions(done->positions) + "\n";
      if (auto noted = seen(done->lanes); !noted)
        return noted;
    }
    return {};
  }

  /// Behind the topic: until then the guard knows less than is committed.
  result<void> seen(const std::map<std::uint32_t, lane_mark>& lanes) {
    auto guard = read_seen(node_.directory());
    if (!guard || !*guard)
      return guard ? result<void>{} : guard.error();
    bool changed = false;
    for (const auto& [lane, mark] : lanes)
      if (auto old = (*guard)->extract(mark_key(from_, lane))) {
        old.key() = mark_key(to_, lane);
        old.mapped().ordinal = mark.ordinal;
        (*guard)->insert(std::move(old));
        changed = true;
      }
    if (!changed)
      return {};
    text_ += node_.directory() + "/seen\n";
    return write_seen(node_.directory(), **guard);
  }

  result<void> slots() {
    const auto old_base = node_.slots(from_);
    const auto new_base = node_.slots(to_);
    if (old_base.empty() || new_base.empty())
      return {};
    auto old_store
      = position_store::open({.base = old_base, .output_path = {}});
    if (!old_store)
      return old_store.error();
    if (old_store->is_new())
      return {};
    const auto& all = old_store->content();
    if (auto copied = copy(all, new_base); !copied)
      return copied;
    for (const char* end : {".a", ".b"})
      if (::unlink((old_base + end).c_str()) != 0 && errno != ENOENT)
        return errno_failure("unlink " + old_base + end, errno);
    text_ += new_base + ": " + counted_positions(all.positions.size()) + "\n";
    return durable::sync_directory_of(old_base);
  }

  result<void> copy(const slot_content& all, const std::string& base) {
    auto store = position_store::open({.base = base, .output_path = {}});
    if (!store)
      return store.error();
    if (store->content() == all)
      return {};
    if (!store->content().positions.empty())
      return failure{errc::config,
                     to_.value() + " has positions of its own in " + base};
    if (auto done = store->start(all.output, all.length); !done)
      return done;
    return store->commit({all.length, all.positions, {}});
  }

  result<void> start_files() {
    for (const auto& path : node_.start_files()) {
      auto points = read_start_file(path);
      if (!points)
        return points.error();
      if (!*points)
        continue;
      auto& routes = (*points)->routes;
      const auto found = std::find(routes.begin(), routes.end(), from_.value());
      if (found == routes.end())
        continue;
      routes.erase(found);
      if (std::find(routes.begin(), routes.end(), to_.value()) == routes.end())
        routes.push_back(to_.value());
      if (auto done = write_start_file(path, **points); !done)
        return done;
      text_ += path + "\n";
      if (auto done = follow_agent(path, **points); !done)
        return done;
    }
    return {};
  }

  /// A source of a renamed agent looks for its start file under the new name.
  result<void> follow_agent(const std::string& path, const start_points& p) {
    const auto old_agent = parts_of(from_)->agent;
    const auto new_agent = parts_of(to_)->agent;
    const bool others
      = std::any_of(p.routes.begin(), p.routes.end(), [&](const auto& r) {
          const auto parts = parts_of(route_id{r});
          return !parts || parts->agent != new_agent;
        });
    if (old_agent == new_agent || others
        || path != start_file_of(node_.directory(), old_agent, p.source))
      return {};
    const auto fresh = start_file_of(node_.directory(), new_agent, p.source);
    if (::rename(path.c_str(), fresh.c_str()) != 0)
      return errno_failure("rename " + path, errno);
    text_ += fresh + "\n";
    return durable::sync_directory_of(fresh);
  }

  const offline_node& node_;
  route_id from_;
  route_id to_;
  std::string text_;
};

} // namespace

positions_answer rename_positions(const offline_node& node,
                                  const route_id& from, const route_id& to) {
  return renaming{node, from, to}.run();
}

} // namespace sluice
