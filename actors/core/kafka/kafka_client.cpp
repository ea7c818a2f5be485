#include "actors/core/kafka/kafka_client.hpp"

#include "actors/core/base/log.hpp"

#include <thread>

namespace sluice {

namespace {

/// How often the owner's wish to stop is looked at meanwhile.
constexpr std::chrono::milliseconds facts_slice{500};
constexpr std::chrono::milliseconds facts_pause{100};
/// The line of a minute must not say «timed out» when the reason, a wrong
/// password say, comes a moment later.
constexpr std::chrono::seconds reason_patience{3};

} // namespace

result<topic_facts>
await_facts(kafka_client& client, std::string_view who,
            const std::function<bool()>& stop,
            const std::function<void(const std::string&)>& waiting) {
  log::limiter complaints;
  const auto began = std::chrono::steady_clock::now();
  while (true) {
    auto facts = client.describe(facts_slice);
    if (facts || is_terminal(facts.error().kind))
      return facts;
    if (stop())
      return failure{errc::killed, "stopped while asking for topics"};
    waiting(facts.error().text);
    if (std::chrono::steady_clock::now() - began >= reason_patience)
      complaints.write(log::level::warning, who,
                       facts.error().text + "; waiting for it");
    std::this_thread::sleep_for(facts_pause);
  }
}

} // namespace sluice
