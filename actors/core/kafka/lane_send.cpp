// lane: how the records of a transaction go out, in waves.
#include "actors/core/base/failpoint.hpp"
#include "actors/core/event/progress.hpp"
#include "actors/core/kafka/lane.hpp"

#include <algorithm>

namespace sluice {

namespace {

using send_clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds send_slice{200};
/// What a record costs on the wire beside its bytes, at most.
constexpr std::size_t record_overhead = 20;
/// What a request costs beside its records, at most.
constexpr std::size_t request_overhead = 512;

std::uint64_t begin_of(const batch& b, const run& r, std::uint32_t event) {
  return event == r.first ? r.from : b.end_of(r, event - 1);
}

} // namespace

result<void> lane::transact(std::vector<batch_ptr> batches) {
  if (auto ok = still_sound(); !ok)
    return ok;
  waiting_.insert(waiting_.end(), batches.begin(), batches.end());
  bool due = std::ranges::any_of(
    waiting_, [](const batch_ptr& b) { return !b->events.empty(); });
  if (!due && (!waiting_.empty() || !finished_.empty())) {
    const std::lock_guard lock{guard_};
    due = !busy_ && send_clock::now() - last_commit_ >= std::chrono::seconds{1};
  }
  if (!due)
    return {};
  sending_ = std::move(waiting_);
  waiting_.clear();
  return final_word(send_transaction());
}

result<void> lane::send_transaction() {
  const auto patience = settings_.transaction_timeout + std::chrono::seconds{4};
  if (settings_.ids == 1) {
    if (auto ok = await_commit(patience); !ok)
      return ok;
  }
  auto& p = *producers_[turn_++ % producers_.size()];
  open_ = &p;
  ++mark_.ordinal;
  auto sent = send_records(p);
  if (!sent) {
    memory_.fenced |= fenced_now_;
    return sent;
  }
  if (auto ok = await_commit(patience); !ok) {
    if (SLUICE_PLANTED("second_commits_without_waiting")) {
      hand_over(p);
      static_cast<void>(commit_now(job_));
    }
    return ok;
  }
  hand_over(p);
  return {};
}

result<void> lane::send_records(kafka_producer& p) {
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
    if (auto ok = send_positions(p, ends, {}); !ok)
      return ok;
  }
  std::map<std::int32_t, wave_queue> by_partition;
  for (const auto& b : sending_) {
    if (auto ok = collect(b, by_partition); !ok)
      return ok;
  }
  return send_waves(p, by_partition);
}

result<void> lane::collect(const batch_ptr& b,
                           std::map<std::int32_t, wave_queue>& by_partition) {
  auto rejected = b->rejected.begin();
  for (const auto& r : b->runs) {
    if (r.count == 0)
      continue;
    auto& queue = by_partition[choose_partition(
      settings_, r.headers.get(), r.proof.lineage, facts_.partitions)];
    for (std::uint32_t e = r.first; e < r.first + r.count; ++e) {
      const item i{b.get(), &r, e};
      while (rejected != b->rejected.end() && rejected->event < e)
        ++rejected;
      std::string reason;
      if (rejected != b->rejected.end() && rejected->event == e)
        reason = rejected->reason;
      else if (b->events[e].length + record_overhead + request_overhead
               > facts_.max_message_bytes)
        reason = "larger than the topic's max.message.bytes";
      else if (memory_.poison.refused.contains(
                 {r.from_origin, r.generation, b->end_of(r, e)}))
        reason = "refused by the broker";
      if (reason.empty()) {
        queue.push_back(i);
        continue;
      }
      if (auto ok = bury(i, std::move(reason)); !ok)
        return ok;
    }
  }
  return {};
}

result<void> lane::bury(const item& i, std::string reason) {
  const auto& r = *i.of;
  const undeliverable d{r.from_origin,
                        r.generation,
                        begin_of(*i.in, r, i.event),
                        i.in->end_of(r, i.event),
                        i.in->body(i.in->events[i.event]),
                        std::move(reason)};
  if (settings_.on_poison == poison_policy::stop || !hooks_.dead_letters)
    return failure{errc::config,
                   "a record cannot be delivered: " + d.from_origin.value()
                     + " [" + std::to_string(d.from) + ", "
                     + std::to_string(d.to) + "): " + d.reason};
  return hooks_.dead_letters(d);
}

result<void>
lane::send_waves(kafka_producer& p,
                 std::map<std::int32_t, wave_queue>& by_partition) {
  const auto limit = std::min<std::size_t>(facts_.max_message_bytes, 1'000'000)
                     - request_overhead;
  std::map<std::int32_t, std::size_t> next;
  std::vector<std::string_view> views;
  for (bool more = true; more;) {
    more = false;
    in_flight_.clear();
    bool single = false;
    for (const auto& [partition, queue] : by_partition) {
      auto& at = next[partition];
      std::size_t bytes = 0;
      views.clear();
      while (at < queue.size() && !single) {
        const auto& i = queue[at];
        const auto body = i.in->body(i.in->events[i.event]);
        const auto& until = memory_.poison.suspect;
        const auto it = until.find(i.of->from_origin);
        const bool alone
          = it != until.end()
            && position{i.of->generation, begin_of(*i.in, *i.of, i.event)}
                 < it->second;
        if (alone && !in_flight_.empty())
          break;
        if (!views.empty() && bytes + body.size() + record_overhead > limit)
          break;
        bytes += body.size() + record_overhead;
        views.push_back(body);
        in_flight_.push_back(i);
        ++at;
        single = alone;
      }
      more |= at < queue.size();
      if (!views.empty() && !p.produce(partition, views))
        return unclear(p, "produce");
      statistics_.bytes += bytes;
    }
    static_cast<void>(SLUICE_FAILPOINT("kafka.mid_produce"));
    if (auto ok = deliver(p, single); !ok)
      return ok;
  }
  return {};
}

result<void> lane::deliver(kafka_producer& p, bool single) {
  if (SLUICE_PLANTED("positions_without_flush"))
    return {};
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
  if (!seen.refused.empty())
    return refuse(seen, single);
  if (seen.blip || seen.fatal)
    return unclear(p, "records");
  return {};
}

result<void> lane::refuse(const kafka_producer::condition& seen, bool single) {
  const auto& first = seen.refused.front();
  const bool poison = std::ranges::any_of(
    seen.refused, [](const refused_message& r) { return r.poison; });
  if (!poison)
    return failure{errc::unavailable, "records were refused: " + first.why};
  if (single && in_flight_.size() == 1) {
    const auto& i = in_flight_.front();
    memory_.poison.refused.insert(
      {i.of->from_origin, i.of->generation, i.in->end_of(*i.of, i.event)});
  } else {
    for (const auto& i : in_flight_) {
      auto& until = memory_.poison.suspect[i.of->from_origin];
      until = std::max(until, i.of->end());
    }
  }
  return failure{errc::retry, "a record was refused: " + first.why};
}

} // namespace sluice
