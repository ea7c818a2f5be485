// `sluice positions show`: every place and what it says, as a table or JSON.
#include "actors/core/base/log.hpp"
#include "actors/core/kafka/positions_edit.hpp"
#include "actors/core/store/position_store.hpp"
#include "nodes/positions.hpp"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <set>

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

/// One route in one place.
struct shown_route {
  route_id route;
  /// The place in words.
  std::string where;
  bool configured = false;
  position_map positions;
  std::map<std::uint32_t, lane_mark> lanes;
};

struct shown_start {
  std::string path;
  start_points points;
};

/// Everything that is known; the last trouble met on the way.
struct everything {
  std::vector<shown_route> routes;
  std::vector<shown_start> starts;
  std::optional<seen_guard> seen;
  std::optional<failure> trouble;
};

class gathering {
public:
  explicit gathering(const offline_node& node) : node_(node) {
  }

  everything run() {
    for (const auto& sink : node_.sinks())
      if (!sink.kafka)
        add_slots(sink.route, sink.slots, true);
    for (const auto& route : node_.strange_slots())
      add_slots(route, node_.slots(route), false);
    for (const auto& settings : node_.topics())
      add_topic(settings);
    auto seen = read_seen(node_.directory());
    if (seen)
      out_.seen = *seen;
    else
      out_.trouble = seen.error();
    for (const auto& path : node_.start_files()) {
      auto points = read_start_file(path);
      if (!points)
        out_.trouble = points.error();
      else if (*points)
        out_.starts.push_back({path, **points});
    }
    return std::move(out_);
  }

private:
  void add_slots(const route_id& route, const std::string& base,
                 bool configured) {
    auto store = position_store::open({.base = base, .output_path = {}});
    if (!store)
      out_.trouble = store.error();
    else
      out_.routes.push_back(
        {route, base + ".{a,b}", configured, store->content().positions, {}});
  }

  void add_topic(const kafka_settings& settings) {
    const auto where = settings.positions_topic + " on " + settings.brokers;
    auto client = node_.connect(settings);
    if (!client) {
      out_.trouble = client.error();
      return;
    }
    auto all = read_topic_routes(settings, **client);
    if (!all) {
      out_.trouble = all.error();
      return;
    }
    for (auto& [route, found] : *all)
      if (node_.is_own(route))
        out_.routes.push_back({route, where, node_.has_sink(route),
                               std::move(found.positions),
                               std::move(found.lanes)});
    for (const auto& sink : node_.sinks())
      if (sink.kafka && sink.kafka->brokers == settings.brokers
          && sink.kafka->positions_topic == settings.positions_topic
          && !all->contains(sink.route))
        out_.routes.push_back({sink.route, where, true, {}, {}});
  }

  const offline_node& node_;
  everything out_;
};

std::string table_of(const position_map& positions) {
  std::size_t width = 6;
  for (const auto& [o, p] : positions)
    width = std::max(width, log::escaped(o.value()).size());
  auto out = fmt::format("  {:{}}  {:>10}  {:>15}  {:>15}  {}\n", "origin",
                         width, "generation", "offset", "size", "path");
  for (const auto& [o, p] : positions)
    out += fmt::format("  {:{}}  {:>10}  {:>15}  {:>15}  {}\n",
                       log::escaped(o.value()), width, p.at.generation,
                       p.at.offset, p.proof.size, log::escaped(p.proof.path));
  return out;
}

std::string text_of(const everything& all, const std::string& directory) {
  auto out = "state directory " + directory + "\n";
  for (const auto& r : all.routes) {
    out += "\nroute " + log::escaped(r.route.value())
           + (r.configured ? "" : " (no sink of the configuration)") + "\n  in "
           + log::escaped(r.where) + ": "
           + counted_positions(r.positions.size());
    for (const auto& [lane, mark] : r.lanes)
      out += fmt::format("; lane {}: {} transactions", lane, mark.ordinal);
    out += "\n";
    if (!r.positions.empty())
      out += table_of(r.positions);
  }
  for (const auto& s : all.starts) {
    out += "\nstart of source " + log::escaped(s.points.source) + "\n  in "
           + s.path + "\n";
    for (const auto& route : s.points.routes)
      out += "  route " + log::escaped(route) + "\n";
    if (!s.points.origins.empty())
      out += table_of(s.points.origins);
  }
  if (all.seen) {
    out += "\nseen in Kafka\n  in " + directory + "/seen\n";
    for (const auto& [key, lane] : *all.seen)
      out += fmt::format("  {}: {} transactions in cluster {}\n",
                         log::escaped(key), lane.ordinal,
                         log::escaped(lane.cluster_id));
  }
  return out;
}

json json_of(const position_map& positions) {
  auto out = json::array();
  for (const auto& [o, p] : positions)
    out.push_back({{"origin", o.value()},
                   {"generation", p.at.generation},
                   {"offset", p.at.offset},
                   {"size", p.proof.size},
                   {"mtime_ns", p.proof.mtime_ns},
                   {"lineage", p.proof.lineage},
                   {"path", p.proof.path}});
  return out;
}

std::string json_of(const everything& all, const std::string& directory) {
  json out{{"state_dir", directory},
           {"routes", json::array()},
           {"starts", json::array()},
           {"seen", nullptr}};
  for (const auto& r : all.routes) {
    auto lanes = json::object();
    for (const auto& [lane, mark] : r.lanes)
      lanes[std::to_string(lane)] = mark.ordinal;
    out["routes"].push_back({{"route", r.route.value()},
                             {"in", r.where},
                             {"configured", r.configured},
                             {"lanes", lanes},
                             {"positions", json_of(r.positions)}});
  }
  for (const auto& s : all.starts)
    out["starts"].push_back({{"source", s.points.source},
                             {"in", s.path},
                             {"routes", s.points.routes},
                             {"positions", json_of(s.points.origins)}});
  if (all.seen) {
    out["seen"] = json::object();
    for (const auto& [key, lane] : *all.seen)
      out["seen"][key]
        = {{"cluster", lane.cluster_id}, {"ordinal", lane.ordinal}};
  }
  // Names of files are bytes: what is no UTF-8 must not end the program.
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace

positions_answer show_positions(const offline_node& node, bool as_json) {
  const auto all = gathering{node}.run();
  return {as_json ? json_of(all, node.directory())
                  : text_of(all, node.directory()),
          all.trouble};
}

} // namespace sluice
