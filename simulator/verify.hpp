// verify: reads outputs until they are complete and gives the verdict.
#pragma once

#include "actors/core/base/result.hpp"
#include "simulator/oracle.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sluice::simulator {

/// One ledger and the output that must hold it: files, or a topic.
struct output_check {
  std::string ledger;
  std::vector<std::string> files;
  std::string brokers;
  std::string topic;
};

/// Parses `LEDGER=file:PATH` or `LEDGER=kafka:HOST:PORT/TOPIC`; `config` with
/// the two forms for anything else.
[[nodiscard]] result<output_check> parse_check(const std::string& text);

struct verify_options {
  std::vector<output_check> checks;
  /// Reads on until everything has arrived, or nothing new has for so long;
  /// 0 = judges what is there.
  std::chrono::milliseconds wait{0};
  /// Shows what arrives, on standard error.
  bool live = false;
  /// This file is rewritten five times a second, a line for each output: its
  /// fleet, records written, records delivered, and the longest pause in ms
  /// while something was under way. Empty: none.
  std::string status_path;
};

/// Prints what it found, to standard output, and the verdict as last line; says
/// whether all is right. A failure when an output or ledger cannot be read.
[[nodiscard]] result<bool> run_verify(const verify_options& options);

} // namespace sluice::simulator
