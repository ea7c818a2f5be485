// What the spool directory's tests start from: a directory, a clock, a far end.
#pragma once

#include "actors/core/file/spool_directory.hpp"
#include "tests/core/file/file_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>

namespace sluice::spool_test {

struct spool {
  file_test::scratch_directory dir;
  file_test::hand_clock clock;
  file_test::far_end end;

  spool_options options() {
    spool_options o;
    o.source = "s";
    o.path = dir.path();
    o.clock = &clock;
    o.noticing = watch::method::polling;
    return o;
  }

  std::unique_ptr<spool_directory> start() {
    return start(options());
  }

  std::unique_ptr<spool_directory> start(spool_options o) {
    auto r = std::make_unique<spool_directory>(std::move(o));
    const auto ok = r->resume(end.points());
    BOOST_REQUIRE_MESSAGE(bool(ok), (ok ? "" : ok.error().text));
    return r;
  }

  void deliver(spool_directory& r) {
    clock.forward(std::chrono::seconds{40});
    end.read_all(r);
    clock.forward(std::chrono::seconds{40});
    end.read_all(r);
  }
};

} // namespace sluice::spool_test
