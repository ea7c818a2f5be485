// origin_reader: what a source that can be read again is made of, without CAF.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/batch.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

namespace sluice {

/// Where one route stands for one origin.
struct route_point {
  /// The route's channel has everything before this: do not send it again.
  stored_position held;
  /// The route's sink has committed this; only this renames files.
  stored_position committed;
};

/// Where every required route of a source stands. A route that is listed but
/// has no entry for an origin stands at (0, 0) for it.
using resume_points = std::map<route_id, std::map<origin, route_point>>;

/// Figures a reader keeps for its status cell. Totals never go down within
/// one reader's life.
struct reader_figures {
  std::uint64_t bytes_read = 0;
  std::uint64_t lag_bytes = 0;  ///< sizes minus committed, now
  std::uint64_t files_open = 0; ///< now
  std::uint64_t files_completed = 0;
  std::uint64_t files_refused = 0;    ///< symlinks, FIFOs, binaries …
  std::uint64_t files_unreadable = 0; ///< now
  std::uint64_t files_unmarked = 0;   ///< now: delivered, name too long to mark
  std::uint64_t missed_bytes = 0;
  std::uint64_t reframed = 0;
  std::uint64_t rotations = 0;
  std::uint64_t truncations = 0;
};

/// Reads bytes of origins as batches of runs. Driven by one thread; each call
/// returns within about a second. Dies with its actor; what must survive is
/// in files or in the descriptor table it was given.
class origin_reader {
public:
  virtual ~origin_reader() = default;

  /// What must be fixed before anything is sent or heard: where the first
  /// start begins. Called once, before `resume`; the answer to where the
  /// routes stand may take as long as a broker is down.
  [[nodiscard]] virtual result<void> first_look() {
    return {};
  }

  /// Starts (over) from where the routes stand: from the smallest held of each
  /// origin. May be called again at any time; whatever was read beyond is
  /// forgotten.
  [[nodiscard]] virtual result<void> resume(const resume_points& routes) = 0;

  /// The next batch of at most about `bytes_max` bytes (never less than one
  /// unit) and min(events_max, batch_events_max) events, null when there is
  /// nothing to read at the moment. Consecutive batches follow each other by
  /// the receiving rule.
  [[nodiscard]] virtual result<batch_ptr> read(std::size_t bytes_max,
                                               std::size_t events_max)
    = 0;

  /// Every required route has committed this far (for each origin the
  /// smallest of them). Completes files (rename, delete, close); returns the
  /// origins that are finished for good and never mentioned again.
  [[nodiscard]] virtual result<std::vector<origin>>
  committed(const position_map& by_all) = 0;

  /// True when everything there was at the last look has been read and no
  /// file waits for more (for a run that ends when all is delivered).
  [[nodiscard]] virtual bool drained() const = 0;

  /// Blocks until something may have changed or the time is over.
  virtual void wait(std::chrono::milliseconds at_most) = 0;

  [[nodiscard]] virtual reader_figures figures() const = 0;
};

} // namespace sluice
