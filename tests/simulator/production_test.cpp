// What is written is what the ledger says, also after a kill.
#include "simulator/cars.hpp"
#include "simulator/drivers.hpp"
#include "simulator/oracle.hpp"
#include "tests/simulator/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::simulator;
using namespace sluice::simulator_test;

namespace sluice::simulator_test {

/// Good lines and others in a file's text.
struct tally {
  std::uint64_t records = 0;
  std::uint64_t others = 0;

  void add(const std::string& text) {
    record_id id;
    for (const auto& line : lines_of(text))
      ++(recognize(line, id) == line_form::record ? records : others);
  }
};

struct writing {
  scratch dir;
  drivers_options drivers;
  cars_options cars;

  writing() {
    drivers.work.who.kind = fleet_kind::drivers;
    drivers.work.who.period = 1;
    drivers.work.who.line_max = 400;
    drivers.log = dir / "drivers.log";
    cars.spool = dir / "spool";
    for (auto* w : {&drivers.work, &cars.work}) {
      w->ledger_path = dir / "ledger";
      w->speed = 0;
      w->who.count = 10;
      w->who.garbage_ppm = 50'000;
      w->who.start = 1'767'225'600;
    }
  }

  void check_log(unsigned rotated_least) {
    drivers.work.records_each = 500;
    BOOST_TEST_REQUIRE(!!run_drivers(drivers));
    std::string text;
    unsigned rotated = 0;
    while (!content_of(drivers.log + "." + std::to_string(rotated + 1)).empty())
      ++rotated;
    BOOST_TEST(rotated >= rotated_least);
    for (auto i = rotated; i > 0; --i) {
      const auto part = content_of(drivers.log + "." + std::to_string(i));
      BOOST_TEST(part.back() == '\n');
      if (drivers.rotate_bytes > 0)
        BOOST_TEST(part.size() <= drivers.rotate_bytes);
      text += part;
    }
    text += content_of(drivers.log);
    const auto l = *load_ledger(dir / "ledger");
    tally found;
    found.add(text);
    BOOST_TEST(l.closed);
    BOOST_TEST(l.records == 5000U);
    BOOST_TEST(l.issued == 5000U);
    BOOST_TEST(found.records == l.records);
    BOOST_TEST(found.others == l.garbage);
    BOOST_TEST(l.garbage > 0U);
    BOOST_TEST(text.size() == l.bytes);
    // The bytes are those of the seed, whatever was rotated when.
    line_writer writer(drivers.work.who);
    std::string expected;
    for (std::uint64_t i = 0; i < 5000; ++i) {
      writer.record(i, expected);
      writer.garbage(i, expected);
    }
    BOOST_TEST((text == expected));
  }
};

} // namespace sluice::simulator_test

BOOST_FIXTURE_TEST_SUITE(simulator_production, writing)

BOOST_AUTO_TEST_CASE(a_log_that_only_grows_holds_what_the_ledger_says) {
  check_log(0);
}

BOOST_AUTO_TEST_CASE(rotation_by_rename_keeps_every_byte_in_order) {
  drivers.rotate = rotation::rename;
  drivers.rotate_bytes = 100'000;
  check_log(10);
}

BOOST_AUTO_TEST_CASE(rotation_by_copy_and_truncate_keeps_every_byte_in_order) {
  drivers.rotate = rotation::copytruncate;
  drivers.rotate_records = 300;
  check_log(16);
}

