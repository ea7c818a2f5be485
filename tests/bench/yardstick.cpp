// The yardsticks' one program: yardstick NAME ARGUMENT…
#include "tests/bench/yardstick.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace sluice::yardstick {

void die(const std::string& why) {
  std::fprintf(stderr, "yardstick: %s\n", why.c_str());
  std::exit(1);
}

rd_kafka_t* make_client(rd_kafka_type_t type, const properties& chosen) {
  std::array<char, 512> why{};
  auto* conf = rd_kafka_conf_new();
  for (const auto& [key, value] : chosen)
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why.data(),
                          why.size())
        != RD_KAFKA_CONF_OK)
      die(why.data());
  // Reports as events: a flush then waits on a condition, not in polls.
  rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  auto* made = rd_kafka_new(type, conf, why.data(), why.size());
  if (made == nullptr)
    die(why.data());
  return made;
}

line_file::line_file(const std::string& path)
  : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0)
    die(path + ": " + std::strerror(errno));
}

line_file::~line_file() {
  ::close(fd_);
}

std::size_t line_file::read(std::vector<char>& into) {
  const auto got
    = ::pread(fd_, into.data(), into.size(), static_cast<off_t>(at_));
  if (got <= 0)
    return 0;
  const auto* last = static_cast<const char*>(
    ::memrchr(into.data(), '\n', static_cast<std::size_t>(got)));
  if (last == nullptr)
    return 0;
  const auto whole = static_cast<std::size_t>(last + 1 - into.data());
  at_ += whole;
  return whole;
}

const char* produce_lines(rd_kafka_topic_t* topic, int partition,
                          const char* from, const char* to,
                          std::size_t bytes_max) {
  static std::array<rd_kafka_message_t, 1024> messages;
  while (from < to && bytes_max > 0) {
    std::size_t n = 0;
    while (n < messages.size() && from < to && bytes_max > 0) {
      const auto* end = static_cast<const char*>(
        std::memchr(from, '\n', static_cast<std::size_t>(to - from)));
      const auto length = static_cast<std::size_t>(end - from);
      messages[n] = {};
      messages[n].payload = const_cast<char*>(from);
      messages[n++].len = length;
      // What a record costs beside its bytes.
      bytes_max -= std::min(bytes_max, length + 12);
      from = end + 1;
    }
    if (rd_kafka_produce_batch(topic, partition, 0, messages.data(),
                               static_cast<int>(n))
        != static_cast<int>(n))
      die("not all records were taken");
  }
  return from;
}

} // namespace sluice::yardstick

int main(int argc, char** argv) {
  using namespace sluice::yardstick;
  const std::vector<std::string> all(argv + 1, argv + argc);
  const std::map<std::string, std::pair<std::size_t, decltype(&scan)>> programs{
    {"scan", {2, scan}},
    {"split", {2, split}},
    {"lane", {4, lane}},
    {"idempotent", {3, idempotent}},
    {"latency", {6, latency}}};
  const auto chosen = all.empty() ? programs.end() : programs.find(all[0]);
  if (chosen == programs.end() || all.size() != 1 + chosen->second.first)
    die("see yardstick.hpp for the programs and their arguments");
  return chosen->second.second({all.begin() + 1, all.end()});
}
