#include "nodes/command_line.hpp"

#include "nodes/api.hpp"
#include "nodes/exit_codes.hpp"
#include "nodes/positions_command_line.hpp"

#include <CLI/CLI.hpp>

namespace sluice {

namespace {

constexpr const char* examples_and_codes = R"(Examples:
  sluice check -n agent1 flume.conf
  sluice agent -n agent1 -f flume.conf --state-dir /var/lib/sluice
  sluice run pipeline.json --metrics 127.0.0.1:9090
  sluice run pipeline.json --drain

Exit codes:
  0    ended as asked
  2    wrong arguments
  70   supervision itself failed
  73   the state directory or the port is not to be had
  75   --drain was ended by a signal before everything was delivered
  78   the configuration has errors; nothing was started or created
  128+N  a second signal N ended it at once

Environment: a configuration reads ${env:NAME}; nothing else is looked at.
SIGTERM and SIGINT end in order. Log lines go to standard error.)";

void add_node_options(CLI::App& to, command_line& line) {
  to.add_option("--node", line.node,
                "this node's name; part of every route's identity");
  to.add_option("--state-dir", line.state_dir,
                "where positions are kept, in a folder for each agent; without "
                "it /var/lib/sluice");
  to.add_option("--log-level", line.log_level,
                "debug, info, warning, error or off; without it info");
  to.add_option("--metrics", line.metrics,
                "HOST:PORT of /metrics, /healthz, /readyz and the API; port 0 "
                "takes a free one, written to STATE/metrics.port")
    ->check([](const std::string& listen) {
      const auto there = listen_options(listen);
      return there ? std::string{} : there.error().text;
    });
  to.add_flag("--allow-chaos", line.allow_chaos,
              "let POST /api/v1/actors/ID/kill kill actors, with the token in "
              "STATE/token");
}

void add_flume_options(CLI::App& to, command_line& line,
                       std::vector<std::string>& definitions,
                       std::string& unused) {
  to.add_option("-n,--name", line.agent, "which agent of the file")->required();
  to.add_option("-f,--conf-file", line.file, "a Flume configuration")
    ->required();
  to.add_option("-c,--conf", unused,
                "accepted as Flume has it; nothing is read from there");
  to.add_option("-D", definitions, "NAME=VALUE for ${sys:NAME} in the file")
    ->allow_extra_args(false);
}

} // namespace

parsed_command_line parse_command_line(int argc, char** argv) {
  parsed_command_line out;
  auto& line = out.line;
  CLI::App app{"sluice: moves events from sources through channels to sinks, "
               "each once",
               "sluice"};
  app.footer(examples_and_codes);
  bool version = false;
  app.add_flag("--version", version, "the versions of sluice and libraries");
  std::vector<std::string> definitions;
  std::string unused;
  auto* agent = app.add_subcommand("agent", "run one agent of a Flume file");
  add_flume_options(*agent, line, definitions, unused);
  add_node_options(*agent, line);
  auto* run = app.add_subcommand("run", "run all agents of a native file");
  run->add_option("FILE", line.file, "a JSON configuration")->required();
  run->add_flag("--drain", line.drain,
                "end with 0 when everything there is has been delivered");
  add_node_options(*run, line);
  auto* check = app.add_subcommand(
    "check", "say what is wrong with a file, and what its routes guarantee");
  check->add_option("FILE", line.file, "JSON, or Flume's .conf with -n")
    ->required();
  check->add_option("-n,--name", line.agent, "which agent of a Flume file");
  check->add_option("-D", definitions, "NAME=VALUE for ${sys:NAME}")
    ->allow_extra_args(false);
  const auto positions = add_positions_command(app, line, definitions);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    out.exit_code = app.exit(e) == 0 ? 0 : exit_usage;
    return out;
  }
  for (const auto& d : definitions) {
    const auto equals = d.find('=');
    line.properties[d.substr(0, equals)]
      = equals == std::string::npos ? "" : d.substr(equals + 1);
  }
  if (agent->parsed())
    line.what = command::agent;
  else if (run->parsed())
    line.what = command::run;
  else if (check->parsed())
    line.what = command::check;
  else if (const auto asked = positions())
    line.what = *asked;
  else if (!version) {
    std::fputs(app.help().c_str(), stderr);
    out.exit_code = exit_usage;
  }
  return out;
}

} // namespace sluice