BOOST_AUTO_TEST_CASE(each_day_of_the_cars_is_one_whole_file_in_the_spool) {
  cars.work.days = 2.5;
  BOOST_TEST_REQUIRE(!!run_cars(cars));
  const auto l = *load_ledger(dir / "ledger");
  BOOST_TEST(l.records == 720'000U);
  BOOST_TEST(l.closed);
  tally found;
  for (const auto* day : {"20260101", "20260102", "20260103"}) {
    const auto text
      = content_of(cars.spool + "/cars-" + std::string(day) + ".log");
    tally of_day;
    of_day.add(text);
    const auto last = std::string(day) == "20260103";
    BOOST_TEST(of_day.records == (last ? 144'000U : 288'000U));
    BOOST_TEST(text.starts_with(day));
    found.add(text);
  }
  BOOST_TEST(found.records == l.records);
  BOOST_TEST(found.others == l.garbage);
  BOOST_TEST(std::filesystem::is_empty(cars.spool + ".staging"));
}

BOOST_AUTO_TEST_CASE(a_day_of_the_same_name_in_the_spool_is_not_overwritten) {
  std::filesystem::create_directory(cars.spool);
  write_file(cars.spool + "/cars-20260101.log", "precious");
  cars.work.records_each = 10;
  BOOST_TEST(!run_cars(cars));
  BOOST_TEST(content_of(cars.spool + "/cars-20260101.log") == "precious");
  BOOST_TEST(load_ledger(dir / "ledger")->records == 0U);
}

BOOST_AUTO_TEST_CASE(a_ledger_of_an_earlier_run_is_not_overwritten) {
  drivers.work.records_each = 1;
  BOOST_TEST_REQUIRE(!!run_drivers(drivers));
  const auto before = content_of(dir / "ledger");
  drivers.log = dir / "other.log";
  const auto again = run_drivers(drivers);
  BOOST_TEST_REQUIRE(!again);
  BOOST_TEST((again.error().kind == errc::config));
  BOOST_TEST(content_of(dir / "ledger") == before);
}

BOOST_AUTO_TEST_CASE(a_log_of_an_earlier_run_is_not_appended_to) {
  write_file(drivers.log, "old\n");
  drivers.work.records_each = 1;
  BOOST_TEST(!run_drivers(drivers));
  BOOST_TEST(content_of(drivers.log) == "old\n");
}

BOOST_AUTO_TEST_CASE(after_kill_9_the_log_is_between_records_and_issued) {
  drivers.rotate = rotation::rename;
  drivers.rotate_bytes = 3'000'000;
  const auto child = ::fork();
  BOOST_TEST_REQUIRE(child >= 0);
  if (child == 0) {
    drivers.work.run_for = std::chrono::minutes{1};
    static_cast<void>(run_drivers(drivers));
    ::_exit(1);
  }
  // Killed as soon as there is something to be wrong about.
  for (;;) {
    const auto l = load_ledger(dir / "ledger");
    if (l && l->records > 50'000)
      break;
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(WIFSIGNALED(status));
  const auto l = *load_ledger(dir / "ledger");
  BOOST_TEST(!l.closed);
  tally found;
  for (unsigned i = 1;; ++i) {
    const auto text = content_of(drivers.log + "." + std::to_string(i));
    if (text.empty())
      break;
    found.add(text);
  }
  found.add(content_of(drivers.log));
  BOOST_TEST(found.records >= l.records);
  BOOST_TEST(found.records <= l.issued);
}

BOOST_AUTO_TEST_CASE(a_torn_or_foreign_ledger_is_refused) {
  BOOST_TEST_REQUIRE(!!ledger_file::create(dir / "ledger", ledger{}));
  const auto text = content_of(dir / "ledger");
  for (std::size_t at = 0; at < text.find("\ncrc ") + 13; at += 3) {
    auto broken = text;
    broken[at] = '~';
    write_file(dir / "broken", broken);
    BOOST_TEST(!load_ledger(dir / "broken"));
  }
  write_file(dir / "broken", text.substr(0, 100));
  BOOST_TEST(!load_ledger(dir / "broken"));
  BOOST_TEST(!load_ledger(dir / "none"));
}

BOOST_AUTO_TEST_CASE(what_is_due_follows_the_clock_and_the_speed) {
  using std::chrono::seconds;
  workload w;
  w.who.count = 100;
  w.who.period = 1;
  w.speed = 1;
  BOOST_TEST(records_due(w, seconds{0}) == 1U);
  BOOST_TEST(records_due(w, seconds{10}) == 1001U);
  w.speed = 60;
  w.who.period = 3;
  BOOST_TEST(records_due(w, seconds{3}) == 6001U);
  w.run_for = seconds{3};
  BOOST_TEST(records_due(w, seconds{100}) == 6000U);
  w.records_each = 5;
  BOOST_TEST(records_due(w, seconds{3}) == 500U);
  w.days = 0.0001;
  BOOST_TEST(records_total(w) == 288U);
}

BOOST_AUTO_TEST_CASE(a_run_at_full_speed_without_an_end_is_refused) {
  const auto endless = run_drivers(drivers);
  BOOST_TEST_REQUIRE(!endless);
  BOOST_TEST((endless.error().kind == errc::config));
}

BOOST_AUTO_TEST_SUITE_END()
