// A world in memory for the simulation: origins that grow, stores that commit.
#pragma once

#include "actors/core/event/origin_reader.hpp"
#include "actors/sink/batch_store.hpp"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace sluice::simulation {

/// One origin's bytes: all that will ever be written, and how much is there.
struct grown_file {
  std::string content;
  std::size_t written = 0;
};

/// What a sink's store keeps across the death of an actor or of the process.
struct durable_store {
  /// Bodies in the order of their commits, by origin.
  std::map<origin, std::vector<std::string>> log;
  position_map positions;
  std::uint64_t commits = 0;
  std::uint64_t unknown_outcomes = 0;
  /// Somebody has it open: one at a time.
  bool open = false;
};

/// Everything outside the actors, and the dice.
struct outside {
  explicit outside(std::uint64_t seed) : dice(seed) {
  }

  std::mt19937_64 dice;
  /// By source, then by origin.
  std::map<std::string, std::map<origin, grown_file>> files;
  std::map<std::string, durable_store> stores;
  /// The stores that each source's data goes to.
  std::map<std::string, std::vector<std::string>> stores_of;
  double failing_commits = 0.02;
  /// Messages from a source that arrive late.
  double late_messages = 0.05;
  /// The most bytes that a file grows by at a time.
  std::size_t growth_max = 60;
  /// This store cannot be opened until that source's data is delivered.
  std::string store_down;
  std::string down_until_delivered;
  /// What was promised and broken, when something was.
  std::string broken_promise;

  [[nodiscard]] double draw() {
    return std::uniform_real_distribution<>{0, 1}(dice);
  }

  [[nodiscard]] std::size_t pick(std::size_t n) {
    return dice() % n;
  }

  /// Lets every file grow by a few bytes, at any place in a line.
  void grow();

  /// True when every store has every byte of the source's files.
  [[nodiscard]] bool delivered(const std::string& source) const;
  [[nodiscard]] bool all_delivered() const;

  /// A source hears that these are committed: every store must have them.
  void hears_committed(const std::string& source, const position_map& by_all);
};

/// Fills a file with `count` lines that say which they are; one in four is up
/// to `padding_max` bytes longer than that takes.
[[nodiscard]] std::string numbered_lines(const std::string& name,
                                         std::size_t count,
                                         std::size_t padding_max,
                                         std::mt19937_64& dice);

/// Reads the files of one source of the world.
[[nodiscard]] std::unique_ptr<origin_reader>
make_scripted_reader(outside& world, const std::string& source);

/// Writes to one store of the world; commits are atomic, but now and then
/// their outcome is unknown: done and reported as failed, or not done.
[[nodiscard]] std::unique_ptr<batch_store>
make_scripted_store(outside& world, const std::string& sink);

} // namespace sluice::simulation
