// oracle: compares what arrived with what a ledger says was written.
#pragma once

#include "simulator/ledger.hpp"
#include "simulator/record.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace sluice::simulator {

/// What an oracle found; all counts are of records or lines.
struct findings {
  std::uint64_t written = 0;    ///< good records that the agents owe
  std::uint64_t filtered = 0;   ///< garbage that was written and did not arrive
  std::uint64_t delivered = 0;  ///< different good records that arrived
  std::uint64_t lost = 0;       ///< owed and not arrived
  std::uint64_t duplicated = 0; ///< arrivals beyond a record's first
  std::uint64_t reordered = 0;  ///< arrived behind a later one of its car
  std::uint64_t torn = 0;       ///< lines that nobody wrote, or damaged ones
  std::uint64_t phantom = 0;    ///< sound records that were never issued
  std::uint64_t leaked = 0;     ///< garbage that arrived

  findings& operator+=(const findings& other);

  /// Something was written and nothing is wrong.
  [[nodiscard]] bool right() const noexcept;

  /// `verdict: written N filtered N delivered N lost N duplicated N
  /// reordered N`, the line that ends a run.
  [[nodiscard]] std::string verdict() const;
};

/// Takes every line of one output, in any order of partitions. Costs two bits
/// a record. Not thread-safe.
class oracle {
public:
  /// Reads the ledger anew; called when a record is beyond what was known.
  using refresh = std::function<ledger()>;

  oracle(const ledger& known, refresh renew);

  /// Takes a line as it arrived in `partition` (0 for a file).
  void take(std::string_view line, std::int32_t partition);

  /// The ledger as it is known now.
  [[nodiscard]] const ledger& known() const noexcept {
    return ledger_;
  }

  /// Asks for the ledger again.
  void update();

  /// Owed records that have arrived, and lines taken at all.
  [[nodiscard]] std::uint64_t arrived() const noexcept {
    return arrived_;
  }

  /// The judgement on everything taken so far.
  [[nodiscard]] findings judge() const;

  /// The first few things that were wrong, one line each.
  [[nodiscard]] const std::vector<std::string>& examples() const noexcept {
    return examples_;
  }

private:
  /// Two bits for each sequence number: arrived, arrived again.
  struct car {
    std::vector<std::uint64_t> bits;
  };

  void take_record(const record_id& id, std::string_view line,
                   std::int32_t partition);
  void take_other(std::string_view line);
  void complain(const char* what, std::string_view line);
  [[nodiscard]] bool issued(const record_id& id);
  void make_garbage();

  ledger ledger_;
  refresh renew_;
  std::vector<car> cars_;
  /// For each partition and car, 1 + the highest sequence that arrived.
  std::vector<std::vector<std::uint64_t>> next_;
  /// Hashes of the first `garbage_of_` records' garbage; made when the first
  /// strange line arrives.
  std::unordered_set<std::uint64_t> garbage_;
  std::uint64_t garbage_of_ = 0;
  findings found_;
  std::uint64_t arrived_ = 0;
  std::vector<std::string> examples_;
};

} // namespace sluice::simulator
