// latency: from the write of a line to its visibility in Kafka.
#include "tests/bench/yardstick.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace sluice::yardstick {

namespace {

using steady = std::chrono::steady_clock;

/// A line begins with this many digits: the moment of its write in ns.
constexpr std::size_t stamp_length = 20;

long now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           steady::now().time_since_epoch())
    .count();
}

/// Appends `rate` lines a second, one at a time, evenly.
void write_lines(const std::string& path, std::size_t size, long rate,
                 std::chrono::seconds duration) {
  const int fd
    = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0)
    die(path + " cannot be written");
  std::string line(std::max(size, stamp_length + 2), 'x');
  line.back() = '\n';
  const auto begin = steady::now();
  const long lines = rate * duration.count();
  for (long i = 0; i < lines; ++i) {
    std::this_thread::sleep_until(
      begin + i * std::chrono::nanoseconds{1'000'000'000 / rate});
    char stamp[stamp_length + 1];
    std::snprintf(stamp, sizeof stamp, "%020ld", now_ns());
    line.replace(0, stamp_length, stamp);
    if (::write(fd, line.data(), line.size())
        != static_cast<ssize_t>(line.size()))
      die("a short write to " + path);
  }
  ::close(fd);
}

/// Reads all partitions of a topic; what an earlier run wrote is passed over.
class tail_reader {
public:
  tail_reader(const std::string& brokers, const std::string& topic)
    : client_(
      make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                      {"isolation.level", "read_committed"},
                                      {"fetch.wait.max.ms", "100"},
                                      {"log_level", "2"}})),
      topic_(rd_kafka_topic_new(client_, topic.c_str(), nullptr)),
      queue_(rd_kafka_queue_new(client_)) {
    const rd_kafka_metadata_t* found = nullptr;
    if (rd_kafka_metadata(client_, 0, topic_, &found, 10'000)
        != RD_KAFKA_RESP_ERR_NO_ERROR)
      die("no metadata of " + topic);
    const int partitions = found->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(found);
    for (int p = 0; p < partitions; ++p)
      rd_kafka_consume_start_queue(topic_, p, RD_KAFKA_OFFSET_BEGINNING,
                                   queue_);
  }

  /// The delay of the next line in ns, or -1 when none of this run came.
  [[nodiscard]] long next() const {
    auto* m = rd_kafka_consume_queue(queue_, 100);
    if (m == nullptr)
      return -1;
    long delay = -1;
    if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR && m->len > stamp_length) {
      const auto written = std::atol(
        std::string(static_cast<const char*>(m->payload), stamp_length)
          .c_str());
      if (written >= begin_)
        delay = now_ns() - written;
    }
    rd_kafka_message_destroy(m);
    return delay;
  }

private:
  long begin_ = now_ns();
  // Ends with the process: stopping a consumer takes longer than it is worth.
  rd_kafka_t* client_;
  rd_kafka_topic_t* topic_;
  rd_kafka_queue_t* queue_;
};

} // namespace

int latency(const std::vector<std::string>& arguments) {
  const auto size = static_cast<std::size_t>(std::atol(arguments[3].c_str()));
  const auto rate = std::atol(arguments[4].c_str());
  const std::chrono::seconds duration{std::atol(arguments[5].c_str())};
  const tail_reader reader{arguments[0], arguments[1]};
  std::thread writer{[&] { write_lines(arguments[2], size, rate, duration); }};
  std::vector<long> delays;
  const auto wanted = static_cast<std::size_t>(rate * duration.count());
  const auto until = steady::now() + duration + std::chrono::seconds{10};
  while (delays.size() < wanted && steady::now() < until)
    if (const auto d = reader.next(); d >= 0)
      delays.push_back(d);
  writer.join();
  if (delays.size() < wanted)
    die("only " + std::to_string(delays.size()) + " of "
        + std::to_string(wanted) + " lines became visible");
  std::sort(delays.begin(), delays.end());
  const auto at = [&](double part) {
    return static_cast<double>(delays[static_cast<std::size_t>(
             part * static_cast<double>(delays.size() - 1))])
           / 1e6;
  };
  std::printf("p50 %.1f p99 %.1f max %.1f ms\n", at(0.5), at(0.99), at(1));
  std::fflush(stdout);
  std::_Exit(0);
}

} // namespace sluice::yardstick
