#include "actors/core/store/slot_file.hpp"

#include "actors/core/base/crc32c.hpp"
#include "actors/core/event/codec.hpp"

#include <optional>

namespace sluice {

namespace {

constexpr std::string_view marker = "SLF1";
constexpr std::uint8_t slot_version = 1;
// marker, sequence, ordinal, length, checksum
constexpr std::size_t header_size = 4 + 8 + 4 + 4 + 4;
constexpr std::size_t summed_header_size = header_size - 4;

std::string framed(std::uint64_t sequence, std::uint32_t ordinal,
                   std::string_view payload) {
  std::string out{marker};
  put_u64(out, sequence);
  put_u32(out, ordinal);
  put_u32(out, static_cast<std::uint32_t>(payload.size()));
  put_u32(out, crc32c(payload, crc32c(out)));
  out += payload;
  return out;
}

struct frame {
  std::uint64_t sequence = 0;
  std::uint32_t ordinal = 0;
  std::string_view payload;
};

/// The frame at the front of `bytes`, if a whole one is there.
std::optional<frame> frame_at(std::string_view bytes) {
  if (bytes.size() < header_size || bytes.substr(0, 4) != marker)
    return std::nullopt;
  byte_reader in{bytes.substr(4)};
  frame f;
  f.sequence = in.u64();
  f.ordinal = in.u32();
  const auto length = in.u32();
  const auto sum = in.u32();
  if (bytes.size() - header_size < length)
    return std::nullopt;
  f.payload = bytes.substr(header_size, length);
  if (sum != crc32c(f.payload, crc32c(bytes.substr(0, summed_header_size))))
    return std::nullopt;
  return f;
}

/// A whole frame anywhere in `bytes`.
std::optional<frame> frame_within(std::string_view bytes) {
  for (auto at = bytes.find(marker); at != bytes.npos;
       at = bytes.find(marker, at + 1))
    if (auto f = frame_at(bytes.substr(at)))
      return f;
  return std::nullopt;
}

void put_positions(std::string& out, const position_map& positions) {
  put_u32(out, static_cast<std::uint32_t>(positions.size()));
  for (const auto& [o, p] : positions) {
    put_text(out, o.value());
    put_text(out, encode(p));
  }
}

result<void> get_positions(byte_reader& in, position_map& positions) {
  for (auto left = in.u32(); left > 0 && in.ok(); --left) {
    origin o{std::string{in.text()}};
    auto p = decode_position(in.text());
    if (!p)
      return p.error();
    positions[std::move(o)] = std::move(*p);
  }
  return {};
}

result<void> get_payload(const frame& f, slot_content& into) {
  byte_reader in{f.payload};
  if (in.u8() != slot_version)
    return failure{errc::unsupported,
                   "position slot was written by a newer sluice"};
  if (f.ordinal == 0)
    into.output = in.text();
  into.length = in.u64();
  if (auto done = get_positions(in, into.positions); !done)
    return done;
  if (f.ordinal > 0)
    for (auto left = in.u32(); left > 0 && in.ok(); --left)
      into.positions.erase(origin{std::string{in.text()}});
  // Its checksum is right, so this was written so.
  if (!in.ok() || !in.left().empty())
    return failure{errc::state_corrupt, "position slot contradicts itself"};
  return {};
}

} // namespace

void apply(slot_content& to, const slot_delta& d) {
  to.length = d.length;
  for (const auto& [o, p] : d.changed)
    to.positions[o] = p;
  for (const auto& o : d.finished)
    to.positions.erase(o);
}

std::string encode_snapshot(std::uint64_t sequence, const slot_content& all) {
  std::string payload;
  put_u8(payload, slot_version);
  put_text(payload, all.output);
  put_u64(payload, all.length);
  put_positions(payload, all.positions);
  return framed(sequence, 0, payload);
}

std::string encode_delta(std::uint64_t sequence, std::uint32_t ordinal,
                         const slot_delta& d) {
  std::string payload;
  put_u8(payload, slot_version);
  put_u64(payload, d.length);
  put_positions(payload, d.changed);
  put_u32(payload, static_cast<std::uint32_t>(d.finished.size()));
  for (const auto& o : d.finished)
    put_text(payload, o.value());
  return framed(sequence, ordinal, payload);
}

result<slot_view> decode_slot(std::string_view bytes) {
  slot_view out;
  std::uint32_t ordinal = 0;
  while (!bytes.empty()) {
    const auto f = frame_at(bytes);
    if (!f || f->ordinal != ordinal
        || (ordinal > 0 && f->sequence != out.sequence))
      break;
    if (auto done = get_payload(*f, out.content); !done) {
      if (done.error().kind == errc::unsupported)
        return done.error();
      break;
    }
    out.sequence = f->sequence;
    ++ordinal;
    bytes.remove_prefix(header_size + f->payload.size());
  }
  const auto stray = frame_within(bytes);
  if (stray && stray->sequence > out.sequence)
    out.sequence = stray->sequence;
  out.torn = bytes.size();
  if (ordinal > 0 && !stray)
    out.is = slot_view::state::good;
  return out;
}

} // namespace sluice
