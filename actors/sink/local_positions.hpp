// local_positions: positions in slot files, for a destination that keeps none.
#pragma once

#include "actors/core/store/position_store.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// What logger, null and Kafka without transactions do alike: output first,
/// then positions, so that a crash between repeats and never loses.
class local_positions {
public:
  /// `slots` is the base name of the slot files, in the state directory.
  explicit local_positions(std::string slots) : slots_(std::move(slots)) {
  }

  /// What is committed. The errors of position_store::open.
  [[nodiscard]] result<position_map> open() {
    auto opened = position_store::open({.base = slots_, .output_path = {}});
    if (!opened)
      return opened.error();
    is_new_ = opened->is_new();
    store_.emplace(std::move(*opened));
    if (auto started = store_->start("", 0); !started)
      return started.error();
    return store_->content().positions;
  }

  /// True when the last `open` found nothing of an earlier life.
  [[nodiscard]] bool is_new() const noexcept {
    return is_new_;
  }

  void finish(const std::vector<origin>& done) {
    finished_.insert(finished_.end(), done.begin(), done.end());
  }

  /// On disk when it succeeds, and then the finished origins are gone.
  [[nodiscard]] result<void> commit(const position_map& ends) {
    auto done = store_->commit({0, ends, finished_});
    finished_.clear();
    return done;
  }

private:
  std::string slots_;
  std::optional<position_store> store_;
  std::vector<origin> finished_;
  bool is_new_ = false;
};

} // namespace sluice
