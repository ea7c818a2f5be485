// production: writes a fleet's records in their time, whatever they go into.
#pragma once

#include "actors/core/base/result.hpp"
#include "simulator/ledger.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::simulator {

/// What a simulator is asked for.
struct workload {
  fleet who;
  std::string ledger_path;
  /// Simulated seconds for each real one; 0 = as fast as the disk.
  double speed = 1;
  /// The end, whichever comes first; 0 = none. Without any, SIGTERM ends it.
  std::chrono::milliseconds run_for{0};
  double days = 0;
  std::uint64_t records_each = 0;
};

/// Where records go. Keeps the ledger: `issued` is stored before anything can
/// be seen, `records` after.
class record_output {
public:
  virtual ~record_output() = default;

  /// Takes record `index` and its garbage; they need not be visible yet.
  [[nodiscard]] virtual result<void> add(std::uint64_t index) = 0;

  /// Nothing more comes for a while: what was added should be on its way.
  [[nodiscard]] virtual result<void> pause() = 0;

  /// Nothing more comes: everything added is visible, the ledger closed.
  [[nodiscard]] virtual result<void> finish() = 0;

  /// The ledger as stored last.
  [[nodiscard]] virtual const ledger& stored() const noexcept = 0;

  /// Bytes added so far, visible or not.
  [[nodiscard]] virtual std::uint64_t bytes() const noexcept = 0;
};

/// Checks the numbers of a workload: `config` with what is wrong.
[[nodiscard]] result<void> check_workload(const workload& w);

/// How many records there are in the end; 0 = no end but time or a signal.
[[nodiscard]] std::uint64_t records_total(const workload& w);

/// How many records are due after `elapsed`; all of them at full speed.
[[nodiscard]] std::uint64_t records_due(const workload& w,
                                        std::chrono::nanoseconds elapsed);

/// Writes until the workload ends or a stop is requested, then finishes; shows
/// progress on the way.
[[nodiscard]] result<void> produce(const workload& w, record_output& out);

} // namespace sluice::simulator
