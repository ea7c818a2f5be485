#include "simulator/verify.hpp"

#include "actors/core/base/log.hpp"
#include "simulator/output_reader.hpp"
#include "simulator/progress.hpp"
#include "simulator/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>

namespace sluice::simulator {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// While others still write, one look must not hold up the other outputs; at the
// end a read_committed reader may have to wait for an abandoned transaction to
// time out (60 s and the broker's 10 s).
constexpr milliseconds patience_live{500};
constexpr milliseconds patience_end{90'000};
constexpr milliseconds poll_interval{50};
constexpr milliseconds status_interval{200};

// One output on its way to completeness.
class watch {
public:
  explicit watch(output_check what) : what_(std::move(what)) {
  }

  /// True when something new arrived.
  result<bool> look() {
    if (auto opened = open(); !opened)
      return opened.error();
    auto read = reader_->read(*oracle_, patience_live);
    if (!read && read.error().kind == errc::retry) {
      reset();
      return true;
    }
    if (!read && read.error().kind != errc::unavailable)
      return read.error();
    oracle_->update();
    return note();
  }

  [[nodiscard]] bool complete() const {
    return oracle_ && oracle_->known().closed
           && oracle_->arrived() >= oracle_->known().records;
  }

  /// Everything once more: a file from its beginning, since a restarted agent
  /// may have cut it off and written on; a topic to its end.
  result<findings> judge() {
    if (!what_.files.empty())
      reset();
    for (;;) {
      if (auto opened = open(); !opened)
        return opened.error();
      auto read = reader_->read(*oracle_, patience_end);
      if (read)
        break;
      if (read.error().kind != errc::retry)
        return read.error();
      reset();
    }
    oracle_->update();
    reader_->finish(*oracle_);
    return oracle_->judge();
  }

  [[nodiscard]] std::string status() const {
    if (!oracle_)
      return what_.ledger + " waits";
    const auto owed = oracle_->known().records;
    const auto now = steady_clock::now();
    const std::chrono::duration<double> since = now - shown_at_;
    const auto rate
      = static_cast<double>(oracle_->arrived()
                            - std::min(oracle_->arrived(), shown_))
        / std::max(since.count(), 1e-3);
    shown_ = oracle_->arrived();
    shown_at_ = now;
    return fmt::format("{}: written {} delivered {} ({:.0f}/s)", name(), owed,
                       oracle_->arrived(), rate);
  }

  /// The line of the status file; the last one, while the output is read anew.
  [[nodiscard]] const std::string& figures() {
    if (oracle_) {
      auto pause = longest_pause_;
      if (behind_since_)
        pause = std::max(pause, steady_clock::now() - *behind_since_);
      figures_
        = fmt::format("{} {} {} {}\n", name(), oracle_->known().records,
                      furthest_, duration_cast<milliseconds>(pause).count());
    }
    return figures_;
  }

  [[nodiscard]] std::string name() const {
    return oracle_ ? name_of(oracle_->known().who.kind) : what_.ledger;
  }

  [[nodiscard]] milliseconds longest_pause() const {
    return duration_cast<milliseconds>(longest_pause_);
  }

  [[nodiscard]] const oracle& found() const {
    return *oracle_;
  }

private:
  result<void> open() {
    if (!oracle_) {
      auto known = load_ledger(what_.ledger);
      if (!known)
        return known.error();
      const auto first = *known;
      oracle_.emplace(first, [path = what_.ledger, last = first]() mutable {
        // It was readable once: a failure now is of the moment.
        if (auto again = load_ledger(path))
          last = *again;
        return last;
      });
    }
    if (reader_)
      return {};
    if (!what_.files.empty()) {
      reader_ = make_file_reader(what_.files);
      return {};
    }
    auto topic = make_topic_output(what_.brokers, what_.topic);
    if (!topic)
      return topic.error();
    reader_ = std::move(*topic);
    return {};
  }

  void reset() {
    oracle_.reset();
    reader_.reset();
  }

  // A pause counts while there is something that has not arrived. What was cut
  // off and is read once more is no progress.
  bool note() {
    const bool advanced = oracle_->arrived() > furthest_;
    furthest_ = std::max(furthest_, oracle_->arrived());
    const auto now = steady_clock::now();
    if (behind_since_ && advanced)
      longest_pause_ = std::max(longest_pause_, now - *behind_since_);
    if (oracle_->arrived() >= oracle_->known().records)
      behind_since_.reset();
    else if (advanced || !behind_since_)
      behind_since_ = now;
    return advanced;
  }

  output_check what_;
  std::optional<oracle> oracle_;
  std::unique_ptr<output_reader> reader_;
  std::optional<steady_clock::time_point> behind_since_;
  steady_clock::duration longest_pause_{};
  std::uint64_t furthest_ = 0;
  std::string figures_;
  mutable std::uint64_t shown_ = 0;
  mutable steady_clock::time_point shown_at_ = steady_clock::now();
};

bool all_complete(const std::vector<watch>& watches) {
  return std::all_of(watches.begin(), watches.end(),
                     [](const watch& w) { return w.complete(); });
}

std::string status_of(const std::vector<watch>& watches) {
  std::string text;
  for (const auto& w : watches)
    text += (text.empty() ? "" : " | ") + w.status();
  return text;
}

// Moved into place, so that nobody reads half of it.
void write_status(std::vector<watch>& watches, const std::string& path) {
  const auto fresh = path + ".new";
  {
    std::ofstream out{fresh};
    for (auto& w : watches)
      out << w.figures();
  }
  static_cast<void>(std::rename(fresh.c_str(), path.c_str()));
}

// A broker that is away or a ledger that is not there yet is what waiting is
// for; the last such failure is told when the waiting is over.
void read_until_complete(std::vector<watch>& watches,
                         const verify_options& options) {
  progress line("verify");
  auto last = steady_clock::now();
  steady_clock::time_point status_due{};
  while (!stop_requested() && steady_clock::now() - last < options.wait) {
    for (auto& w : watches)
      if (auto looked = w.look(); looked && *looked)
        last = steady_clock::now();
    if (!options.status_path.empty() && steady_clock::now() >= status_due) {
      write_status(watches, options.status_path);
      status_due = steady_clock::now() + status_interval;
    }
    if (all_complete(watches))
      break;
    if (options.live && line.due())
      line.show(-1, status_of(watches));
    rest(poll_interval);
  }
  if (!options.status_path.empty())
    write_status(watches, options.status_path);
  if (options.live)
    line.finish(-1, status_of(watches));
}

} // namespace

result<output_check> parse_check(const std::string& text) {
  const failure wrong{errc::config, "'" + text
                                      + "' is neither LEDGER=file:PATH nor "
                                        "LEDGER=kafka:HOST:PORT/TOPIC"};
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return wrong;
  output_check c;
  c.ledger = text.substr(0, equals);
  const auto output = text.substr(equals + 1);
  if (output.starts_with("file:") && output.size() > 5) {
    c.files.push_back(output.substr(5));
    return c;
  }
  const auto slash = output.rfind('/');
  if (!output.starts_with("kafka:") || slash == std::string::npos || slash <= 6
      || slash + 1 == output.size())
    return wrong;
  c.brokers = output.substr(6, slash - 6);
  c.topic = output.substr(slash + 1);
  return c;
}

result<bool> run_verify(const verify_options& options) {
  std::vector<watch> watches(options.checks.begin(), options.checks.end());
  const auto start = steady_clock::now();
  if (options.wait.count() > 0)
    read_until_complete(watches, options);
  findings sum;
  bool right = true;
  for (auto& w : watches) {
    auto found = w.judge();
    if (!found)
      return found.error();
    sum += *found;
    right = right && found->right();
    for (const auto& example : w.found().examples())
      fmt::print("{}: {}\n", w.name(), example);
    fmt::print("{}: written {} filtered {} delivered {} lost {} duplicated {} "
               "reordered {} torn {} phantom {} leaked {}, longest pause {} "
               "ms{}\n",
               w.name(), found->written, found->filtered, found->delivered,
               found->lost, found->duplicated, found->reordered, found->torn,
               found->phantom, found->leaked, w.longest_pause().count(),
               found->written == 0 ? " (nothing was written)" : "");
  }
  const std::chrono::duration<double> took = steady_clock::now() - start;
  fmt::print("verified in {:.1f} s\n{}\n", took.count(), sum.verdict());
  return right;
}

} // namespace sluice::simulator
