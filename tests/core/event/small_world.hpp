// small_world: sources, channels and sinks reduced to their positions.
#pragma once

#include "actors/core/event/progress.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace sluice::event_test {

/// A record as the framing sees it: its body, then its delimiter.
struct unit {
  std::uint64_t from = 0;
  std::uint64_t body_end = 0;
  std::uint64_t end = 0;
};

/// One generation of a file.
struct generation_text {
  std::string bytes;
  std::vector<unit> units;
};

/// How much was tried, over all worlds.
struct tally {
  std::uint64_t batches = 0; ///< received by a channel and checked
  std::uint64_t gaps = 0;
  std::uint64_t trims = 0;
  std::uint64_t duplicates = 0; ///< whole batches that were not new
  std::uint64_t restarts = 0;
  std::uint64_t events = 0; ///< delivered
};

/// A few files with a few generations, read by a source that restarts, sent
/// in random batches through a filter to several routes, some of it twice, out
/// of order or not at all; channels and sinks that die. Whatever happens,
/// every record that passes the filter is delivered on every route once and in
/// order.
class small_world {
public:
  explicit small_world(std::uint64_t seed);

  /// Runs it to its end. What went wrong, or nothing.
  [[nodiscard]] std::optional<std::string> live(tally& count);

private:
  struct route {
    progress held;
    progress committed;
    std::vector<batch_ptr> queue;
    std::size_t taken = 0; ///< batches at the front that the sink has
    /// The oracle: what was delivered by commits.
    position_map delivered;
  };

  [[nodiscard]] std::size_t below(std::size_t n);
  [[nodiscard]] bool chance(std::size_t in_100);
  [[nodiscard]] generation_text draw_text();
  [[nodiscard]] bool keeps(std::string_view body) const;

  void restart_source();
  [[nodiscard]] bool add_run(batch& b, std::string& bytes);
  [[nodiscard]] batch_ptr read();
  [[nodiscard]] batch_ptr intercepted(const batch_ptr& b);
  [[nodiscard]] bool must_gap(const route& r, const batch& b) const;
  /// False if the route saw a gap.
  bool receive(route& r, const batch_ptr& b, tally& count);
  void send(const batch_ptr& b, tally& count);
  void use_sink(route& r, tally& count);
  void commit(route& r, tally& count);
  void commit_elsewhere(route& r);
  void check_delivery(route& r, const batch& b, tally& count);
  void check_events(const run& x, const batch& b, const generation_text& text,
                    std::uint64_t from, tally& count);
  [[nodiscard]] bool all_delivered() const;
  void wrong(const std::string& what);

  std::mt19937_64 random_;
  std::vector<std::vector<generation_text>> files_;
  std::vector<position> cursor_; ///< of the source, for each file
  std::vector<route> routes_;
  batch_ptr late_; ///< a batch that the next one overtakes
  unsigned filter_ = 0;
  bool quiet_ = false; ///< no more accidents: it must come to an end
  std::optional<std::string> problem_;
};

} // namespace sluice::event_test
