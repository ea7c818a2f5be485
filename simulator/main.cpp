// sluice-simulator: fleets that write logs, a broker to try things out with,
// and the oracle that says whether everything arrived once.
#include "actors/core/base/log.hpp"
#include "simulator/arguments.hpp"
#include "simulator/broker.hpp"
#include "simulator/cars.hpp"
#include "simulator/drivers.hpp"
#include "simulator/list_topic.hpp"
#include "simulator/signals.hpp"
#include "simulator/verify.hpp"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <random>

#include <CLI/CLI.hpp>

using namespace sluice;
using namespace sluice::simulator;

namespace {

constexpr int exit_wrong = 1;
constexpr int exit_config = 78;

// What main does when a subcommand was chosen; the exit code.
using action = std::function<int()>;

int report(const failure& why) {
  log::error("sluice-simulator", why.text);
  return why.kind == errc::config ? exit_config : exit_wrong;
}

int exit_of(const result<void>& done) {
  return done ? 0 : report(done.error());
}

// The texts of a fleet's options, before they are understood.
struct fleet_texts {
  std::string speed = "1";
  std::string run_for;
  std::string start = "20260101000000";
  std::string line_max = "4000";
  double garbage = 0;
  std::uint64_t seed = 0;
  bool seeded = false;
};

void add_fleet_options(CLI::App& app, workload& work, fleet_texts& texts) {
  app
    .add_option("--ledger", work.ledger_path,
                "file for what was written; must not exist")
    ->required();
  app.add_option("--count", work.who.count, "size of the fleet")
    ->capture_default_str();
  app
    .add_option("--speed", texts.speed,
                "1 = real time, 60 = a minute in a second, max = the disk")
    ->capture_default_str();
  app.add_option("--for", texts.run_for, "end after so long, like 60s");
  app.add_option("--days", work.days, "end after so many simulated days");
  app.add_option("--records", work.records_each,
                 "end after so many records of each");
  app
    .add_option("--start", texts.start,
                "simulated time of the first record, YYYYMMDDhhmmss")
    ->capture_default_str();
  app.add_option("--garbage", texts.garbage,
                 "garbage lines, in percent of the records");
  app.add_option("--seed", texts.seed, "same seed, same bytes (else random)")
    ->each([&texts](const std::string&) { texts.seeded = true; });
}

result<void> understand(const fleet_texts& texts, workload& work) {
  const auto speed = parse_speed(texts.speed);
  if (!speed)
    return speed.error();
  work.speed = *speed;
  if (!texts.run_for.empty()) {
    const auto time = parse_duration(texts.run_for);
    if (!time)
      return time.error();
    work.run_for = *time;
  }
  const auto size = parse_size(texts.line_max);
  if (!size)
    return size.error();
  work.who.line_max
    = static_cast<std::uint32_t>(std::min<std::uint64_t>(*size, 1U << 20));
  const bool digits
    = texts.start.size() == 14
      && texts.start.find_first_not_of("0123456789") == std::string::npos;
  work.who.start = digits ? seconds_of(std::stoull(texts.start)) : -1;
  if (work.who.start < 0)
    return failure{errc::config,
                   "'" + texts.start + "' is no time YYYYMMDDhhmmss"};
  if (!(texts.garbage >= 0 && texts.garbage <= 100))
    return failure{errc::config, "garbage is from 0 to 100 percent"};
  work.who.garbage_ppm
    = static_cast<std::uint32_t>(std::lround(texts.garbage * 10'000));
  std::random_device device;
  work.who.seed = texts.seeded ? texts.seed : device();
  fmt::print(stderr, "{}: seed {}\n", name_of(work.who.kind), work.who.seed);
  return {};
}

void add_cars(CLI::App& app, action& chosen) {
  auto* cmd = app.add_subcommand(
    "cars", "a status record of each car every 3 s; a file for each day");
  auto options = std::make_shared<cars_options>();
  auto texts = std::make_shared<fleet_texts>();
  options->work.who.kind = fleet_kind::cars;
  add_fleet_options(*cmd, options->work, *texts);
  cmd->add_option("--spool", options->spool, "where the files are moved to")
    ->required();
  cmd->add_option("--staging", options->staging,
                  "where they are written (the spool directory + .staging)");
  cmd->callback([options, texts, &chosen] {
    chosen = [options, texts] {
      const auto clear = understand(*texts, options->work);
      return exit_of(clear ? run_cars(*options) : clear);
    };
  });
}

void add_drivers(CLI::App& app, action& chosen) {
  auto* cmd = app.add_subcommand(
    "drivers", "a trip record of each driver every second; a growing log");
  auto options = std::make_shared<drivers_options>();
  auto texts = std::make_shared<fleet_texts>();
  auto every = std::make_shared<std::string>();
  options->work.who.kind = fleet_kind::drivers;
  options->work.who.period = 1;
  add_fleet_options(*cmd, options->work, *texts);
  cmd->add_option("--log", options->log, "the growing log; new or empty")
    ->required();
  cmd
    ->add_option("--line-max", texts->line_max,
                 "longest line; lines have from half of it to all of it")
    ->capture_default_str();
  cmd
    ->add_option("--rotate", options->rotate,
                 "how the log is rotated (SIGHUP rotates at once)")
    ->transform(CLI::CheckedTransformer(std::map<std::string, rotation>{
      {"none", rotation::none},
      {"rename", rotation::rename},
      {"copytruncate", rotation::copytruncate}}));
  cmd->add_option("--rotate-every", *every, "size of a log, like 10MB");
  cmd->add_option("--rotate-records", options->rotate_records,
                  "records in a log");
  cmd->callback([options, texts, every, &chosen] {
    chosen = [options, texts, every] {
      if (!every->empty()) {
        const auto size = parse_size(*every);
        if (!size)
          return report(size.error());
        options->rotate_bytes = *size;
      }
      const auto clear = understand(*texts, options->work);
      return exit_of(clear ? run_drivers(*options) : clear);
    };
  });
}

void add_verify(CLI::App& app, action& chosen) {
  auto* cmd = app.add_subcommand(
    "verify", "whether an output holds everything of its ledger, once");
  struct texts {
    output_check single;
    std::vector<std::string> checks;
    std::string wait = "0s";
    bool live = false;
    std::string status;
  };
  auto t = std::make_shared<texts>();
  cmd->add_option("--ledger", t->single.ledger, "what was written");
  cmd->add_option("--file", t->single.files, "the logger's file or files");
  cmd->add_option("--brokers", t->single.brokers, "HOST:PORT of a Kafka");
  cmd->add_option("--topic", t->single.topic, "its topic");
  cmd->add_option("--check", t->checks,
                  "instead, several: LEDGER=file:PATH or "
                  "LEDGER=kafka:HOST:PORT/TOPIC");
  cmd->add_option("--wait", t->wait,
                  "read on until all is there or nothing came for so long");
  cmd->add_flag("--live", t->live, "show what arrives");
  cmd->add_option("--status", t->status,
                  "a file to rewrite all the time, a line for each output: "
                  "FLEET WRITTEN DELIVERED LONGEST_PAUSE_MS");
  cmd->callback([t, &chosen] {
    chosen = [t] {
      verify_options options;
      options.live = t->live;
      options.status_path = t->status;
      const auto wait = parse_duration(t->wait);
      if (!wait)
        return report(wait.error());
      options.wait = *wait;
      for (const auto& text : t->checks) {
        auto check = parse_check(text);
        if (!check)
          return report(check.error());
        options.checks.push_back(std::move(*check));
      }
      const bool topic = !t->single.brokers.empty() && !t->single.topic.empty();
      if (!t->single.ledger.empty() && topic == t->single.files.empty())
        options.checks.push_back(t->single);
      if (options.checks.empty())
        return report({errc::config, "verify wants --ledger with either --file "
                                     "or --brokers and --topic, or --check"});
      const auto right = run_verify(options);
      if (!right)
        return report(right.error());
      return *right ? 0 : exit_wrong;
    };
  });
}

void add_broker(CLI::App& app, action& chosen) {
  auto* cmd = app.add_subcommand(
    "broker", "the embedded broker, for trying things out (no abort, no "
              "fencing, keeps 5 MB of a partition)");
  struct texts {
    std::vector<std::string> topics;
    std::string port_file;
  };
  auto t = std::make_shared<texts>();
  cmd->add_option("--topic", t->topics, "NAME:PARTITIONS, made at the start");
  cmd->add_option("--port-file", t->port_file, "gets HOST:PORT when it runs");
  cmd->callback([t, &chosen] {
    chosen = [t] {
      broker_options options;
      options.port_file = t->port_file;
      for (const auto& text : t->topics) {
        auto topic = parse_topic(text);
        if (!topic)
          return report(topic.error());
        options.topics.push_back(std::move(*topic));
      }
      return exit_of(run_broker(options));
    };
  });
}

void add_list(CLI::App& app, action& chosen) {
  auto* cmd = app.add_subcommand(
    "list", "a topic's committed records, as lines PARTITION OFFSET VALUE");
  auto options = std::make_shared<list_options>();
  cmd->add_option("--brokers", options->brokers, "HOST:PORT of a Kafka")
    ->required();
  cmd->add_option("--topic", options->topic, "its topic")->required();
  cmd->add_flag("--uncommitted", options->uncommitted,
                "also what was aborted or is not decided yet");
  cmd->add_flag("--follow", options->follow,
                "go on with what arrives, until SIGTERM");
  cmd->callback([options, &chosen] {
    chosen = [options] { return exit_of(list_topic(*options)); };
  });
}

} // namespace

int main(int argc, char** argv) {
  listen_to_signals();
  CLI::App app{"sluice-simulator: fleets, a broker, and the oracle"};
  app.require_subcommand(1);
  action chosen;
  add_cars(app, chosen);
  add_drivers(app, chosen);
  add_verify(app, chosen);
  add_list(app, chosen);
  add_broker(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_config;
  }
  return chosen();
}
