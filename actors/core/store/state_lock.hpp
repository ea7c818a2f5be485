// state_lock: one process for each state directory, on the machine it is for.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/base/unique_fd.hpp"

#include <string>

namespace sluice {

/// Holds a state directory for this process, until it dies or this is
/// destroyed. Taken before anything starts.
class state_lock {
public:
  struct options {
    std::string directory;
    /// The node's name, stored at the first start.
    std::string node;
    /// What tells this machine from a clone of it; empty when there is none.
    std::string machine_id;
  };

  /// Makes the directory (0700) if it is not there and takes its lock.
  /// `config`: it belongs to somebody else, is open to others, or is no
  /// directory. `unavailable`: another process has it. `identity`: it was made
  /// for another node or copied from another machine.
  [[nodiscard]] static result<state_lock> take(const options& chosen);

  [[nodiscard]] const std::string& directory() const noexcept {
    return directory_;
  }

private:
  state_lock(std::string directory, unique_fd fd);

  std::string directory_;
  unique_fd fd_;
};

} // namespace sluice
