// The stores of the sinks that commit where they stand: logger and null.
#pragma once

#include "actors/core/event/undeliverable.hpp"
#include "actors/sink/batch_store.hpp"

#include <memory>
#include <string>

namespace sluice {

/// A logger's place and form.
struct logger_options {
  /// A file of its own, exactly once; empty: standard output, at least once.
  std::string path;
  /// Base name of the slot files, in the state directory.
  std::string slots;
  /// What a person types when the sink was renamed.
  std::string rename_command;
  /// How much of a body is shown; 0: all.
  std::size_t body_max = 0;
};

/// One line an event.
[[nodiscard]] std::unique_ptr<batch_store>
make_logger_store(logger_options options, bury_record bury);

/// Throws every event away; keeps the positions, so that what was thrown away
/// once stays away.
[[nodiscard]] std::unique_ptr<batch_store> make_null_store(std::string slots);

} // namespace sluice
