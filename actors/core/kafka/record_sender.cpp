#include "actors/core/kafka/record_sender.hpp"

#include "actors/core/base/failpoint.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// What a record costs on the wire beside its bytes, at most.
constexpr std::size_t record_overhead = 20;
/// What a request costs beside its records, at most.
constexpr std::size_t request_overhead = 512;
/// No request is larger, whatever the topic takes.
constexpr std::size_t request_bytes_max = 1'000'000;

std::uint64_t begin_of(const batch& b, const run& r, std::uint32_t event) {
  return event == r.first ? r.from : b.end_of(r, event - 1);
}

} // namespace

record_sender::record_sender(const kafka_settings& settings,
                             const topic_facts& facts, poison_memory& poison,
                             const bury_record& bury,
                             std::function<result<void>(kafka_producer&)> wait)
  : settings_(settings),
    facts_(facts),
    poison_(poison),
    bury_(bury),
    wait_(std::move(wait)) {
}

result<void> record_sender::send(kafka_producer& p,
                                 std::span<const batch_ptr> batches) {
  for (const auto& b : batches) {
    if (auto ok = collect(*b); !ok)
      return ok;
  }
  return finish(p);
}

result<void> record_sender::add(kafka_producer& p, const batch& b) {
  if (auto ok = collect(b); !ok)
    return ok;
  // A suspect goes when nothing else is under way.
  if (!poison_.suspect.empty())
    return {};
  if (auto sent = send_some(p); !sent)
    return sent.error();
  return {};
}

result<void> record_sender::collect(const batch& b) {
  auto rejected = b.rejected.begin();
  for (const auto& r : b.runs) {
    if (r.count == 0)
      continue;
    auto& queue = by_partition_[choose_partition(
      settings_, r.headers.get(), r.proof.lineage, facts_.partitions)];
    stretch good{&b, &r, r.first, r.first};
    const auto keep = [&] {
      if (good.end > good.first)
        queue.stretches.push_back(good);
    };
    for (auto e = r.first; e < r.first + r.count; ++e) {
      const bool marked = rejected != b.rejected.end() && rejected->event == e;
      const auto why
        = marked ? objection{undeliverable_kind::rejected, rejected->reason}
                 : objection_to(b, r, e);
      rejected += marked ? 1 : 0;
      if (!why) {
        good.end = e + 1;
        continue;
      }
      if (auto ok = bury(b, r, e, *why); !ok)
        return ok;
      keep();
      good.first = good.end = e + 1;
    }
    keep();
  }
  return {};
}

std::optional<record_sender::objection>
record_sender::objection_to(const batch& b, const run& r,
                            std::uint32_t event) const {
  if (b.events[event].length + record_overhead + request_overhead
      > facts_.max_message_bytes)
    return objection{undeliverable_kind::too_large,
                     "larger than the topic's max.message.bytes"};
  if (!poison_.refused.empty()
      && poison_.refused.contains(
        {r.from_origin, r.generation, b.end_of(r, event)}))
    return objection{undeliverable_kind::refused, "refused by the broker"};
  return std::nullopt;
}

result<void> record_sender::bury(const batch& b, const run& r,
                                 std::uint32_t event, const objection& why) {
  const undeliverable d{
    r.from_origin.value(),  r.generation, begin_of(b, r, event),
    b.end_of(r, event),     why.kind,     why.reason,
    b.body(b.events[event])};
  if (settings_.on_poison == poison_policy::stop || !bury_)
    return failure{errc::config,
                   "a record cannot be delivered: " + std::string{d.from_origin}
                     + " [" + std::to_string(d.from) + ", "
                     + std::to_string(d.to) + "): " + std::string{d.reason}};
  return bury_(d);
}

bool record_sender::goes_alone(const stretch& s) const {
  if (poison_.suspect.empty())
    return false;
  const auto until = poison_.suspect.find(s.of->from_origin);
  return until != poison_.suspect.end()
         && position{s.of->generation, begin_of(*s.in, *s.of, s.first)}
              < until->second;
}

/// Moves from the queue what one request may carry. True: that is one suspect,
/// and nothing else may be under way.
bool record_sender::fill_wave(partition_queue& queue) {
  const auto limit
    = std::min(facts_.max_message_bytes, request_bytes_max) - request_overhead;
  auto& bytes = queue.wave_bytes;
  wave_.clear();
  while (queue.next < queue.stretches.size()) {
    auto& s = queue.stretches[queue.next];
    const auto from = s.first;
    bool alone = false;
    bool full = false;
    while (s.first < s.end && !alone) {
      const auto body = s.in->body(s.in->events[s.first]);
      const auto size = body.size() + record_overhead;
      alone = goes_alone(s);
      full = alone ? !wave_.empty() || !in_flight_.empty()
                   : bytes > 0 && bytes + size > limit;
      if (full)
        break;
      bytes += size;
      wave_.push_back(body);
      ++s.first;
    }
    if (s.first > from)
      in_flight_.push_back({s.in, s.of, from, s.first});
    if (s.first == s.end)
      ++queue.next;
    if (full || alone)
      return alone && !full;
  }
  return false;
}

void record_sender::begin_wave() {
  in_flight_.clear();
  for (auto& [partition, queue] : by_partition_)
    queue.wave_bytes = 0;
}

result<bool> record_sender::send_some(kafka_producer& p) {
  for (auto& [partition, queue] : by_partition_) {
    const bool single = fill_wave(queue);
    if (!wave_.empty() && !p.produce(partition, wave_))
      return failure{errc::unavailable, "not all records were taken"};
    if (single)
      return true;
  }
  return false;
}

result<void> record_sender::finish(kafka_producer& p) {
  const auto unfinished
    = [](const auto& q) { return q.second.next < q.second.stretches.size(); };
  bool more = true;
  for (; more; begin_wave()) {
    const auto single = send_some(p);
    if (!single)
      return single.error();
    more = std::ranges::any_of(by_partition_, unfinished);
    static_cast<void>(SLUICE_FAILPOINT("kafka.mid_produce"));
    if (SLUICE_PLANTED("positions_without_flush"))
      continue;
    if (auto ok = wait_(p); !ok)
      return ok;
    if (const auto seen = p.state(); !seen.refused.empty())
      return refuse(seen, *single);
  }
  by_partition_.clear();
  return {};
}

result<void> record_sender::refuse(const kafka_producer::condition& seen,
                                   bool single) {
  const auto& first = seen.refused.front();
  const bool poison = std::ranges::any_of(
    seen.refused, [](const refused_message& r) { return r.poison; });
  if (!poison)
    return failure{seen.why ? seen.why->kind : errc::unavailable,
                   "topic " + settings_.topic + " refused records: "
                     + (seen.why ? seen.why->text : first.why)};
  if (single) {
    const auto& s = in_flight_.front();
    poison_.refused.insert(
      {s.of->from_origin, s.of->generation, s.in->end_of(*s.of, s.first)});
  } else {
    for (const auto& s : in_flight_) {
      auto& until = poison_.suspect[s.of->from_origin];
      until = std::max(until, s.of->end());
    }
  }
  return failure{errc::retry, "a record was refused: " + first.why};
}

} // namespace sluice
