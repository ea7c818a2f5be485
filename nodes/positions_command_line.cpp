#include "nodes/positions_command_line.hpp"

#include <utility>

namespace sluice {

namespace {

constexpr const char* manual = R"(
A position says how far a route (CLUSTER/NODE/AGENT/SINK) has delivered an
origin (a file's identity). It is kept where the route's sink commits: a Kafka
sink in the topic _sluice_positions, the others in slots in the state directory.
There too are the start files, which say where each followed file began and for
which routes, and `seen`, which tells an emptied topic from a first start.

The node must be down: its state directory is locked meanwhile. In Kafka a
change is one transaction under the ids of the route, so that a node that runs
elsewhere under this name is fenced. A command that was cut short is repeated.

Examples:
  sluice positions -f /etc/sluice/cars.conf -n SmartCar show
  sluice positions -f node.json show --json
  sluice positions -f node.json rename default/n1/a/old default/n1/a/new
  sluice positions -f node.json forget default/n1/a/kafka

Exit status: 0; 1 nothing is known of the route; 2 usage; 65 state that cannot
be read; 69 Kafka does not answer; 73 the node runs; 78 the configuration or
the request cannot work.)";

} // namespace

std::function<std::optional<command>()>
add_positions_command(CLI::App& to, command_line& line,
                      std::vector<std::string>& definitions) {
  auto* top = to.add_subcommand(
    "positions", "show and change how far each route has got, while the node "
                 "is down");
  top->footer(manual);
  top->require_subcommand(1);
  top
    ->add_option("-f,--conf-file", line.file,
                 "the node's configuration: JSON, or Flume's .conf with -n")
    ->required();
  top->add_option("-n,--name", line.agent, "which agent of a Flume file");
  top->add_option("-D", definitions, "NAME=VALUE for ${sys:NAME}")
    ->allow_extra_args(false);
  top->add_option("--node", line.node, "the node's name, as it runs");
  top->add_option("--state-dir", line.state_dir,
                  "the state directory, as the node runs with it");
  auto* show = top->add_subcommand("show", "print every position there is");
  show->add_flag("--json", line.json, "as one JSON object");
  auto* rename = top->add_subcommand(
    "rename", "a sink, agent, node or cluster has a new name: what the route "
              "OLD had delivered is delivered for the route NEW");
  rename->add_option("OLD", line.route, "CLUSTER/NODE/AGENT/SINK")->required();
  rename->add_option("NEW", line.new_route, "CLUSTER/NODE/AGENT/SINK")
    ->required();
  auto* forget = top->add_subcommand(
    "forget", "delete the positions of a route, or of one origin of it: it is "
              "delivered again from where its source first began");
  forget->add_option("ROUTE", line.route, "CLUSTER/NODE/AGENT/SINK")
    ->required();
  forget->add_option("ORIGIN", line.origin, "as `show` prints it");
  auto* add = top->add_subcommand(
    "add", "let a new route begin where its sources first began; without a "
           "start file committed positions hold, and files that have none "
           "are read from their beginning");
  add->add_option("ROUTE", line.route, "CLUSTER/NODE/AGENT/SINK")->required();
  const std::vector<std::pair<CLI::App*, command>> all{
    {show, command::positions_show},
    {rename, command::positions_rename},
    {forget, command::positions_forget},
    {add, command::positions_add}};
  for (const auto& [app, what] : all)
    app->fallthrough();
  return [all]() -> std::optional<command> {
    for (const auto& [app, what] : all)
      if (app->parsed())
        return what;
    return std::nullopt;
  };
}

} // namespace sluice
