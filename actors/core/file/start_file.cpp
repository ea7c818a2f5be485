#include "actors/core/file/start_file.hpp"

#include "actors/core/base/crc32c.hpp"
#include "actors/core/base/durable_file.hpp"
#include "actors/core/base/failpoint.hpp"
#include "actors/core/event/codec.hpp"

#include <string_view>
#include <utility>

namespace sluice {

namespace {

constexpr std::string_view start_magic = "sluice-start";
constexpr std::uint8_t start_version = 1;
constexpr std::size_t crc_size = 4;

std::string encode_start(const start_points& p) {
  std::string out{start_magic};
  put_u8(out, start_version);
  put_text(out, p.source);
  put_u64(out, static_cast<std::uint64_t>(p.listed_ns));
  put_u32(out, static_cast<std::uint32_t>(p.routes.size()));
  for (const auto& r : p.routes)
    put_text(out, r);
  put_u32(out, static_cast<std::uint32_t>(p.origins.size()));
  for (const auto& [o, at] : p.origins) {
    put_text(out, o.value());
    put_text(out, encode(at));
  }
  put_u32(out, crc32c(out));
  return out;
}

failure corrupt(const std::string& path, const char* why) {
  return {errc::state_corrupt,
          "the start file " + path + " cannot be used: " + why
            + "; nothing is read from the start or the end because of it. "
              "Restore it from a backup, or, to read every file that has no "
              "committed position from its beginning: mv "
            + durable::quoted(path) + " " + durable::quoted(path + ".bad")};
}

} // namespace

result<void> write_start_file(const std::string& path,
                              const start_points& points) {
  if (const int error = SLUICE_FAILPOINT("start.before_write"))
    return errno_failure("write " + path, error);
  return durable::replace(path, encode_start(points), "start.before_rename");
}

result<std::optional<start_points>> read_start_file(const std::string& path) {
  const auto bytes = durable::read_whole(path);
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return std::optional<start_points>{};
  std::string_view all{**bytes};
  if (all.size() < start_magic.size() + 1 + crc_size)
    return corrupt(path, "it is cut short");
  byte_reader check{all.substr(all.size() - crc_size)};
  all.remove_suffix(crc_size);
  if (check.u32() != crc32c(all))
    return corrupt(path, "its checksum is wrong");
  if (!all.starts_with(start_magic))
    return corrupt(path, "it is another kind of file");
  byte_reader in{all.substr(start_magic.size())};
  if (const auto version = in.u8(); version != start_version)
    return failure{errc::unsupported,
                   "the start file " + path + " has version "
                     + std::to_string(version)
                     + ", written by a newer sluice: run that one"};
  start_points out;
  out.source = in.text();
  out.listed_ns = static_cast<std::int64_t>(in.u64());
  for (auto n = in.u32(); n > 0 && in.ok(); --n)
    out.routes.emplace_back(in.text());
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    origin o{std::string{in.text()}};
    auto at = decode_position(in.text());
    if (!at)
      return corrupt(path, "a position in it is damaged");
    out.origins.emplace(std::move(o), std::move(*at));
  }
  if (!in.ok() || !in.left().empty())
    return corrupt(path, "its fields contradict each other");
  return std::optional<start_points>{std::move(out)};
}

} // namespace sluice
