#include "actors/core/event/codec.hpp"

#include "actors/core/base/crc32c.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t position_version = 1;

template <class T>
void put_little_endian(std::string& out, T v) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>((v >> (8 * i)) & 0xff);
}

template <class T>
T get_little_endian(std::string_view bytes) {
  T v = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    v = static_cast<T>(
      v | static_cast<T>(T{static_cast<unsigned char>(bytes[i])} << (8 * i)));
  return v;
}

} // namespace

void put_u8(std::string& out, std::uint8_t v) {
  out += static_cast<char>(v);
}

void put_u16(std::string& out, std::uint16_t v) {
  put_little_endian(out, v);
}

void put_u32(std::string& out, std::uint32_t v) {
  put_little_endian(out, v);
}

void put_u64(std::string& out, std::uint64_t v) {
  put_little_endian(out, v);
}

void put_text(std::string& out, std::string_view v) {
  put_u32(out, static_cast<std::uint32_t>(v.size()));
  out += v;
}

std::string_view byte_reader::take(std::size_t n) {
  if (!ok_ || left_.size() < n) {
    ok_ = false;
    return {};
  }
  const auto head = left_.substr(0, n);
  left_.remove_prefix(n);
  return head;
}

std::uint8_t byte_reader::u8() {
  return get_little_endian<std::uint8_t>(take(1));
}

std::uint16_t byte_reader::u16() {
  return get_little_endian<std::uint16_t>(take(2));
}

std::uint32_t byte_reader::u32() {
  return get_little_endian<std::uint32_t>(take(4));
}

std::uint64_t byte_reader::u64() {
  return get_little_endian<std::uint64_t>(take(8));
}

std::string_view byte_reader::text() {
  return take(u32());
}

void put_witness(std::string& out, const witness& w) {
  put_u32(out, w.tail_crc);
  put_u16(out, w.tail_length);
  put_u64(out, w.size);
  put_u64(out, static_cast<std::uint64_t>(w.mtime_ns));
  put_text(out, w.lineage);
  put_text(out, w.path);
}

witness read_witness(byte_reader& in) {
  witness w;
  w.tail_crc = in.u32();
  w.tail_length = in.u16();
  w.size = in.u64();
  w.mtime_ns = static_cast<std::int64_t>(in.u64());
  w.lineage = in.text();
  w.path = in.text();
  return w;
}

std::string encode(const stored_position& p) {
  std::string out;
  put_u8(out, position_version);
  put_u64(out, p.at.generation);
  put_u64(out, p.at.offset);
  put_witness(out, p.proof);
  put_u32(out, crc32c(out));
  return out;
}

result<stored_position> decode_position(std::string_view bytes) {
  if (bytes.size() < 5)
    return failure{errc::state_corrupt, "position value is too short"};
  const auto version = static_cast<unsigned char>(bytes.front());
  if (version > position_version)
    return failure{errc::unsupported, "position value of version "
                                        + std::to_string(version)
                                        + " was written by a newer sluice"};
  if (version < position_version)
    return failure{errc::state_corrupt, "position value of no version"};
  const auto content = bytes.substr(0, bytes.size() - 4);
  byte_reader sum{bytes.substr(bytes.size() - 4)};
  if (sum.u32() != crc32c(content))
    return failure{errc::state_corrupt, "position value fails its checksum"};
  byte_reader in{content};
  stored_position p;
  static_cast<void>(in.u8());
  p.at.generation = in.u64();
  p.at.offset = in.u64();
  p.proof = read_witness(in);
  if (!in.ok() || !in.left().empty())
    return failure{errc::state_corrupt, "position value has a wrong length"};
  return p;
}

} // namespace sluice
