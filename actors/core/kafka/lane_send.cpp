// lane: sending a transaction (start and commits: lane.cpp).
#include "actors/core/base/failpoint.hpp"
#include "actors/core/event/progress.hpp"
#include "actors/core/kafka/lane.hpp"

#include <algorithm>

namespace sluice {

namespace {

using send_clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds send_slice{200};

bool any_events(const std::vector<batch_ptr>& batches) {
  return std::ranges::any_of(
    batches, [](const batch_ptr& b) { return !b->events.empty(); });
}

} // namespace

result<void> lane::prepare(std::vector<batch_ptr> batches) {
  if (auto ok = still_sound(); !ok)
    return ok;
  waiting_.insert(waiting_.end(), batches.begin(), batches.end());
  if (settings_.ids == 1 || !any_events(waiting_))
    return {};
  return final_word(noted_fencing(add_records()));
}

result<void> lane::transact(std::vector<batch_ptr> batches) {
  if (auto ok = still_sound(); !ok)
    return ok;
  waiting_.insert(waiting_.end(), batches.begin(), batches.end());
  bool due = open_ != nullptr || any_events(waiting_);
  if (!due && (!waiting_.empty() || !finished_.empty())) {
    const std::lock_guard lock{guard_};
    due = !busy_ && send_clock::now() - last_commit_ >= std::chrono::seconds{1};
  }
  if (!due) {
    look_at_idle();
    return {};
  }
  return final_word(send_transaction());
}

void lane::look_at_idle() {
  {
    const std::lock_guard lock{guard_};
    if (busy_)
      return;
  }
  // Nobody else does, and statistics would pile up.
  for (const auto& p : producers_)
    static_cast<void>(p->state());
}

result<void> lane::send_transaction() {
  const auto patience = settings_.transaction_timeout + std::chrono::seconds{4};
  if (settings_.ids == 1) {
    if (auto ok = await_commit(patience); !ok)
      return ok;
  }
  auto sent = add_records();
  if (sent)
    sent = sender_->finish(*open_);
  if (auto ok = noted_fencing(std::move(sent)); !ok)
    return ok;
  if (auto ok = await_commit(patience); !ok) {
    if (SLUICE_PLANTED("second_commits_without_waiting")) {
      hand_over(*open_);
      static_cast<void>(commit_now(job_));
    }
    return ok;
  }
  hand_over(*open_);
  return {};
}

/// A fenced producer takes nothing, or gives it back refused.
result<void> lane::noted_fencing(result<void> sent) {
  if (!sent) {
    if (!fenced_now_)
      note_fencing(open_->state());
    memory_.fenced |= fenced_now_;
  }
  return sent;
}

/// Adds what waits to the transaction that is open, or to a new one.
result<void> lane::add_records() {
  const auto first = sending_.size();
  sending_.insert(sending_.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
  if (open_ == nullptr) {
    if (auto ok = begin_transaction(); !ok)
      return ok;
  }
  for (auto i = first; i < sending_.size(); ++i) {
    if (auto ok = sender_->add(*open_, *sending_[i]); !ok)
      return ok;
  }
  return {};
}

result<void> lane::begin_transaction() {
  open_ = producers_[turn_++ % producers_.size()].get();
  auto& p = *open_;
  ++mark_.ordinal;
  sender_.emplace(settings_, facts_, memory_.poison, hooks_.dead_letters,
                  [this](kafka_producer& from) { return deliver(from); });
  if (p.begin() != step::done)
    return unclear(p, "begin");
  static_cast<void>(SLUICE_FAILPOINT("kafka.after_begin"));
  // The touch: one request registers both topics with the transaction.
  if (!p.produce_position(own_partition_,
                          mark_key(settings_.route, settings_.lane),
                          encode_mark(mark_)))
    return unclear(p, "touch");
  if (SLUICE_PLANTED("positions_before_records")) {
    position_map ends;
    for (const auto& b : sending_)
      collect_ends(*b, ends);
    return send_positions(p, ends, {});
  }
  return {};
}

result<void> lane::deliver(kafka_producer& p) {
  const auto until = send_clock::now() + settings_.transaction_timeout
                     + std::chrono::seconds{2};
  while (true) {
    const auto s = p.flush(send_slice);
    if (s == step::done)
      break;
    if (s == step::failed || hooks_.stop() || send_clock::now() > until)
      return unclear(p, "flush");
    const std::lock_guard lock{guard_};
    if (broken_)
      return *broken_;
  }
  const auto seen = p.state();
  if (seen.refused.empty() && (seen.blip || seen.fatal))
    return unclear(p, "records");
  return {};
}

result<void> lane::send_positions(kafka_producer& p,
                                  const position_map& positions,
                                  const std::vector<origin>& finished) {
  for (const auto& [o, at] : positions) {
    if (!p.produce_position(own_partition_, position_key(settings_.route, o),
                            encode(at)))
      return unclear(p, "positions");
  }
  for (const auto& o : finished) {
    if (!p.produce_position(own_partition_, position_key(settings_.route, o),
                            std::nullopt))
      return unclear(p, "positions");
  }
  return {};
}

} // namespace sluice
