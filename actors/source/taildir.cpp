// taildir: files that grow and are rotated, by pattern.
#include "actors/source/sources.hpp"

namespace sluice {

make_reader make_taildir(follower_options options,
                         std::shared_ptr<descriptor_table> kept) {
  return [options, kept]() -> result<std::unique_ptr<origin_reader>> {
    std::unique_ptr<origin_reader> made
      = std::make_unique<follower>(options, kept);
    return made;
  };
}

} // namespace sluice
