// drain: when a run with an end is over, and what it says then.
#include "nodes/drain.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>

namespace sluice::drain_test {

struct run_with_an_end {
  metrics counted{"node"};
  pulse_ptr source = std::make_shared<pulse>();

  drain_watch watch(bool wanted = true) {
    return {{source}, counted, wanted};
  }
};

BOOST_FIXTURE_TEST_SUITE(drain, run_with_an_end)

BOOST_AUTO_TEST_CASE(two_looks_in_a_row_complete_it_for_good) {
  auto w = watch();
  source->drained = true;
  BOOST_TEST(!w.complete());
  source->drained = false;
  BOOST_TEST(!w.complete());
  source->drained = true;
  BOOST_TEST(!w.complete());
  BOOST_TEST(w.complete());
  source->drained = false;
  BOOST_TEST(w.complete());
  BOOST_TEST(w.done());
}

BOOST_AUTO_TEST_CASE(it_ends_with_what_was_delivered_and_what_was_not) {
  counted.component({"a", "k", component_kind::sink, "null"})
    .sent(600'000, 4'200'000);
  counted.component({"a", "s", component_kind::interceptor, "chain"})
    .filtered(7, filter_reason::regex);
  source->drained = true;
  auto w = watch();
  BOOST_TEST(w.verdict()
             == "stopped before everything was delivered: delivered 600000 "
                "events (4.2 MB), filtered 7, dead letters 0, missed 0 bytes");
  static_cast<void>(w.complete());
  BOOST_TEST(w.complete());
  BOOST_TEST(w.verdict()
             == "drained: delivered 600000 events (4.2 MB), filtered 7, dead "
                "letters 0, missed 0 bytes");
}

BOOST_AUTO_TEST_CASE(a_run_without_an_end_never_drains) {
  source->drained = true;
  auto w = watch(false);
  BOOST_TEST(!w.complete());
  BOOST_TEST(!w.complete());
  BOOST_TEST(w.verdict().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::drain_test
