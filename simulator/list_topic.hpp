// list_topic: a topic's records as lines, for oracles that are not ours.
#pragma once

#include "actors/core/base/result.hpp"

#include <string>

namespace sluice::simulator {

struct list_options {
  std::string brokers;
  std::string topic;
  /// Also what was aborted, or is not decided yet.
  bool uncommitted = false;
  /// Goes on with what arrives until it is told to stop; a broker that is away
  /// is waited for.
  bool follow = false;
};

/// Writes `PARTITION OFFSET VALUE` for every record to standard output, in the
/// order of its partition, up to where the topic ended, open transactions too,
/// when this began. Backslashes and control bytes in a value are escaped.
[[nodiscard]] result<void> list_topic(const list_options& options);

} // namespace sluice::simulator
