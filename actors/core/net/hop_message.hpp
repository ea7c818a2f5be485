// hop_message: what two nodes say to each other about a stream, as structs and
// as frames (docs/formats.md, "frames between nodes").
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/position.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice {

/// The versions of the protocol that this program speaks. `hello` and the
/// answers `retry` and `refused` are the same in every version.
constexpr std::uint8_t hop_version_oldest = 1;
constexpr std::uint8_t hop_version_newest = 1;

/// The longest frame that anybody may send, all its bytes counted.
constexpr std::size_t hop_frame_max = (16U << 20) + 64;

/// What a put's frame has beside its piece of a batch.
constexpr std::size_t hop_put_overhead = 4 + 2 + 8 + 8 + 1 + 4 + 4;

/// How long a frame with positions grows before the next page begins.
constexpr std::size_t hop_page_bytes = 64U << 10;

/// Collector: I want to send this stream. Each answer repeats `attempt`, so
/// that a late answer to an earlier hello is not taken for one to this.
struct hop_hello {
  std::uint64_t attempt = 0; ///< random, never 0
  std::uint8_t oldest = hop_version_oldest;
  std::uint8_t newest = hop_version_newest;
  std::string stream;
  std::uint64_t term = 0; ///< the highest that the collector has seen

  bool operator==(const hop_hello&) const = default;
};

/// Where one origin stands at the aggregator.
struct hop_standing {
  origin name;
  stored_position committed;
  /// None: as far as committed.
  std::optional<stored_position> held;

  bool operator==(const hop_standing&) const = default;
};

/// Aggregator: I own the stream; this is where it stands. In pages, in order;
/// the session begins with the last one.
struct hop_welcome {
  std::uint64_t attempt = 0;
  std::uint64_t term = 0;
  std::uint64_t session = 0; ///< random, never 0
  std::uint64_t credit = 0;  ///< bytes of puts that may be unacknowledged
  std::string cluster_id;    ///< of the Kafka cluster that has the positions
  std::string sink;          ///< agent/sink that the stream ends in
  std::uint32_t page = 0;
  bool last = true;
  std::vector<hop_standing> origins;

  bool operator==(const hop_welcome&) const = default;
};

/// Collector: a batch, or a piece of one that is too long for a frame.
struct hop_put {
  std::uint64_t session = 0;
  std::uint64_t n = 0; ///< 0, 1, 2 … within the session
  bool last = true;    ///< the batch is whole with this piece
  /// Of a decoded put: points into the frame.
  std::string_view bytes;

  bool operator==(const hop_put&) const = default;
};

/// Aggregator: the next durable stage has these. Without any it only says that
/// the aggregator lives, and the credit.
struct hop_ack {
  std::uint64_t session = 0;
  std::uint64_t n = 0; ///< 0, 1, 2 … within the session
  std::uint64_t credit = 0;
  position_map committed;
  std::vector<origin> forgotten; ///< `finished` is durable for these

  bool operator==(const hop_ack&) const = default;
};

/// Aggregator: the session (or the hello) ended; the stream is elsewhere.
struct hop_moved {
  std::uint64_t attempt = 0; ///< the hello that this answers, or 0
  std::uint64_t session = 0; ///< the session that this ends, or 0
  std::vector<std::string> addresses;

  bool operator==(const hop_moved&) const = default;
};

/// Aggregator: the session (or the hello) ended; the same address again, later.
struct hop_retry {
  std::uint64_t attempt = 0;
  std::uint64_t session = 0;
  std::chrono::milliseconds wait{0};
  std::string why;

  bool operator==(const hop_retry&) const = default;
};

/// Aggregator: this stream cannot go on until a person has acted.
struct hop_refused {
  std::uint64_t attempt = 0;
  errc kind = errc::config; ///< terminal
  std::string why;

  bool operator==(const hop_refused&) const = default;
};

/// Collector: I leave; commit what you hold and give the stream up.
struct hop_bye {
  std::uint64_t session = 0;

  bool operator==(const hop_bye&) const = default;
};

/// Aggregator: done, nobody owns the stream now.
struct hop_released {
  std::uint64_t session = 0;

  bool operator==(const hop_released&) const = default;
};

/// Collector: nobody will mention these origins again.
struct hop_finished {
  std::uint64_t session = 0;
  std::vector<origin> origins;

  bool operator==(const hop_finished&) const = default;
};

using hop_message
  = std::variant<hop_hello, hop_welcome, hop_put, hop_ack, hop_moved, hop_retry,
                 hop_refused, hop_bye, hop_released, hop_finished>;

/// The message as one frame: length, version, kind, content, checksum.
[[nodiscard]] std::string encode(const hop_message& m);

/// The reverse, for exactly one frame. Every length is checked before it is
/// used. `state_corrupt` when it is torn, damaged or makes no sense,
/// `unsupported` when it is of a newer version. A put points into `frame`.
[[nodiscard]] result<hop_message> decode_frame(std::string_view frame);

/// Bytes of a link to frames. A link that failed once stays failed: what comes
/// after a damaged length means nothing.
class hop_frames {
public:
  /// What arrived next.
  void append(std::string_view bytes);

  /// The next whole frame (valid until `append`), nothing when more bytes must
  /// come, or `state_corrupt` for a length that no frame has.
  [[nodiscard]] result<std::optional<std::string_view>> next();

private:
  std::string bytes_;
  std::size_t at_ = 0;
};

} // namespace sluice
