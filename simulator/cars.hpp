// cars: a file for each simulated day, moved whole into a spool directory.
#pragma once

#include "simulator/production.hpp"

#include <memory>
#include <string>

namespace sluice::simulator {

struct cars_options {
  workload work;
  /// Where the files are wanted.
  std::string spool;
  /// Where they are written; on the same file system, made when missing.
  /// Empty = the spool directory's name with ".staging".
  std::string staging;
};

/// Opens the directories and the ledger. `config` when they are not on one
/// file system. If the process dies, the day it was writing stays in the
/// staging directory and counts as not written.
[[nodiscard]] result<std::unique_ptr<record_output>>
open_spool_output(const cars_options& options);

/// The subcommand: runs to the end of the workload.
[[nodiscard]] result<void> run_cars(const cars_options& options);

} // namespace sluice::simulator
