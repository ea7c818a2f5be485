// codec: stored positions to bytes and back (docs/formats.md, "positions").
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/position.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// A stored position as a versioned value: version byte, then the fields in
/// little-endian with length-prefixed strings, then CRC32C of all before it.
[[nodiscard]] std::string encode(const stored_position& p);

/// The reverse. `state_corrupt` when the bytes are torn or damaged,
/// `unsupported` when a newer version wrote them.
[[nodiscard]] result<stored_position> decode_position(std::string_view bytes);

class byte_reader;

/// A witness as it stands in a stored position and in a run.
void put_witness(std::string& out, const witness& w);
[[nodiscard]] witness read_witness(byte_reader& in);

/// Little-endian primitives that other formats share.
void put_u8(std::string& out, std::uint8_t v);
void put_u16(std::string& out, std::uint16_t v);
void put_u32(std::string& out, std::uint32_t v);
void put_u64(std::string& out, std::uint64_t v);
/// A u32 length and the bytes.
void put_text(std::string& out, std::string_view v);

/// Reads what the functions above wrote; once something is missing, `ok` is
/// false and everything reads as zero or empty.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : left_(bytes) {
  }

  [[nodiscard]] std::uint8_t u8();
  [[nodiscard]] std::uint16_t u16();
  [[nodiscard]] std::uint32_t u32();
  [[nodiscard]] std::uint64_t u64();
  [[nodiscard]] std::string_view text();

  [[nodiscard]] bool ok() const noexcept {
    return ok_;
  }

  [[nodiscard]] std::string_view left() const noexcept {
    return left_;
  }

private:
  [[nodiscard]] std::string_view take(std::size_t n);

  std::string_view left_;
  bool ok_ = true;
};

} // namespace sluice
