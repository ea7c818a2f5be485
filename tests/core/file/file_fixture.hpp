// A directory of its own for each test, and the other end of a reader.
#pragma once

#include "actors/core/base/clock.hpp"
#include "actors/core/event/origin_reader.hpp"
#include "actors/core/event/progress.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::file_test {

/// A fresh directory that is gone after the test.
class scratch_directory {
public:
  scratch_directory() {
    std::string name
      = (std::filesystem::temp_directory_path() / "sluice-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }

  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const {
    return path_;
  }

  [[nodiscard]] std::string at(std::string_view name) const {
    return path_ + "/" + std::string{name};
  }

  void write(std::string_view name, std::string_view text) const {
    std::ofstream{at(name), std::ios::binary | std::ios::trunc} << text;
  }

  void append(std::string_view name, std::string_view text) const {
    std::ofstream{at(name), std::ios::binary | std::ios::app} << text;
  }

  void rename(std::string_view from, std::string_view to) const {
    std::filesystem::rename(at(from), at(to));
  }

  void remove(std::string_view name) const {
    std::filesystem::remove(at(name));
  }

  void age(std::string_view name, std::int64_t seconds) const {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    ::utimensat(AT_FDCWD, at(name).c_str(), times, 0);
  }

  [[nodiscard]] bool has(std::string_view name) const {
    return std::filesystem::exists(std::filesystem::symlink_status(at(name)));
  }

private:
  std::string path_;
};

/// Time that stands until it is told to go on.
class hand_clock final : public clock_source {
public:
  steady_time now() const override {
    return now_;
  }
  void forward(std::chrono::milliseconds by) {
    now_ += by;
  }

private:
  steady_time now_{std::chrono::hours{1}};
};

/// A route's far end: takes by the receiving rule, commits when told.
class far_end {
public:
  std::vector<std::string> bodies;
  std::map<std::string, std::string> by_lineage; ///< bodies, each with \n
  std::uint64_t missed = 0;
  std::uint64_t skipped = 0;
  progress held;
  progress done;

  /// Returns the gap when there is one.
  std::string take(const batch_ptr& b) {
    auto got = held.receive(b);
    if (got.gap)
      return *got.gap;
    if (!got.fresh)
      return {};
    for (const auto& r : got.fresh->runs) {
      if (r.kind == run_kind::missed)
        missed += r.to - r.from;
      if (r.kind == run_kind::skipped)
        skipped += r.to - r.from;
      auto& text = by_lineage[r.proof.lineage];
      for (auto i = r.first; i < r.first + r.count; ++i) {
        bodies.emplace_back(got.fresh->body(got.fresh->events[i]));
        text += bodies.back() + "\n";
      }
    }
    return {};
  }

  /// Reads until the reader has nothing more.
  void read_all(origin_reader& reader, std::size_t bytes = 1 << 20,
                std::size_t events = batch_events_max) {
    for (;;) {
      const auto b = reader.read(bytes, events);
      BOOST_REQUIRE_MESSAGE(bool(b), (b ? "" : b.error().text));
      if (!*b)
        return;
      BOOST_TEST(take(*b) == "");
    }
  }

  std::vector<origin> commit(origin_reader& reader) {
    done = held;
    auto finished = reader.committed(done.positions());
    BOOST_REQUIRE(static_cast<bool>(finished));
    for (const auto& o : *finished) {
      held.forget(o);
      done.forget(o);
    }
    return *finished;
  }

  [[nodiscard]] resume_points points() const {
    resume_points out;
    auto& mine = out[route_id{"r"}];
    for (const auto& [o, p] : held.positions())
      mine[o].held = p;
    for (const auto& [o, p] : done.positions())
      mine[o].committed = p;
    return out;
  }

  /// A crash of everything after the commit: what was not committed is gone.
  void crash() {
    held = done;
  }

  [[nodiscard]] std::string joined() const {
    std::string out;
    for (const auto& b : bodies)
      out += b + "|";
    return out;
  }
};

} // namespace sluice::file_test
