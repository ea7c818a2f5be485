// positions_topic: keys and values of `_sluice_positions`, and the guard file.
#include "actors/core/kafka/positions_topic.hpp"

#include "actors/core/base/crc32c.hpp"
#include "actors/core/base/durable_file.hpp"
#include "actors/core/event/codec.hpp"

#include <algorithm>
#include <mutex>

namespace sluice {

namespace {

constexpr std::uint8_t mark_version = 1;
constexpr std::uint8_t meta_version = 1;
constexpr std::uint8_t seen_version = 2;

std::string own_sink(const route_id& route) {
  const auto& text = route.value();
  auto at = text.rfind('/');
  if (at != std::string::npos && at > 0)
    at = text.rfind('/', at - 1);
  return at == std::string::npos ? text : text.substr(at + 1);
}

std::string unescaped(std::string_view part) {
  std::string out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part.substr(i, 3) == "%7C" || part.substr(i, 3) == "%25") {
      out += part[i + 1] == '7' ? '|' : '%';
      i += 2;
    } else {
      out += part[i];
    }
  }
  return out;
}

} // namespace

std::string joined_key(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) {
    if (!out.empty())
      out += '|';
    for (const char c : part) {
      if (c == '|')
        out += "%7C";
      else if (c == '%')
        out += "%25";
      else
        out += c;
    }
  }
  return out;
}

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= key.size();) {
    const auto end = std::min(key.find('|', at), key.size());
    parts.push_back(unescaped(key.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

std::string position_key(const route_id& route, const origin& o) {
  return joined_key({"pos", route.value(), o.value(), own_sink(route)});
}

std::string mark_key(const route_id& route, std::uint32_t lane) {
  return joined_key({"n", route.value(), std::to_string(lane)});
}

std::string encode_mark(const lane_mark& m) {
  std::string out;
  put_u8(out, mark_version);
  put_u64(out, m.ordinal);
  put_u64(out, m.incarnation);
  put_u32(out, crc32c(out));
  return out;
}

result<lane_mark> decode_mark(std::string_view bytes) {
  byte_reader in{bytes};
  const auto version = in.u8();
  if (in.ok() && version != mark_version)
    return failure{errc::unsupported,
                   "lane record of version " + std::to_string(version)};
  lane_mark m;
  m.ordinal = in.u64();
  m.incarnation = in.u64();
  const auto sum = in.u32();
  if (!in.ok() || !in.left().empty()
      || sum != crc32c(bytes.substr(0, bytes.size() - 4)))
    return failure{errc::state_corrupt, "the lane's record is damaged"};
  return m;
}

std::string encode_meta(std::int32_t partitions) {
  std::string out;
  put_u8(out, meta_version);
  put_u32(out, static_cast<std::uint32_t>(partitions));
  return out;
}

std::int32_t positions_partition(std::string_view stream,
                                 std::int32_t partitions) {
  return static_cast<std::int32_t>(crc32c(stream)
                                   % static_cast<std::uint32_t>(partitions));
}

namespace {

void forget_damage(std::string_view key, loaded_positions& in) {
  const auto found = in.damaged.find(key);
  if (found != in.damaged.end())
    in.damaged.erase(found);
}

} // namespace

void keep_record(const topic_record& r, const route_id& route,
                 std::uint32_t lane, loaded_positions& into) {
  if (r.key == meta_key) {
    into.meta = std::string{r.value};
    return;
  }
  if (r.key == mark_key(route, lane)) {
    into.mark.reset();
    forget_damage(r.key, into);
    if (r.value.empty())
      return;
    auto m = decode_mark(r.value);
    if (m)
      into.mark = *m;
    else
      into.damaged.emplace(r.key, m.error());
    return;
  }
  const auto head = joined_key({"pos", route.value()}) + "|";
  const auto tail = "|" + joined_key({own_sink(route)});
  if (!r.key.starts_with(head) || !r.key.ends_with(tail)
      || r.key.size() < head.size() + tail.size())
    return;
  const origin o{unescaped(
    r.key.substr(head.size(), r.key.size() - head.size() - tail.size()))};
  forget_damage(r.key, into);
  if (r.value.empty()) {
    into.positions.erase(o);
    return;
  }
  auto p = decode_position(r.value);
  if (p)
    into.positions[o] = *p;
  else
    into.damaged.emplace(r.key, p.error());
}

result<std::optional<seen_guard>>
read_seen(const std::filesystem::path& state) {
  const auto path = (state / "seen").string();
  const auto found = durable::read_whole(path);
  if (!found)
    return found.error();
  if (!*found)
    return std::optional<seen_guard>{};
  const std::string_view bytes{**found};
  byte_reader fields{bytes};
  seen_guard s;
  const auto version = fields.u8();
  for (auto n = fields.u32(); n > 0 && fields.ok(); --n) {
    auto& lane = s[std::string{fields.text()}];
    lane.cluster_id = std::string{fields.text()};
    lane.ordinal = fields.u64();
  }
  const auto sum = fields.u32();
  if (!fields.ok() || version != seen_version || bytes.size() < 4
      || sum != crc32c(bytes.substr(0, bytes.size() - 4)))
    return failure{errc::state_corrupt, path + " is damaged"};
  return std::optional<seen_guard>{std::move(s)};
}

result<void> write_seen(const std::filesystem::path& state,
                        const seen_guard& s) {
  std::string bytes;
  put_u8(bytes, seen_version);
  put_u32(bytes, static_cast<std::uint32_t>(s.size()));
  for (const auto& [key, lane] : s) {
    put_text(bytes, key);
    put_text(bytes, lane.cluster_id);
    put_u64(bytes, lane.ordinal);
  }
  put_u32(bytes, crc32c(bytes));
  return durable::replace((state / "seen").string(), bytes,
                          "kafka.seen.before_switch");
}

result<void> note_seen_lane(const std::filesystem::path& state,
                            const std::string& key, const seen_lane& lane) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock{one_at_a_time};
  auto all = read_seen(state);
  if (!all)
    return all.error();
  auto next = std::move(*all).value_or(seen_guard{});
  next[key] = lane;
  return write_seen(state, next);
}

} // namespace sluice
