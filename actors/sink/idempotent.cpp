#include "actors/sink/idempotent.hpp"

#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"
#include "actors/core/kafka/positions_topic.hpp"
#include "actors/sink/local_positions.hpp"

#include <utility>

namespace sluice {

namespace {

constexpr std::chrono::milliseconds arrival_slice{200};
constexpr std::chrono::milliseconds idle_look{1'000};

class idempotent_store : public batch_store {
public:
  explicit idempotent_store(idempotent_parts parts)
    : parts_(std::move(parts)),
      positions_(parts_.slots) {
  }

  result<position_map> open() override {
    auto found = positions_.open();
    if (!found)
      return found;
    if (auto ok = check_not_in_kafka(); !ok)
      return ok.error();
    auto client = parts_.connect();
    if (!client)
      return client.error();
    client_ = std::move(*client);
    auto facts = await_facts(
      *client_, parts_.settings.route.value(),
      [this] { return parts_.stop() || parts_.ending(); }, parts_.waiting);
    if (!facts)
      return facts.error();
    facts_ = std::move(*facts);
    for (const auto& w : facts_.warnings)
      log::warning(parts_.settings.route.value(), w);
    auto producer = client_->make_producer("");
    if (!producer)
      return producer.error();
    producer_ = std::move(*producer);
    return found;
  }

  result<void> write(const batch_ptr& b) override {
    pinned_.push_back(b);
    return {};
  }

  void finish(const std::vector<origin>& done) override {
    positions_.finish(done);
  }

  result<void> commit(const position_map& ends) override {
    record_sender sender{
      parts_.settings, facts_, *parts_.poison, parts_.bury,
      [this](kafka_producer& p) { return await_arrival(p); }};
    if (auto sent = sender.send(*producer_, pinned_); !sent)
      return sent;
    pinned_.clear();
    static_cast<void>(SLUICE_FAILPOINT("kafka.before_local_positions"));
    return positions_.commit(ends);
  }

  std::chrono::milliseconds look_interval() const override {
    return idle_look;
  }

  void look_around() override {
    // Nobody else does, and statistics would pile up.
    static_cast<void>(producer_->state());
  }

private:
  result<void> check_not_in_kafka() const {
    const auto& s = parts_.settings;
    if (!positions_.is_new() || s.lost_state == lost_state_policy::adopt)
      return {};
    auto seen = read_seen(s.state_directory);
    if (!seen)
      return seen.error();
    if (*seen && (*seen)->contains(mark_key(s.route, s.lane)))
      return failure{errc::state_lost,
                     "positions of " + s.route.value() + " are in topic "
                       + s.positions_topic
                       + " since it ran with transactions; without them"
                         " everything would come again. Set transactions: on,"
                         " or, if that is wanted, lost_state: adopt"};
    return {};
  }

  result<void> await_arrival(kafka_producer& p) {
    while (true) {
      const auto s = p.flush(arrival_slice);
      if (s == step::done)
        return {};
      const auto why = p.state().why;
      if (s == step::failed)
        return why.value_or(failure{errc::unavailable, "flush failed"});
      if (parts_.stop())
        return failure{errc::killed, "stopped while records were under way"};
      if (why)
        complaints_.write(log::level::warning, parts_.settings.route.value(),
                          why->text + "; waiting");
    }
  }

  idempotent_parts parts_;
  local_positions positions_;
  std::unique_ptr<kafka_client> client_;
  topic_facts facts_;
  // They stand before the producer: released after it.
  std::vector<batch_ptr> pinned_;
  std::unique_ptr<kafka_producer> producer_;
  log::limiter complaints_;
};

} // namespace

std::unique_ptr<batch_store> make_idempotent_store(idempotent_parts parts) {
  return std::make_unique<idempotent_store>(std::move(parts));
}

} // namespace sluice
