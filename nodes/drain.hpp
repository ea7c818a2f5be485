// drain: notices when a run with an end has delivered everything.
#pragma once

#include "actors/world.hpp"
#include "monitoring/metrics.hpp"

#include <string>
#include <vector>

namespace sluice {

/// Watches the pulses of the sources; on a terminal it draws a line with the
/// bytes delivered and those that are left.
class drain_watch {
public:
  drain_watch(std::vector<pulse_ptr> sources, const metrics& counted,
              bool wanted);

  /// True when everything that the sources found is committed, at two looks
  /// in a row. Never, when it is not wanted.
  [[nodiscard]] bool complete();

  /// Whether it was complete before something else ended the run.
  [[nodiscard]] bool done() const noexcept {
    return done_;
  }

  /// What came of it, in one line: delivered, filtered, dead letters. Empty
  /// when it is not wanted.
  [[nodiscard]] std::string verdict() const;

private:
  void draw() const;

  std::vector<pulse_ptr> sources_;
  const metrics& counted_;
  bool wanted_;
  bool terminal_;
  int looks_ = 0;
  bool done_ = false;
};

} // namespace sluice
