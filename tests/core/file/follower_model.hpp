// A follower against a writer that does everything writers and logrotate do,
// in an order drawn from a seed, with restarts in between. Oracle: every line
// once, in order, for each path; no gap; nothing missed.
#pragma once

#include "tests/core/file/follower_fixture.hpp"
#include "tests/core/file/lines.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <utility>

namespace sluice::follower_model {

/// What writers wrote under one path, as lines.
struct written {
  std::string name;
  std::string expected;
  std::string half; ///< of the line that has no newline yet
  bool at_line_start = true;
  int serial = 0;
  int rotations = 0;
  /// Not after a generation that began with one was truncated: a position
  /// behind nothing but blank lines fits the next one as well.
  bool blank_next = true;
  /// The first start listed it, or something of it was committed.
  bool known = false;
};

class model : public file_test::follower_fixture {
public:
  explicit model(std::uint64_t seed) : random_(seed), told_(seed % 2 == 0) {
    const auto files = 1 + draw(2);
    for (std::uint64_t i = 0; i < files; ++i)
      paths_.push_back(
        {std::string(1, static_cast<char>('a' + i)) + ".log", {}, {}});
    if (draw(2) == 0)
      for (auto& w : paths_)
        write_lines(w), w.known = true;
    start(settings());
  }

  void run(int steps) {
    for (int i = 0; i < steps && problem.empty(); ++i)
      act();
    finish();
  }

  std::string problem;
  std::string story; ///< what happened, for a failed seed

private:
  void tell(const std::string& what) {
    story += what + "\n";
  }

  std::uint64_t draw(std::uint64_t below) {
    return random_() % below;
  }

  follower_options settings() {
    auto o = pattern();
    o.framing.line_max = 4096;
    if (told_)
      o.noticing = watch::method::inotify;
    return o;
  }

  written& any() {
    return paths_[draw(paths_.size())];
  }

  void write_lines(written& w) {
    std::string bytes;
    for (auto n = 1 + draw(8); n > 0; --n) {
      std::string line;
      if (!w.at_line_start || !std::exchange(w.blank_next, true)
          || draw(12) != 0)
        line = w.name + std::to_string(w.serial++)
               + std::string(draw(20) == 0 ? draw(900) : draw(30), 'x');
      bytes += line + (draw(4) == 0 ? "\r\n" : "\n");
      w.expected += w.half + line + "\n";
      w.half.clear();
      w.at_line_start = true;
    }
    if (draw(3) == 0) {
      w.half = w.name + std::to_string(w.serial++) + "half";
      w.at_line_start = false;
      bytes += w.half;
    }
    append(w.name, bytes);
    tell("write " + w.name + " to " + std::to_string(w.serial));
  }

  /// A line that is cut off by a rotation ends there.
  void end_line(written& w) {
    if (!w.half.empty())
      w.expected += w.half + "\n";
    w.half.clear();
    w.at_line_start = true;
  }

  void shift(const written& w) {
    for (int i = w.rotations; i > 0; --i)
      if (const auto from = w.name + "." + std::to_string(i); dir.has(from))
        dir.rename(from, w.name + "." + std::to_string(i + 1));
  }

  void rotate_by_rename(written& w) {
    if (!dir.has(w.name))
      return;
    shift(w);
    ++w.rotations;
    dir.rename(w.name, w.name + ".1");
    tell("renamed " + w.name);
    end_line(w);
    if (draw(2) == 0)
      write_lines(w);
  }

  void rotate_by_copy(written& w) {
    // An empty generation leaves no trace that two truncations differ by.
    if (!dir.has(w.name) || std::filesystem::file_size(dir.at(w.name)) == 0)
      return;
    // Of a few bytes only the times tell whether they were copied or rotated.
    if (std::filesystem::file_size(dir.at(w.name)) < witness_length_max)
      next_tick();
    shift(w);
    ++w.rotations;
    copy(w.name, w.name + ".1");
    tell("copied " + w.name);
    // What both generations may begin with is told apart by the time of the
    // truncation.
    if (begins_blank(w))
      next_tick();
    w.blank_next = !begins_blank(w);
    // The writer is held while logrotate works; the reader is not.
    for (auto n = draw(4); n > 0; --n)
      reader_acts();
    truncate(w.name);
    tell("truncated " + w.name);
    end_line(w);
    if (draw(2) == 0)
      write_lines(w);
  }

  void rotate_by_delete(written& w) {
    if (!dir.has(w.name))
      return;
    // Only what somebody has open outlives its name.
    read_all(1 << 20, batch_events_max);
    write_more_before_deletion(w);
    dir.remove(w.name);
    tell("deleted " + w.name);
    end_line(w);
    if (draw(2) == 0)
      write_lines(w);
    deleted_ = true;
  }

  void write_more_before_deletion(written& w) {
    if (draw(2) == 0)
      write_lines(w);
    read_all(1 + draw(300), 1 + draw(20));
  }

  /// Until file times differ: they move in ticks, some ahead by up to one.
  static void next_tick() {
    const auto now = [] {
      timespec t{};
      ::clock_gettime(CLOCK_REALTIME_COARSE, &t);
      return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
    };
    auto seen = now();
    for (int ticks = 0; ticks < 2; ::usleep(500))
      if (const auto t = now(); std::exchange(seen, t) != t)
        ++ticks;
  }

  [[nodiscard]] bool begins_blank(const written& w) const {
    const int first = std::ifstream{dir.at(w.name)}.get();
    return first == '\n' || first == '\r';
  }

