// descriptor_table: open files that outlive the actor that reads them.
#pragma once

#include "actors/core/base/unique_fd.hpp"
#include "actors/core/event/position.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// A descriptor that several may hold.
using shared_fd = std::shared_ptr<const unique_fd>;

/// Owned by the node: a file that was deleted or renamed away is still there
/// for the successor of a source that died. Thread-safe.
class descriptor_table {
public:
  struct entry {
    shared_fd fd;
    std::string directory;
    std::string name; ///< where it was last seen
    std::string lineage;
  };

  void keep(const std::string& source, const origin& o, entry what);
  void drop(const std::string& source, const origin& o);

  /// Everything kept for a source.
  [[nodiscard]] std::map<origin, entry> of(const std::string& source) const;

private:
  mutable std::mutex guard_;
  std::map<std::string, std::map<origin, entry>> kept_;
};

} // namespace sluice
