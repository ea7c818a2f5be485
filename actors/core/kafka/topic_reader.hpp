// topic_reader: reads a whole topic to its end, again and again.
#pragma once

#include "actors/core/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// A librdkafka property and its value.
using client_properties = std::vector<std::pair<std::string, std::string>>;

/// One record as it stands in a topic; the views die with the call they came
/// in. A tombstone has an empty value.
struct topic_record {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string_view key;
  std::string_view value;
};

/// Which records a reader gets to see.
enum class isolation { read_committed, read_uncommitted };

/// Reads all partitions of a topic from their beginnings, without a group.
/// Not thread-safe. Leaves nothing behind when the process dies.
class topic_reader {
public:
  /// Connects and asks for the topic's partitions. `unavailable` when no
  /// broker answers within 10 s, `config` for a bad property or a topic that
  /// is not there.
  [[nodiscard]] static result<std::unique_ptr<topic_reader>>
  open(const client_properties& properties, const std::string& topic,
       isolation level);

  virtual ~topic_reader() = default;

  /// Hands every record to `take` in the order of its partition, from where
  /// the last call ended to where the topic ended, uncommitted records too,
  /// when this call began: so a read_committed reader waits until every
  /// transaction that was open then is decided. `unavailable` when it is not
  /// there after `patience`; what was handed over stays so, and the next call
  /// goes on behind it.
  [[nodiscard]] virtual result<void>
  read_to_end(const std::function<void(const topic_record&)>& take,
              std::chrono::milliseconds patience)
    = 0;
};

} // namespace sluice
