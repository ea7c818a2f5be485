// yardstick: what the benchmarks are measured against, as small programs that
// do one thing the fastest way we know. Errors end the process with a line.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sluice::yardstick {

using properties = std::vector<std::pair<std::string, std::string>>;

/// Says why and ends the process with 1.
[[noreturn]] void die(const std::string& why);

/// A client; later properties win.
[[nodiscard]] rd_kafka_t* make_client(rd_kafka_type_t type,
                                      const properties& chosen);

/// A read-only file, read in blocks of whole lines.
class line_file {
public:
  explicit line_file(const std::string& path);
  ~line_file();
  line_file(const line_file&) = delete;
  line_file& operator=(const line_file&) = delete;

  /// Fills `into` up to its size with whole lines; 0 at the end.
  [[nodiscard]] std::size_t read(std::vector<char>& into);

private:
  int fd_;
  std::size_t at_ = 0;
};

/// Hands the lines of [from, to) to a partition without copying them, at most
/// `bytes_max` of them; returns where it stopped.
[[nodiscard]] const char* produce_lines(rd_kafka_topic_t* topic, int partition,
                                        const char* from, const char* to,
                                        std::size_t bytes_max);

/// memchr for each line of a file and PCRE2's machine code over it: the limit
/// for splitting and filtering. FILE REGEX.
int scan(const std::vector<std::string>& arguments);

/// Our own splitter and filter over the same blocks, without actors. FILE
/// REGEX.
int split(const std::vector<std::string>& arguments);

/// A file to Kafka exactly once, two transactional ids in turn: BROKERS TOPIC
/// POSITIONS_TOPIC FILE.
int lane(const std::vector<std::string>& arguments);

/// A file to Kafka by librdkafka's idempotent producer alone: BROKERS TOPIC
/// FILE.
int idempotent(const std::vector<std::string>& arguments);

/// Appends lines at a fixed rate to a file that an agent follows, and reads
/// the topic that it writes: how long each line takes to be visible. BROKERS
/// TOPIC FILE BYTES_A_LINE LINES_A_SECOND SECONDS.
int latency(const std::vector<std::string>& arguments);

} // namespace sluice::yardstick
