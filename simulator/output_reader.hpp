// output_reader: hands an output's new lines to the oracle, call by call.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/kafka/topic_reader.hpp"
#include "simulator/oracle.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace sluice::simulator {

/// One output that may still grow.
class output_reader {
public:
  virtual ~output_reader() = default;

  /// Gives the oracle everything that is new, in its order. `unavailable` when
  /// the end was not reached after `patience`; the next call goes on there.
  /// `retry` when what was given before is not true any more (a file became
  /// shorter): start over with a new reader and a new oracle.
  [[nodiscard]] virtual result<void> read(oracle& judge,
                                          std::chrono::milliseconds patience)
    = 0;

  /// Nothing more is to come: what is left without a line end is a line too.
  virtual void finish(oracle& judge) = 0;
};

/// Reads the files of a logger or file_roll sink, one after the other: lines
/// with \\ and \xNN. A file that is not there has no lines.
[[nodiscard]] std::unique_ptr<output_reader>
make_file_reader(std::vector<std::string> paths);

/// Reads the committed records of a topic, each a line. Fails like
/// `topic_reader::open`.
[[nodiscard]] result<std::unique_ptr<output_reader>>
make_topic_output(const std::string& brokers, const std::string& topic);

/// Opens a topic for a reader that is soon back at a restarted broker. Fails
/// like `topic_reader::open`.
[[nodiscard]] result<std::unique_ptr<topic_reader>>
open_topic(const std::string& brokers, const std::string& topic,
           isolation level);

/// Undoes the logger's escapes in place; false when they are wrong.
[[nodiscard]] bool unescape(std::string& line);

} // namespace sluice::simulator
