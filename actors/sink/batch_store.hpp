// batch_store: where a sink puts batches so that they stay; without CAF.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/batch.hpp"

#include <chrono>
#include <vector>

namespace sluice {

/// Writes batches and commits them together with their positions. Driven by
/// one thread. After a failure it is destroyed and a new one opened: nothing
/// in memory is trusted then.
class batch_store {
public:
  virtual ~batch_store() = default;

  /// What is committed, read from the store itself.
  [[nodiscard]] virtual result<position_map> open() = 0;

  /// Writes the batch; not yet for good.
  [[nodiscard]] virtual result<void> write(const batch_ptr& b) = 0;

  /// These origins will never be mentioned again: gone with the next commit.
  virtual void finish(const std::vector<origin>& done) = 0;

  /// Everything written so far is there for good, with these positions. If
  /// the process dies inside, either all or nothing of it is found again.
  [[nodiscard]] virtual result<void> commit(const position_map& ends) = 0;

  /// How often it wants `look_around`, also when idle; 0: never.
  [[nodiscard]] virtual std::chrono::milliseconds look_interval() const {
    return {};
  }

  /// A moment for what goes on beside batches.
  virtual void look_around() {
  }
};

} // namespace sluice
