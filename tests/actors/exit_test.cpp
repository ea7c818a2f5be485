// What an actor lets go of when it dies, although others still hold it.
#include "actors/sink/sinks.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace sluice::exit_test {

struct system_config : caf::actor_system_config {
  system_config() {
    set("scheduler.policy", caf::atom("testing"));
    add_message_types<caf::id_block::sluice>();
  }
};

/// Is open as long as it lives, like a file under a lock.
class locked_store final : public batch_store {
public:
  explicit locked_store(int& open) : open_(open) {
    ++open_;
  }
  ~locked_store() override {
    --open_;
  }
  result<position_map> open() override {
    return position_map{};
  }
  result<void> write(const batch_ptr&) override {
    return {};
  }
  void finish(const std::vector<origin>&) override {
  }
  result<void> commit(const position_map&) override {
    return {};
  }

private:
  int& open_;
};

BOOST_AUTO_TEST_SUITE(an_actor_that_dies)

// A channel keeps the handle of a dead sink until the next one attaches, and
// the next one cannot open what this one holds.
BOOST_AUTO_TEST_CASE(a_sink_closes_its_store_though_its_channel_holds_it) {
  system_config config;
  caf::actor_system system{config};
  auto& sched
    = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  component_cell cell;
  int open = 0;
  const component_context context{
    &system, "sink", std::make_shared<pulse>(), &cell, &system_clocks(), false};
  const auto sink = spawn_committing_sink(
    context, route_id{"r"},
    [&]() -> result<std::unique_ptr<batch_store>> {
      return std::unique_ptr<batch_store>(std::make_unique<locked_store>(open));
    },
    outlet{}, {});
  sched.run();
  BOOST_TEST(open == 1);
  caf::anon_send_exit(sink, caf::exit_reason::kill);
  sched.run();
  BOOST_TEST(open == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::exit_test
