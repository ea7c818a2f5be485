#include "simulator/list_topic.hpp"

#include "actors/core/base/log.hpp"
#include "simulator/output_reader.hpp"
#include "simulator/signals.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

namespace sluice::simulator {

namespace {

// A transaction that nobody ends is ended by the broker after 60 s, and it
// looks for those every 10 s.
constexpr std::chrono::milliseconds patience_end{90'000};
constexpr std::chrono::milliseconds patience_live{500};
constexpr std::chrono::milliseconds poll_interval{20};

void print(const topic_record& r) {
  fmt::print("{} {} {}\n", r.partition, r.offset, log::escaped(r.value));
}

result<void> follow(const list_options& options, isolation level) {
  std::unique_ptr<topic_reader> reader;
  while (!stop_requested()) {
    if (!reader) {
      auto opened = open_topic(options.brokers, options.topic, level);
      if (!opened && opened.error().kind != errc::unavailable)
        return opened.error();
      if (opened)
        reader = std::move(*opened);
    }
    if (reader) {
      auto read = reader->read_to_end(print, patience_live);
      if (!read && read.error().kind != errc::unavailable)
        return read.error();
    }
    std::fflush(stdout);
    rest(poll_interval);
  }
  return {};
}

} // namespace

result<void> list_topic(const list_options& options) {
  const auto level = options.uncommitted ? isolation::read_uncommitted
                                         : isolation::read_committed;
  if (options.follow)
    return follow(options, level);
  auto reader = open_topic(options.brokers, options.topic, level);
  if (!reader)
    return reader.error();
  return (*reader)->read_to_end(print, patience_end);
}

} // namespace sluice::simulator
