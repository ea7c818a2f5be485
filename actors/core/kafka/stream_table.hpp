// stream_table: who owns each stream and where it stands, as the positions
// topic says it (docs/formats.md).
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/position.hpp"
#include "actors/core/kafka/topic_reader.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// Who owns a stream. A lane is the name of a pair of transactional ids, which
/// end in "-0" and "-1"; none: nobody owns it, and its free lane holds it.
struct ownership {
  std::uint64_t term = 0; ///< how often the owner has changed
  std::string lane;
  std::string address; ///< where the owner listens

  bool operator==(const ownership&) const = default;
};

/// `own|stream|sink`.
[[nodiscard]] std::string ownership_key(std::string_view stream,
                                        std::string_view sink);
[[nodiscard]] std::string encode(const ownership& o);
/// `state_corrupt` when damaged, `unsupported` when of a newer version.
[[nodiscard]] result<ownership> decode_ownership(std::string_view bytes);

/// `pos|stream|origin|sink` of a stream that another node collects.
[[nodiscard]] std::string stream_position_key(std::string_view stream,
                                              const origin& o,
                                              std::string_view sink);

/// The lane that holds the streams of a positions partition that nobody owns.
[[nodiscard]] std::string free_lane(std::string_view cluster,
                                    std::int32_t partition);

/// The streams that end in one sink (agent/sink, whatever the node), record by
/// record of a read_committed reader. Memory only.
class stream_table {
public:
  struct stream {
    ownership own;
    position_map positions;
  };

  explicit stream_table(std::string sink) : sink_(std::move(sink)) {
  }

  /// The next record of its partition.
  void take(const topic_record& r);

  /// What is known of a stream; term 0 and nothing for one never heard of.
  [[nodiscard]] const stream& of(const std::string& name) const;

  [[nodiscard]] const std::map<std::string, stream>& all() const noexcept {
    return streams_;
  }

  [[nodiscard]] const std::string& sink() const noexcept {
    return sink_;
  }

  /// Why a record of this sink cannot be read: nothing may go on.
  [[nodiscard]] const std::optional<failure>& damage() const noexcept {
    return damage_;
  }

private:
  std::string sink_;
  std::map<std::string, stream> streams_;
  std::optional<failure> damage_;
};

/// The sink's gate, the only place of safety: a run enters a transaction only
/// if its lane owns (stream, term), as read since the lane's last init or
/// adopted since.
class lane_gate {
public:
  /// The lane has been fenced and the positions read to the end: what it owns
  /// now is what it owns.
  void restart(const stream_table& table, std::string_view lane);

  /// At a transaction boundary: the lane took a stream. False, and nothing
  /// changes, when it knows this term or a higher one: what it has read and
  /// committed under it is newer than what the claimer saw.
  bool adopt(const std::string& stream, std::uint64_t term);

  /// The lane gave a stream up.
  void give_up(const std::string& stream);

  [[nodiscard]] bool allows(const std::string& stream,
                            std::uint64_t term) const;

private:
  struct entry {
    std::uint64_t term = 0;
    bool mine = false;
  };

  std::map<std::string, entry> streams_;
};

} // namespace sluice
