// broker: librdkafka's mock as a process, for trying things out.
#pragma once

#include "actors/core/base/result.hpp"

#include <string>
#include <vector>

namespace sluice::simulator {

/// A topic that exists from the beginning; the mock cannot be asked for one.
struct broker_topic {
  std::string name;
  int partitions = 1;
};

/// Parses `NAME:PARTITIONS` or `NAME` (one partition).
[[nodiscard]] result<broker_topic> parse_topic(const std::string& text);

struct broker_options {
  std::vector<broker_topic> topics;
  /// Gets the bootstrap address, whole, when the broker answers.
  std::string port_file;
};

/// Prints the bootstrap address and serves until SIGTERM. It takes
/// transactions but knows no abort, no fencing and no read_committed, and
/// keeps the last 5 MB or 100,000 messages of a partition, in memory only.
[[nodiscard]] result<void> run_broker(const broker_options& options);

} // namespace sluice::simulator
