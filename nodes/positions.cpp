#include "nodes/positions.hpp"

#include "actors/core/kafka/rdkafka_client.hpp"
#include "nodes/exit_codes.hpp"

#include <cstdio>

namespace sluice {

namespace {

int code_of(errc kind) {
  switch (kind) {
  case errc::state_lost:
    return 1; // nothing is known of the route
  case errc::state_corrupt:
  case errc::unsupported:
    return exit_data;
  case errc::config:
  case errc::identity:
    return exit_config;
  default:
    return exit_unavailable;
  }
}

positions_answer run_subcommand(const offline_node& node,
                                const command_line& line) {
  const route_id route{line.route};
  switch (line.what) {
  case command::positions_rename:
    return rename_positions(node, route, route_id{line.new_route});
  case command::positions_forget:
    return forget_positions(node, route,
                            line.origin.empty()
                              ? std::nullopt
                              : std::optional<origin>{origin{line.origin}});
  case command::positions_add:
    return add_route(node, route);
  default:
    return show_positions(node, line.json);
  }
}

} // namespace

int run_positions(const config::node_config& config, const command_line& line) {
  const auto node = offline_node::open(config, line, connect_kafka);
  if (!node) {
    auto why = node.error();
    if (why.kind == errc::unavailable)
      why.text += "; positions are shown and changed while the node is down";
    return fail(why,
                why.kind == errc::config ? exit_config : exit_cannot_create);
  }
  const auto done = run_subcommand(*node, line);
  std::fputs(done.text.c_str(), stdout);
  return done.trouble ? fail(*done.trouble, code_of(done.trouble->kind)) : 0;
}

std::string counted_positions(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " position" : " positions");
}

} // namespace sluice
