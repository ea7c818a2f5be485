// exec: `tail -F PATH`, run as a followed file.
#include "actors/source/sources.hpp"

#include <filesystem>

namespace sluice {

make_reader make_exec(follower_options options, const std::string& path,
                      tail_start start,
                      std::shared_ptr<descriptor_table> kept) {
  const auto whole = std::filesystem::absolute(path);
  follow_group group;
  group.directory = whole.parent_path().string();
  group.name = whole.filename().string();
  group.start = start;
  options.groups = {std::move(group)};
  return make_taildir(std::move(options), std::move(kept));
}

} // namespace sluice
