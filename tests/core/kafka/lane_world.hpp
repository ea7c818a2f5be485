// lane_world: a cluster's double, a state directory, and lanes that come and
// go.
#pragma once

#include "actors/core/event/codec.hpp"
#include "actors/core/event/progress.hpp"
#include "actors/core/kafka/lane.hpp"
#include "tests/core/kafka/kafka_double.hpp"
#include "tests/core/kafka/lines.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace sluice::lane_test {

using namespace kafka_lines;

struct scratch {
  scratch() {
    // In memory where there is such a place: thousands of worlds sync a file.
    const std::string shm = "/dev/shm";
    auto path = (std::filesystem::exists(shm) ? shm : std::string{"/tmp"})
                + "/sluice-lane-XXXXXX";
    BOOST_REQUIRE(::mkdtemp(path.data()) != nullptr);
    directory = path;
  }
  ~scratch() {
    std::filesystem::remove_all(directory);
  }
  std::filesystem::path directory;
};

struct world {
  explicit world(std::uint64_t seed, double_faults f = {}) : cluster(seed, f) {
    settings.route = route_id{"c/n/a/s"};
    settings.state_directory = state.directory;
  }

  std::unique_ptr<lane> make(lane_memory& m) {
    return std::make_unique<lane>(settings, client, m, hooks, ++incarnations);
  }

  /// The committed lines, both partitions (one of them is empty).
  std::vector<std::string> committed() {
    auto all = cluster.committed(0);
    const auto more = cluster.committed(1);
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// As if something else wrote the position of origin "o".
  void write_position(const std::optional<std::string>& value) {
    const auto facts = client.describe(std::chrono::seconds{1});
    BOOST_REQUIRE(facts);
    auto other = std::move(*client.make_producer(""));
    const auto at = positions_partition(settings.route.value(),
                                        facts->positions_partitions);
    BOOST_REQUIRE(other->produce_position(
      at, position_key(settings.route, origin{"o"}), value));
    BOOST_REQUIRE((other->flush({}) == step::done));
  }

  /// Sends everything, starting over and crashing as `random` says.
  bool run(std::mt19937_64& random, unsigned crash_percent) {
    for (int life = 0; life < 200; ++life) {
      if (random() % 100 < crash_percent)
        new_process();
      auto l = make(*memory);
      auto found = l->start();
      if (!found) {
        gave_up = found.error().text;
        if (is_terminal(found.error().kind))
          return false;
        continue;
      }
      auto at = (*found)[origin{"o"}].at.offset;
      bool ok = true;
      while (ok && at < lines_total * line_bytes) {
        const auto left = lines_total - at / line_bytes;
        const auto n = std::min<std::uint64_t>(left, 1 + random() % 4);
        ok = static_cast<bool>(random() % 3 == 0
                                 ? l->prepare({lines_from(at, n)})
                                 : l->transact({lines_from(at, n)}));
        at += n * line_bytes;
        if (random() % 100 < crash_percent) {
          // A zombie: it is still there and may wake up.
          haunt(std::move(l), at);
          ok = false;
        }
      }
      if (ok && l->settle(std::chrono::seconds{5}))
        return true;
    }
    return false;
  }

  /// The lane's process seems dead and is not; its disk was copied.
  void haunt(std::unique_ptr<lane> zombie, std::uint64_t at) {
    stale.reset();
    stale = std::move(zombie);
    stale_memory = std::move(memory);
    stale_at = at;
    memory = std::make_unique<lane_memory>();
    const auto copy = state.directory / std::to_string(incarnations);
    std::filesystem::create_directory(copy);
    std::filesystem::copy(settings.state_directory / "seen", copy / "seen");
    settings.state_directory = copy;
  }

  void new_process() {
    memory = std::make_unique<lane_memory>();
  }

  void wake_stale() {
    if (!stale)
      return;
    auto old = std::move(stale);
    if (stale_at < lines_total * line_bytes)
      static_cast<void>(old->transact({lines_from(stale_at, 1)}));
    static_cast<void>(old->settle(std::chrono::seconds{5}));
  }

  scratch state;
  kafka_double cluster;
  double_client client{cluster};
  kafka_settings settings;
  lane_hooks hooks;
  std::unique_ptr<lane_memory> memory = std::make_unique<lane_memory>();
  std::unique_ptr<lane_memory> stale_memory;
  std::uint64_t incarnations = 0;
  std::unique_ptr<lane> stale;
  std::uint64_t stale_at = 0;
  std::string gave_up;
};

} // namespace sluice::lane_test