  /// Somebody's cp to a rotated name, whether its content was read or not,
  /// with somebody looking or not. (Less than 256 bytes of a generation that
  /// nobody has seen may as well be another one, and of a log that was never
  /// seen at its path nobody can say which file was the log.)
  void copy_aside(written& w) {
    if (draw(4) != 0 || !w.known || !dir.has(w.name)
        || std::filesystem::file_size(dir.at(w.name)) < witness_length_max)
      return;
    next_tick();
    copy(w.name, w.name + "." + std::to_string(1000 + serial_++));
    tell("aside " + w.name);
  }

  void read_everything() override {
    read_all(1 << 20, batch_events_max);
  }

  void read_all(std::size_t bytes, std::size_t events) {
    while (problem.empty() && take_one(bytes, events)) {
    }
  }

  bool take_one(std::size_t bytes, std::size_t events) {
    // Without inotify a reader looks around once in its pace.
    if (!told_)
      clock.forward(std::chrono::milliseconds{10});
    const auto b = reader->read(bytes, events);
    if (!b)
      problem = b.error().text;
    else if (*b) {
      for (const auto& r : (*b)->runs)
        tell("run " + r.proof.path.substr(dir.path().size()) + " "
             + r.from_origin.value() + " after " + at(r.after) + " "
             + at(r.start()) + " to " + std::to_string(r.to) + " kind "
             + std::to_string(static_cast<int>(r.kind)) + " events "
             + std::to_string(r.count));
      if (const auto gap = end.take(*b); !gap.empty())
        problem = gap;
    }
    return b && *b;
  }

  static std::string at(const position& p) {
    return std::to_string(p.generation) + "/" + std::to_string(p.offset);
  }

  void commit_some() {
    end.commit(*reader);
    committed_lines_ = end.by_lineage;
    for (auto& w : paths_)
      w.known = w.known || !committed_lines_["s:" + dir.at(w.name)].empty();
    tell("committed");
  }

  void new_process() {
    if (deleted_) {
      // A process that dies takes what only it had open with it.
      deliver();
      commit_some();
      deleted_ = false;
    }
    kill();
    tell("killed");
    end.by_lineage = committed_lines_;
    down_ = true;
  }

  void reader_acts() {
    if (down_) {
      if (draw(3) == 0) {
        start(settings());
        tell("started");
        down_ = false;
      }
      return;
    }
    switch (draw(8)) {
    case 0:
      start(settings());
      break;
    case 1:
      new_process();
      break;
    case 2:
      clock.forward(std::chrono::milliseconds{draw(2500)});
      break;
    case 3:
      commit_some();
      break;
    default:
      take_one(1 + draw(3000), 1 + draw(60));
    }
  }

  void act() {
    auto& w = any();
    switch (draw(14)) {
    case 0:
    case 1:
    case 2:
      write_lines(w);
      break;
    case 3:
      rotate_by_rename(w);
      break;
    case 4:
      rotate_by_copy(w);
      break;
    case 5:
      if (!down_)
        rotate_by_delete(w);
      break;
    case 6:
      copy_aside(w);
      break;
    default:
      reader_acts();
    }
  }

  void finish() {
    if (down_)
      start(settings());
    for (auto& w : paths_) {
      // With the path there again, what was rotated from it is finished.
      if (!w.half.empty() || !dir.has(w.name))
        write_lines(w), end_half(w);
    }
    deliver();
    commit_some();
    // Once more in a new process: nothing may come twice.
    kill();
    start(settings());
    deliver();
    for (auto& w : paths_) {
      if (problem.empty())
        problem = judge(w);
    }
    if (problem.empty() && (end.missed != 0 || !reader->drained()))
      problem = "missed " + std::to_string(end.missed);
  }

  /// Every line of a path once, in order. A file that was rotated before
  /// anybody saw its path is one of its own until that path is seen: its lines
  /// have their order within it.
  std::string judge(const written& w) {
    const auto lineage = "s:" + dir.at(w.name);
    std::vector<std::string> got;
    bool apart = false;
    for (const auto& [name, text] : end.by_lineage)
      if (name.starts_with(lineage)) {
        apart = apart || (name != lineage && !text.empty());
        const auto lines = lines_of(text);
        if (!std::is_sorted(lines.begin(), lines.end(), older_line))
          return "reordered in " + name;
        got.insert(got.end(), lines.begin(), lines.end());
      }
    if (!apart && end.by_lineage[lineage] != w.expected)
      return "of " + w.name + ": "
             + difference(end.by_lineage[lineage], w.expected);
    auto wanted = lines_of(w.expected);
    std::sort(wanted.begin(), wanted.end());
    std::sort(got.begin(), got.end());
    const auto text = [](const std::vector<std::string>& lines) {
      std::string out;
      for (const auto& line : lines)
        out += line + "\n";
      return out;
    };
    return got == wanted ? ""
                         : "sorted, of " + w.name + ": "
                             + difference(text(got), text(wanted));
  }

  void end_half(written& w) {
    if (w.half.empty())
      return;
    append(w.name, "\n");
    end_line(w);
  }

  std::mt19937_64 random_;
  bool told_; ///< by inotify
  std::vector<written> paths_;
  std::map<std::string, std::string> committed_lines_;
  bool down_ = false;
  bool deleted_ = false;
  int serial_ = 0;
};

} // namespace sluice::follower_model
