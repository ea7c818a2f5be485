// lane, idempotent: a file to Kafka, the cheapest way that librdkafka has.
//
// The lane follows the rules of actors/core/kafka/lane.hpp without what makes
// them last: it reads no positions, recovers from nothing and ends at the
// first error. What it measures is the way of the bytes.
#include "tests/bench/yardstick.hpp"

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

namespace sluice::yardstick {

namespace {

constexpr std::size_t transaction_bytes = 4 << 20;
constexpr std::size_t request_bytes = 900'000;
constexpr int patience_ms = 10'000;

properties fast(const std::string& brokers) {
  return {{"bootstrap.servers", brokers},
          {"linger.ms", "1000"},
          {"batch.num.messages", "1000000"},
          {"batch.size", "100000000"},
          {"queue.buffering.max.messages", "10000000"},
          {"delivery.report.only.error", "true"},
          {"socket.nagle.disable", "true"},
          {"compression.codec", "none"},
          {"log_level", "2"}};
}

void must(rd_kafka_error_t* error) {
  if (error != nullptr)
    die(rd_kafka_error_string(error));
}

void must_flush(rd_kafka_t* client) {
  if (rd_kafka_flush(client, patience_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
    die("records did not arrive");
}

/// One transactional id.
struct turn {
  turn(const std::string& brokers, const std::string& id,
       const std::string& data, const std::string& positions) {
    auto chosen = fast(brokers);
    chosen.emplace_back("transactional.id", id);
    chosen.emplace_back("transaction.timeout.ms", "10000");
    client = make_client(RD_KAFKA_PRODUCER, chosen);
    must(rd_kafka_init_transactions(client, patience_ms));
    to = rd_kafka_topic_new(client, data.c_str(), nullptr);
    own = rd_kafka_topic_new(client, positions.c_str(), nullptr);
  }

  ~turn() {
    rd_kafka_topic_destroy(to);
    rd_kafka_topic_destroy(own);
    rd_kafka_destroy(client);
  }

  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

  void note(const std::string& key, const std::string& value) const {
    if (rd_kafka_produce(own, 0, RD_KAFKA_MSG_F_COPY,
                         const_cast<char*>(value.data()), value.size(),
                         key.data(), key.size(), nullptr)
        != 0)
      die("a position was not taken");
  }

  rd_kafka_t* client = nullptr;
  rd_kafka_topic_t* to = nullptr;
  rd_kafka_topic_t* own = nullptr;
};

/// Commits beside the caller, one transaction at a time, in order.
class committer {
public:
  committer() : thread_([this] { work(); }) {
  }

  ~committer() {
    wait();
    {
      const std::lock_guard lock{guard_};
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  committer(const committer&) = delete;
  committer& operator=(const committer&) = delete;

  void hand_over(const turn& t, std::uint64_t position) {
    const std::lock_guard lock{guard_};
    job_ = &t;
    position_ = position;
    changed_.notify_all();
  }

  void wait() {
    std::unique_lock lock{guard_};
    changed_.wait(lock, [this] { return job_ == nullptr; });
  }

private:
  void work() {
    std::unique_lock lock{guard_};
    while (true) {
      changed_.wait(lock, [this] { return job_ != nullptr || over_; });
      if (job_ == nullptr)
        return;
      lock.unlock();
      job_->note("position", std::to_string(position_));
      must(rd_kafka_commit_transaction(job_->client, patience_ms));
      lock.lock();
      job_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex guard_;
  std::condition_variable changed_;
  const turn* job_ = nullptr;
  std::uint64_t position_ = 0;
  bool over_ = false;
  std::thread thread_;
};

/// Blocks of a file, the next one read while this one is sent.
class blocks {
public:
  explicit blocks(const std::string& path) : file_(path) {
    fetch();
  }

  /// False at the end. `into` is filled, its `used` bytes are whole lines.
  bool next(std::unique_ptr<std::vector<char>>& into, std::size_t& used) {
    auto [block, n] = ahead_.get();
    into = std::move(block);
    used = n;
    if (n > 0)
      fetch();
    return n > 0;
  }

private:
  using filled = std::pair<std::unique_ptr<std::vector<char>>, std::size_t>;

  void fetch() {
    ahead_ = std::async(std::launch::async, [this]() -> filled {
      auto block = std::make_unique<std::vector<char>>(transaction_bytes);
      const auto n = file_.read(*block);
      return {std::move(block), n};
    });
  }

  line_file file_;
  std::future<filled> ahead_;
};

void send(rd_kafka_t* client, rd_kafka_topic_t* to, const char* from,
          const char* end) {
  while (from < end) {
    from = produce_lines(to, 0, from, end, request_bytes);
    must_flush(client);
  }
}

} // namespace

int lane(const std::vector<std::string>& arguments) {
  const auto& [brokers, topic, positions, path]
    = std::tie(arguments[0], arguments[1], arguments[2], arguments[3]);
  // What is sent lives until its transaction is committed: two are under way.
  std::unique_ptr<std::vector<char>> sending;
  std::unique_ptr<std::vector<char>> committing;
  const turn first{brokers, topic + "-0", topic, positions};
  const turn second{brokers, topic + "-1", topic, positions};
  blocks file{path};
  committer commits;
  std::uint64_t sent = 0;
  std::size_t n = 0;
  std::unique_ptr<std::vector<char>> block;
  for (bool odd = false; file.next(block, n); odd = !odd) {
    const auto& t = odd ? second : first;
    must(rd_kafka_begin_transaction(t.client));
    t.note("touch", "");
    send(t.client, t.to, block->data(), block->data() + n);
    commits.wait();
    committing = std::move(sending);
    sending = std::move(block);
    commits.hand_over(t, sent += n);
  }
  return 0;
}

int idempotent(const std::vector<std::string>& arguments) {
  auto chosen = fast(arguments[0]);
  // The usual way: let the client batch, and keep its queue filled.
  chosen.emplace_back("enable.idempotence", "true");
  chosen.emplace_back("linger.ms", "5");
  chosen.emplace_back("batch.size", "1000000");
  auto* client = make_client(RD_KAFKA_PRODUCER, chosen);
  auto* to = rd_kafka_topic_new(client, arguments[1].c_str(), nullptr);
  // All of the file stays in memory: nothing waits for room.
  std::vector<std::unique_ptr<std::vector<char>>> alive;
  blocks file{arguments[2]};
  std::unique_ptr<std::vector<char>> block;
  std::size_t n = 0;
  while (file.next(block, n)) {
    const char* from = block->data();
    while (from < block->data() + n)
      from = produce_lines(to, 0, from, block->data() + n, n);
    alive.push_back(std::move(block));
  }
  must_flush(client);
  rd_kafka_topic_destroy(to);
  rd_kafka_destroy(client);
  return 0;
}

} // namespace sluice::yardstick
