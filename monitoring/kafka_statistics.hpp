// kafka_statistics: librdkafka's own statistics as figures of a cell.
#pragma once

#include "monitoring/cells.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// The figures in one statistics event; none when it is not librdkafka's JSON.
[[nodiscard]] std::optional<kafka_figures>
parse_kafka_statistics(std::string_view json);

/// Sums up the producers of one sink: they take turns. A producer that was made
/// anew under its old name takes its predecessor's place.
class kafka_statistics {
public:
  /// `cell` outlives it.
  explicit kafka_statistics(component_cell* cell) : cell_(cell) {
  }

  /// From any thread. A text that is none is left out.
  void take(std::string_view producer, std::string_view json);

private:
  component_cell* cell_;
  std::mutex guard_;
  std::map<std::string, kafka_figures, std::less<>> producers_;
};

} // namespace sluice
