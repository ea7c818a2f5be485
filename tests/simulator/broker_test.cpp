// The embedded broker as a process, and the oracle on a topic in it.
#include "simulator/output_reader.hpp"
#include "tests/simulator/scratch.hpp"

#include <boost/test/unit_test.hpp>
#include <librdkafka/rdkafka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

using namespace sluice;
using namespace sluice::simulator;
using namespace sluice::simulator_test;

namespace sluice::simulator_test {

struct broker_process {
  scratch dir;
  pid_t pid = -1;
  std::string address;

  broker_process() {
    const auto port_file = dir / "port";
    pid = ::fork();
    if (pid == 0) {
      ::execl(SLUICE_SIMULATOR, "sluice-simulator", "broker", "--topic",
              "driver:4", "--port-file", port_file.c_str(), nullptr);
      ::_exit(127);
    }
    const auto end
      = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (address.empty() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
      const auto lines = lines_of(content_of(port_file));
      if (!lines.empty())
        address = lines.front();
    }
  }

  ~broker_process() {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }

  /// Asks it to end; its exit code, or -1.
  int stop() {
    int status = 0;
    ::kill(pid, SIGTERM);
    ::waitpid(pid, &status, 0);
    pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void produce(const std::vector<std::string>& lines, std::int32_t partition) {
    auto* conf = rd_kafka_conf_new();
    char text[256];
    rd_kafka_conf_set(conf, "bootstrap.servers", address.c_str(), text,
                      sizeof text);
    auto* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    auto* topic = rd_kafka_topic_new(client, "driver", nullptr);
    for (const auto& line : lines)
      BOOST_TEST_REQUIRE(rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY,
                                          const_cast<char*>(line.data()),
                                          line.size(), nullptr, 0, nullptr)
                         == 0);
    BOOST_TEST(rd_kafka_flush(client, 20'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
  }
};

} // namespace sluice::simulator_test

BOOST_FIXTURE_TEST_SUITE(simulator_broker, broker_process)

BOOST_AUTO_TEST_CASE(a_topic_is_judged_over_all_its_partitions) {
  using std::chrono::seconds;
  BOOST_TEST_REQUIRE(!address.empty());
  ledger owed;
  owed.who.kind = fleet_kind::drivers;
  owed.who.period = 1;
  owed.who.count = 4;
  owed.records = owed.issued = 400;
  line_writer writer(owed.who);
  std::vector<std::vector<std::string>> parts(4);
  for (std::uint64_t i = 0; i < 400; ++i) {
    auto& line = parts[i % 4].emplace_back();
    writer.record(i, line);
    line.pop_back();
  }
  for (std::int32_t p = 0; p < 3; ++p)
    produce(parts[static_cast<std::size_t>(p)], p);
  auto reader = make_topic_output(address, "driver");
  BOOST_TEST_REQUIRE(!!reader);
  oracle o(owed, [&] { return owed; });
  BOOST_TEST_REQUIRE(!!(*reader)->read(o, seconds{20}));
  BOOST_TEST(o.judge().lost == 100U);
  produce(parts[3], 3);
  BOOST_TEST_REQUIRE(!!(*reader)->read(o, seconds{20}));
  BOOST_TEST(o.judge().right());
  produce({parts[2][50]}, 0);
  BOOST_TEST_REQUIRE(!!(*reader)->read(o, seconds{20}));
  BOOST_TEST(o.judge().duplicated == 1U);
  BOOST_TEST(!o.judge().right());
}

BOOST_AUTO_TEST_CASE(sigterm_ends_the_broker_with_0) {
  BOOST_TEST_REQUIRE(!address.empty());
  BOOST_TEST(stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
