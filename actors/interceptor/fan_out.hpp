// fan_out: one source's view of several required channels, as one.
#pragma once

#include "actors/core/event/progress.hpp"
#include "actors/protocol.hpp"

#include <optional>
#include <vector>

namespace sluice {

/// Unites what the required channels of a source say: the source goes on when
/// all have answered, sends no more than the tightest of them takes, and is
/// told that something is committed when all routes have it. The required
/// routes of one source wait for each other; that is what required means.
class fan_out {
public:
  explicit fan_out(std::size_t channels);

  /// A source starts over: nothing said before counts any more.
  void begin();

  /// Channel i answered `resume`. The united answer once all have.
  [[nodiscard]] std::optional<resume_answer> answered(std::size_t i,
                                                      const resume_answer& a);

  /// What all channels have taken, and the room of the tightest.
  struct acceptance {
    std::uint64_t n = 0;
    window room;
  };

  /// Channel i has put n and all before it, and this much room. Counts n's
  /// window only among channels that have got as far.
  [[nodiscard]] acceptance accepted(std::size_t i, std::uint64_t n,
                                    window room);

  /// Channel i's route has committed these. What all routes have by that; null
  /// when nothing new.
  [[nodiscard]] position_map_ptr committed(std::size_t i,
                                           const position_map& by_route);

  /// Channel i has drained; true once all have.
  [[nodiscard]] bool drained(std::size_t i);

  void forget(const std::vector<origin>& done);

private:
  struct channel_view {
    bool answered = false;
    bool drained = false;
    std::uint64_t n = 0;
    window room;
    progress committed;
  };

  std::vector<channel_view> channels_;
  resume_points points_;
};

} // namespace sluice
