#include "actors/core/kafka/stream_table.hpp"

#include "actors/core/base/crc32c.hpp"
#include "actors/core/base/failpoint.hpp"
#include "actors/core/event/codec.hpp"
#include "actors/core/kafka/positions_topic.hpp"

#include <utility>

namespace sluice {

namespace {

constexpr std::uint8_t ownership_version = 1;

} // namespace

std::string ownership_key(std::string_view stream, std::string_view sink) {
  return joined_key({"own", stream, sink});
}

std::string encode(const ownership& o) {
  std::string out;
  put_u8(out, ownership_version);
  put_u64(out, o.term);
  put_text(out, o.lane);
  put_text(out, o.address);
  put_u32(out, crc32c(out));
  return out;
}

result<ownership> decode_ownership(std::string_view bytes) {
  byte_reader in{bytes};
  const auto version = in.u8();
  if (in.ok() && version > ownership_version)
    return failure{errc::unsupported,
                   "owner's record of version " + std::to_string(version)};
  ownership o;
  o.term = in.u64();
  o.lane = in.text();
  o.address = in.text();
  const auto sum = in.u32();
  if (!in.ok() || !in.left().empty() || version != ownership_version
      || sum != crc32c(bytes.substr(0, bytes.size() - 4)))
    return failure{errc::state_corrupt, "an owner's record is damaged"};
  return o;
}

std::string stream_position_key(std::string_view stream, const origin& o,
                                std::string_view sink) {
  return joined_key({"pos", stream, o.value(), sink});
}

std::string free_lane(std::string_view cluster, std::int32_t partition) {
  return "sluice." + std::string{cluster} + "/~free."
         + std::to_string(partition);
}

void stream_table::take(const topic_record& r) {
  const bool own = r.key.starts_with("own|");
  if (!own && !r.key.starts_with("pos|"))
    return;
  const auto parts = split_key(r.key);
  if (parts.size() != (own ? 3U : 4U) || parts.back() != sink_)
    return;
  auto& s = streams_[parts[1]];
  if (own) {
    auto o = r.value.empty() ? ownership{} : decode_ownership(r.value);
    if (o)
      s.own = *std::move(o);
    else
      damage_ = o.error();
    return;
  }
  const origin name{parts[2]};
  if (r.value.empty()) {
    s.positions.erase(name);
    return;
  }
  auto p = decode_position(r.value);
  if (p)
    s.positions[name] = *std::move(p);
  else
    damage_ = p.error();
}

const stream_table::stream& stream_table::of(const std::string& name) const {
  static const stream unknown;
  const auto found = streams_.find(name);
  return found != streams_.end() ? found->second : unknown;
}

void lane_gate::restart(const stream_table& table, std::string_view lane) {
  streams_.clear();
  // Those of others too: an adoption that comes late must find the higher term.
  for (const auto& [name, s] : table.all())
    if (s.own.lane == lane || !SLUICE_PLANTED("gate_adopts_below"))
      streams_[name] = {s.own.term, s.own.lane == lane};
}

bool lane_gate::adopt(const std::string& stream, std::uint64_t term) {
  auto& e = streams_[stream];
  if (e.term > term || (e.mine && e.term == term))
    return false;
  e = {term, true};
  return true;
}

void lane_gate::give_up(const std::string& stream) {
  const auto found = streams_.find(stream);
  if (found != streams_.end())
    found->second.mine = false;
}

bool lane_gate::allows(const std::string& stream, std::uint64_t term) const {
  const auto found = streams_.find(stream);
  return found != streams_.end() && found->second.mine
         && (found->second.term == term || SLUICE_PLANTED("gate_ignores_term"));
}

} // namespace sluice
