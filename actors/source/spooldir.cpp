// spooldir: files that are moved whole into a directory.
#include "actors/source/sources.hpp"

namespace sluice {

make_reader make_spooldir(spool_options options) {
  return [options]() -> result<std::unique_ptr<origin_reader>> {
    std::unique_ptr<origin_reader> made
      = std::make_unique<spool_directory>(options);
    return made;
  };
}

} // namespace sluice
