// A follower over a directory of its own, its far end, and its restarts.
#pragma once

#include "actors/core/file/follower.hpp"
#include "tests/core/file/file_fixture.hpp"

#include <memory>
#include <string>

namespace sluice::file_test {

struct follower_fixture {
  scratch_directory dir;
  scratch_directory state;
  hand_clock clock;
  far_end end;
  std::shared_ptr<descriptor_table> table
    = std::make_shared<descriptor_table>();
  tail_start where;
  std::unique_ptr<follower> reader;

  follower_options options(const std::string& name = "app.log") {
    follower_options o;
    o.source = "s";
    o.groups.push_back({dir.path(), name, {}, {}, where, {}});
    o.start_path = state.at("start");
    o.clock = &clock;
    o.noticing = watch::method::polling;
    return o;
  }

  follower_options pattern() {
    auto o = options("");
    o.groups[0].matches
      = [](std::string_view n) { return n.find(".log") != n.npos; };
    return o;
  }

  /// A new actor in the same process.
  void start(const follower_options& o) {
    reader = std::make_unique<follower>(o, table);
    const auto ok = reader->resume(end.points());
    BOOST_REQUIRE_MESSAGE(bool(ok), (ok ? "" : ok.error().text));
  }

  void start() {
    start(options());
  }

  /// kill -9 and a new process: no descriptor is left, nor what was not
  /// committed.
  void kill() {
    reader.reset();
    table = std::make_shared<descriptor_table>();
    end.crash();
  }

  /// Everything there is, with time for rotated files to be quiet.
  void deliver() {
    for (int i = 0; i < 4 || (i < 100 && !reader->drained()); ++i) {
      clock.forward(std::chrono::milliseconds{1500});
      read_everything();
    }
  }

  virtual void read_everything() {
    end.read_all(*reader);
  }

  virtual ~follower_fixture() = default;

  /// Later than everything before, whatever the file system's tick is.
  void touch(std::string_view name) {
    dir.age(name, ++tick_);
  }

  void append(std::string_view name, std::string_view text) {
    dir.append(name, text);
    touch(name);
  }

  void copy(std::string_view from, std::string_view to) {
    std::filesystem::copy_file(dir.at(from), dir.at(to));
    touch(to);
  }

  void truncate(std::string_view name) {
    std::filesystem::resize_file(dir.at(name), 0);
    touch(name);
  }

private:
  std::int64_t tick_ = 4'000'000'000;
};

} // namespace sluice::file_test
