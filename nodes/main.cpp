// sluice moves events from sources through channels to sinks:
//
//   source -> interceptor -> channel -> sink
//
// The folders under actors/ have these names. Each station is an actor kept
// alive by a supervisor; each arrow is a message in actors/protocol.hpp.
#include "actors/core/base/log.hpp"
#include "nodes/check.hpp"
#include "nodes/command_line.hpp"
#include "nodes/config_file.hpp"
#include "nodes/exit_codes.hpp"
#include "nodes/node.hpp"
#include "nodes/positions.hpp"
#include "nodes/version.hpp"

int main(int argc, char** argv) {
  using namespace sluice;

  const auto parsed = parse_command_line(argc, argv);
  if (parsed.exit_code)
    return *parsed.exit_code;
  const auto& line = parsed.line;

  if (line.what == command::version) {
    print_versions();
    return 0;
  }
  if (line.what == command::check)
    return check_config_file(line);

  log::level level = log::level::info;
  if (!log::parse_level(line.log_level, level)) {
    std::fprintf(stderr,
                 "sluice: --log-level %s: expected debug, info, "
                 "warning, error or off\n",
                 line.log_level.c_str());
    return exit_usage;
  }
  log::set_level(level);

  // A Flume .conf or a .json file becomes plain structs, checked line by line;
  // with any error nothing is started and nothing is created.
  const auto read = read_config_file(line);
  if (const auto code = report_findings(read); code != 0)
    return code;

  if (line.on_positions())
    return run_positions(read.config, line);

  // A node is this process; channels start first, then sinks, chains and
  // sources, so that data never meets a gap.
  return run_node(read.config, line);
}
