// claims_world: aggregators that take streams from each other, on the double.
#pragma once

#include "actors/core/kafka/claims.hpp"
#include "tests/core/kafka/kafka_double.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace sluice::claims_test {

/// How much was tried, over all worlds.
struct tally {
  std::uint64_t claimed = 0;
  std::uint64_t found = 0;
  std::uint64_t lost = 0;
  std::uint64_t unclear = 0;
  std::uint64_t crashes = 0;
  std::uint64_t frozen = 0;
  std::uint64_t revoked = 0; ///< runs that a gate kept out
  std::uint64_t lane_starts = 0;
  std::uint64_t commits = 0;
  std::uint64_t fenced = 0;
};

constexpr std::size_t streams = 2;
constexpr std::size_t aggregators = 3;
constexpr std::uint64_t records = 16;

/// A few streams of numbered records, each sent by a collector that can read
/// them all again to the aggregator it likes at the moment; aggregators that
/// claim, commit, freeze and die. Whatever happens, each record is committed
/// once and in order.
class claims_world {
public:
  explicit claims_world(std::uint64_t seed);

  /// Runs it to its end. What went wrong, or nothing.
  [[nodiscard]] std::optional<std::string> live(tally& count);

private:
  struct queued {
    std::size_t stream = 0;
    std::uint64_t term = 0;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
  };

  struct session {
    std::uint64_t term = 0;
    std::uint64_t held = 0;
  };

  struct aggregator {
    std::unique_ptr<claims> claimer;
    std::vector<adopted_stream> adopted; ///< until the lane's next boundary
    std::array<std::optional<session>, streams> sessions;
    // The lane.
    std::vector<std::unique_ptr<kafka_producer>> ids;
    lane_gate gate;
    std::array<std::uint64_t, streams> positions{};
    std::array<std::uint64_t, streams> staged{};
    std::deque<queued> queue;
    std::deque<std::string> texts; ///< of the records under way
    std::size_t taken = 0;
    std::size_t turn = 0;
    bool ready = false;
    bool open = false;
    int frozen = 0;
  };

  std::size_t below(std::size_t n) {
    return random_() % n;
  }
  bool chance(std::size_t in_1000) {
    return below(1000) < in_1000;
  }
  void start(std::size_t a);
  void collector_step(std::size_t s);
  void claimer_step(std::size_t a);
  void lane_step(std::size_t a);
  void start_lane(std::size_t a);
  void recycle(aggregator& it);
  void adopt(std::size_t a);
  void take_one(aggregator& it);
  void commit(aggregator& it);
  [[nodiscard]] bool finished();
  void check_delivery();
  void wrong(const std::string& what);

  std::mt19937_64 random_;
  kafka_double kafka_;
  double_client client_{kafka_};
  std::array<std::size_t, streams> targets_{};
  std::vector<aggregator> aggregators_{3};
  bool quiet_ = false;
  tally count_;
  std::optional<std::string> problem_;
};

} // namespace sluice::claims_test
