// positions_topic: keys and values of `_sluice_positions`, and the guard file.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/position.hpp"
#include "actors/core/kafka/topic_reader.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Who wrote a lane's last transaction and how many it has committed.
struct lane_mark {
  std::uint64_t ordinal = 0;
  std::uint64_t incarnation = 0;

  bool operator==(const lane_mark&) const = default;
};

/// The parts joined by '|'; '|' and '%' inside a part become %7C and %25.
[[nodiscard]] std::string joined_key(std::initializer_list<std::string_view>);

/// The reverse: the parts of a key.
[[nodiscard]] std::vector<std::string> split_key(std::string_view key);

/// `pos|stream|origin|sink`; the stream is the own route, the sink its last
/// two parts.
[[nodiscard]] std::string position_key(const route_id& route, const origin& o);

/// `n|route|k`, the lane's own record and the touch of each transaction.
[[nodiscard]] std::string mark_key(const route_id& route, std::uint32_t lane);

/// The key of the record that says how many partitions the topic has.
constexpr std::string_view meta_key = "meta";

[[nodiscard]] std::string encode_mark(const lane_mark& m);
[[nodiscard]] result<lane_mark> decode_mark(std::string_view bytes);
[[nodiscard]] std::string encode_meta(std::int32_t partitions);

/// The partition of everything that belongs to a stream.
[[nodiscard]] std::int32_t positions_partition(std::string_view stream,
                                               std::int32_t partitions);

/// What a lane finds in the positions topic about itself.
struct loaded_positions {
  position_map positions;
  std::optional<lane_mark> mark;
  std::optional<std::string> meta;
  /// Keys of ours whose last record cannot be read, and why.
  std::map<std::string, failure, std::less<>> damaged;
};

/// Keeps of one record what concerns the route and lane; the last one wins.
void keep_record(const topic_record& r, const route_id& route,
                 std::uint32_t lane, loaded_positions& into);

/// What was known to be committed of one lane, and in which cluster.
struct seen_lane {
  std::string cluster_id;
  std::uint64_t ordinal = 0;

  bool operator==(const seen_lane&) const = default;
};

/// The file `<state>/seen`, by mark_key: so that an emptied topic or another
/// cluster is never taken for a first start. The sinks of a node share it.
using seen_guard = std::map<std::string, seen_lane>;

/// Absent = none; `state_corrupt` when it cannot be parsed.
[[nodiscard]] result<std::optional<seen_guard>>
read_seen(const std::filesystem::path& state);

/// Replaces it by way of a temporary file, fdatasync and rename; a process
/// that dies here leaves the old one or the new one.
[[nodiscard]] result<void> write_seen(const std::filesystem::path& state,
                                      const seen_guard& s);

/// Replaces one lane's entry and keeps the others; safe beside other lanes of
/// this process.
[[nodiscard]] result<void> note_seen_lane(const std::filesystem::path& state,
                                          const std::string& key,
                                          const seen_lane& lane);

} // namespace sluice
