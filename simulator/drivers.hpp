// drivers: a log that grows and is rotated.
#pragma once

#include "simulator/production.hpp"

#include <memory>
#include <string>

namespace sluice::simulator {

/// How the log is rotated; every rotated file is kept.
enum class rotation { none, rename, copytruncate };

struct drivers_options {
  workload work;
  /// The growing log; must not exist.
  std::string log;
  rotation rotate = rotation::none;
  /// The log is rotated before it grows past this; 0 = not by size.
  std::uint64_t rotate_bytes = 0;
  /// And after so many records; 0 = not by records.
  std::uint64_t rotate_records = 0;
};

/// Makes the log and the ledger. SIGHUP rotates too, whatever the limits. If
/// the process dies inside a write, the ledger leaves open whether the records
/// of that write are there.
[[nodiscard]] result<std::unique_ptr<record_output>>
open_log_output(const drivers_options& options);

/// The subcommand: runs to the end of the workload.
[[nodiscard]] result<void> run_drivers(const drivers_options& options);

} // namespace sluice::simulator
