#include "config/flume_positions.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace sluice::config {

namespace {

failure unusable(const std::string& path, const std::string& why) {
  return {errc::state_corrupt,
          "Flume's position file " + path + " cannot be imported: " + why
            + "; nothing is read from the start or the end because of it. "
              "Repair it, or remove the line positionFile to begin where "
              "skipToEnd says"};
}

/// The member's number; none when it is no whole number ≥ 0.
std::optional<std::uint64_t> number(const nlohmann::json& entry,
                                    const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_number_unsigned())
    return std::nullopt;
  return found->get<std::uint64_t>();
}

} // namespace

result<std::optional<std::vector<flume_position>>>
read_flume_positions(const std::string& path) {
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  if (!in) {
    if (errno == ENOENT)
      return std::optional<std::vector<flume_position>>{};
    return unusable(path, std::strerror(errno));
  }
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (in.bad())
    return unusable(path, "it cannot be read");
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    return unusable(path, "it is empty (Flume was killed while writing it)");
  const auto tree = nlohmann::json::parse(text, nullptr, false);
  if (!tree.is_array())
    return unusable(path, tree.is_discarded() ? "it is not JSON"
                                              : "it is not a list");
  std::vector<flume_position> out;
  for (const auto& entry : tree) {
    const auto inode = number(entry, "inode");
    const auto offset = number(entry, "pos");
    const auto file = entry.find("file");
    if (!inode || !offset || file == entry.end() || !file->is_string()
        || !file->get_ref<const std::string&>().starts_with('/'))
      return unusable(path, "entry " + std::to_string(out.size() + 1)
                              + " has no inode, no pos of 0 or more, or no "
                                "absolute file");
    out.push_back({*inode, *offset, file->get<std::string>()});
  }
  return std::optional{std::move(out)};
}

} // namespace sluice::config
