#include "actors/core/kafka/kafka_client.hpp"

#include "actors/core/base/log.hpp"

#include <thread>

namespace sluice {

namespace {

/// How often the owner's wish to stop is looked at meanwhile.
constexpr std::chrono::milliseconds facts_slice{500};
constexpr std::chrono::milliseconds facts_pause{100};

} // namespace

result<topic_facts>
await_facts(kafka_client& client, std::string_view who,
            const std::function<bool()>& stop,
            const std::function<void(const std::string&)>& waiting) {
  log::limiter complaints;
  while (true) {
    auto facts = client.describe(facts_slice);
    if (facts || is_terminal(facts.error().kind))
      return facts;
    if (stop())
      return failure{errc::killed, "stopped while asking for topics"};
    waiting(facts.error().text);
    complaints.write(log::level::warning, who,
                     facts.error().text + "; waiting for it");
    std::this_thread::sleep_for(facts_pause);
  }
}

} // namespace sluice
