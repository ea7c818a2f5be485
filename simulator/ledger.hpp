// ledger: what a simulator has written, so that the oracle knows what to ask.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/base/unique_fd.hpp"
#include "simulator/fleet.hpp"

#include <cstdint>
#include <string>

namespace sluice::simulator {

/// The state of one simulator. Since records go round, `records` also says the
/// highest sequence number of every car (`records_of`).
struct ledger {
  fleet who;
  /// These are written for sure: the agents owe each of them.
  std::uint64_t records = 0;
  /// Records from `records` to here may have been written: stored before a
  /// write, so that a kill in the middle leaves nothing wrong. Equal to
  /// `records` otherwise.
  std::uint64_t issued = 0;
  /// Garbage lines among the first `records`.
  std::uint64_t garbage = 0;
  /// Bytes of records and garbage written for sure.
  std::uint64_t bytes = 0;
  /// The simulator has ended in order; nothing will be added.
  bool closed = false;
};

/// The file of a ledger, rewritten in place by one small write: a kill leaves
/// the old or the new text. It does not survive a power cut.
class ledger_file {
public:
  /// Makes the file; `config` when it is there already, for a second run must
  /// not overwrite what the first one owes.
  [[nodiscard]] static result<ledger_file> create(const std::string& path,
                                                  const ledger& first);

  [[nodiscard]] result<void> store(const ledger& now);

private:
  ledger_file(unique_fd fd, std::string path)
    : fd_(std::move(fd)),
      path_(std::move(path)) {
  }

  unique_fd fd_;
  std::string path_;
};

/// Reads a ledger while it may be rewritten. `io` when the file is not there,
/// `state_corrupt` when it is none.
[[nodiscard]] result<ledger> load_ledger(const std::string& path);

} // namespace sluice::simulator
