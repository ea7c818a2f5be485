// A follower against a writer that does everything writers and logrotate do,
// in an order drawn from a seed, with restarts in between. Oracle: every line
// once, in order, for each path; no gap; nothing missed.
#include "tests/core/file/follower_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
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
  bool fresh = true;
  /// Somebody remembers a file of this path; before that a rotated name is a
  /// file of its own, and delivered as such.
  bool known = false;
};

class model : public file_test::follower_fixture {
public:
  explicit model(std::uint64_t seed) : random_(seed) {
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
    return o;
  }

  written& any() {
    return paths_[draw(paths_.size())];
  }

  void write_lines(written& w) {
    std::string bytes;
    for (auto n = 1 + draw(8); n > 0; --n) {
      std::string line;
      // A generation of nothing but a blank line has no face of its own.
      if (std::exchange(w.fresh, false) || !w.at_line_start || draw(12) != 0)
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
    w.fresh = true;
  }

  void shift(const written& w) {
    for (int i = w.rotations; i > 0; --i)
      if (const auto from = w.name + "." + std::to_string(i); dir.has(from))
        dir.rename(from, w.name + "." + std::to_string(i + 1));
  }

  void rotate_by_rename(written& w) {
    if (!w.known || !dir.has(w.name))
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
    if (!w.known || !dir.has(w.name)
        || std::filesystem::file_size(dir.at(w.name)) == 0)
      return;
    shift(w);
    ++w.rotations;
    copy(w.name, w.name + ".1");
    tell("copied " + w.name);
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
    if (!w.known || !dir.has(w.name))
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

  /// Somebody's cp to a rotated name, of what is known. (Of a generation that
  /// nobody has seen, such a copy cannot be told from a rotated file.)
  void copy_aside(written& w) {
    if (down_ || draw(4) != 0 || !dir.has(w.name)
        || std::filesystem::file_size(dir.at(w.name)) == 0)
      return;
    deliver();
    commit_some();
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
    // A reader looks around once in its pace; a file that came and went
    // between two looks was never there.
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
    for (auto& w : paths_)
      if (!w.half.empty())
        write_lines(w), end_half(w);
    deliver();
    commit_some();
    // Once more in a new process: nothing may come twice.
    kill();
    start(settings());
    deliver();
    for (auto& w : paths_) {
      const auto& got = end.by_lineage["s:" + dir.at(w.name)];
      if (problem.empty() && got != w.expected)
        problem = "of " + w.name + ": " + difference(got, w.expected);
    }
    if (problem.empty() && (end.missed != 0 || !reader->drained()))
      problem = "missed " + std::to_string(end.missed);
  }

  void end_half(written& w) {
    if (w.half.empty())
      return;
    append(w.name, "\n");
    end_line(w);
  }

  static std::string difference(const std::string& got,
                                const std::string& wanted) {
    std::size_t at = 0;
    while (at < got.size() && at < wanted.size() && got[at] == wanted[at])
      ++at;
    const auto from = at > 30 ? at - 30 : 0;
    return "at " + std::to_string(at) + " got \"" + got.substr(from, 90)
           + "\" wanted \"" + wanted.substr(from, 90) + "\"";
  }

  std::mt19937_64 random_;
  std::vector<written> paths_;
  std::map<std::string, std::string> committed_lines_;
  bool down_ = false;
  bool deleted_ = false;
  int serial_ = 0;
};

} // namespace sluice::follower_model

BOOST_AUTO_TEST_SUITE(follower_model_suite)

BOOST_AUTO_TEST_CASE(every_byte_is_delivered_once_whatever_rotates_or_dies) {
  sluice::log::set_level(sluice::log::level::off);
  // SLUICE_SEED=n runs one; SLUICE_SEEDS=n that many.
  const char* one = std::getenv("SLUICE_SEED");
  const char* many = std::getenv("SLUICE_SEEDS");
  const std::uint64_t first = one != nullptr ? std::stoull(one) : 1;
  const std::uint64_t count = one != nullptr    ? 1
                              : many != nullptr ? std::stoull(many)
                                                : 3000;
  // In memory where that is possible: each start file costs an fdatasync.
  if (std::getenv("TMPDIR") == nullptr
      && std::filesystem::is_directory("/dev/shm"))
    ::setenv("TMPDIR", "/dev/shm", 1);
  const auto begin = std::chrono::steady_clock::now();
  for (auto seed = first; seed < first + count; ++seed) {
    sluice::follower_model::model m{seed};
    m.run(60);
    BOOST_REQUIRE_MESSAGE(m.problem.empty(), "seed " << seed << ": "
                                                     << m.problem << "\n"
                                                     << m.story);
  }
  const std::chrono::duration<double> took
    = std::chrono::steady_clock::now() - begin;
  BOOST_TEST_MESSAGE(count << " seeds in " << took.count() << " s");
  sluice::log::set_level(sluice::log::level::info);
}

BOOST_AUTO_TEST_SUITE_END()
