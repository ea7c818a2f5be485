#include "simulator/output_reader.hpp"

#include "actors/core/base/unique_fd.hpp"
#include "actors/core/kafka/topic_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace sluice::simulator {

namespace {

int hex_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

class file_reader final : public output_reader {
public:
  explicit file_reader(std::vector<std::string> paths) {
    for (auto& path : paths)
      parts_.push_back({std::move(path), {}, 0, {}});
  }

  result<void> read(oracle& judge, std::chrono::milliseconds) override {
    for (auto& p : parts_)
      if (auto done = read_part(p, judge); !done)
        return done;
    return {};
  }

  void finish(oracle& judge) override {
    for (auto& p : parts_)
      if (!p.rest.empty()) {
        judge.take(p.rest, 0);
        p.rest.clear();
      }
  }

private:
  struct part {
    std::string path;
    unique_fd fd;
    off_t offset = 0;
    std::string rest; ///< the line that has not ended yet
  };

  result<void> read_part(part& p, oracle& judge) {
    if (!p.fd) {
      p.fd.reset(::open(p.path.c_str(), O_RDONLY | O_CLOEXEC));
      if (!p.fd && errno == ENOENT)
        return {};
      if (!p.fd)
        return errno_failure("open " + p.path, errno);
    }
    struct stat st = {};
    if (::fstat(p.fd.get(), &st) != 0)
      return errno_failure("look at " + p.path, errno);
    if (st.st_size < p.offset)
      return failure{errc::retry, p.path + " became shorter"};
    block_.resize(1 << 20);
    for (;;) {
      const auto n
        = ::pread(p.fd.get(), block_.data(), block_.size(), p.offset);
      if (n < 0)
        return errno_failure("read " + p.path, errno);
      if (n == 0)
        return {};
      p.offset += n;
      split(std::string_view(block_).substr(0, static_cast<std::size_t>(n)), p,
            judge);
    }
  }

  void split(std::string_view bytes, part& p, oracle& judge) {
    for (;;) {
      const auto end = bytes.find('\n');
      if (end == std::string_view::npos) {
        p.rest += bytes;
        return;
      }
      if (p.rest.empty()) {
        take(bytes.substr(0, end), judge);
      } else {
        p.rest += bytes.substr(0, end);
        take(p.rest, judge);
        p.rest.clear();
      }
      bytes.remove_prefix(end + 1);
    }
  }

  void take(std::string_view line, oracle& judge) {
    if (line.find('\\') == std::string_view::npos) {
      judge.take(line, 0);
      return;
    }
    line_ = line;
    // A line that is wrongly escaped is no line of ours, as it stands.
    judge.take(unescape(line_) ? std::string_view(line_) : line, 0);
  }

  std::vector<part> parts_;
  std::string block_;
  std::string line_;
};

class topic_output final : public output_reader {
public:
  explicit topic_output(std::unique_ptr<topic_reader> topic)
    : topic_(std::move(topic)) {
  }

  result<void> read(oracle& judge,
                    std::chrono::milliseconds patience) override {
    return topic_->read_to_end(
      [&](const topic_record& r) { judge.take(r.value, r.partition); },
      patience);
  }

  void finish(oracle&) override {
  }

private:
  std::unique_ptr<topic_reader> topic_;
};

} // namespace

bool unescape(std::string& line) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < line.size();) {
    if (line[from] != '\\') {
      line[to++] = line[from++];
    } else if (line.compare(from, 2, "\\\\") == 0) {
      line[to++] = '\\';
      from += 2;
    } else {
      if (from + 4 > line.size() || line[from + 1] != 'x')
        return false;
      const int high = hex_of(line[from + 2]);
      const int low = hex_of(line[from + 3]);
      if (high < 0 || low < 0)
        return false;
      line[to++] = static_cast<char>(high * 16 + low);
      from += 4;
    }
  }
  line.resize(to);
  return true;
}

std::unique_ptr<output_reader>
make_file_reader(std::vector<std::string> paths) {
  return std::make_unique<file_reader>(std::move(paths));
}

result<std::unique_ptr<topic_reader>> open_topic(const std::string& brokers,
                                                 const std::string& topic,
                                                 isolation level) {
  // Back at a restarted broker at once: its pause is measured by this clock
  // (librdkafka's patience between attempts grows to 10 s).
  const client_properties properties{
    {"bootstrap.servers", brokers},
    {"reconnect.backoff.ms", "20"},
    {"reconnect.backoff.max.ms", "100"},
    {"fetch.error.backoff.ms", "50"},
    {"topic.metadata.refresh.interval.ms", "1000"}};
  return topic_reader::open(properties, topic, level);
}

result<std::unique_ptr<output_reader>>
make_topic_output(const std::string& brokers, const std::string& topic) {
  auto opened = open_topic(brokers, topic, isolation::read_committed);
  if (!opened)
    return opened.error();
  return std::unique_ptr<output_reader>(
    std::make_unique<topic_output>(std::move(*opened)));
}

} // namespace sluice::simulator
