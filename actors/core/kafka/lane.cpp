// lane: start, commits and the end of an incarnation (sending: lane_send.cpp).
#include "actors/core/kafka/lane.hpp"

#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"
#include "actors/core/event/codec.hpp"
#include "actors/core/event/progress.hpp"

#include <exception>

namespace sluice {

namespace {

using lane_clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds lane_slice{200};
constexpr std::chrono::milliseconds abort_patience{3'000};

} // namespace

lane::lane(kafka_settings settings, kafka_client& client, lane_memory& memory,
           lane_hooks hooks, std::uint64_t incarnation)
  : settings_(std::move(settings)),
    client_(client),
    memory_(memory),
    hooks_(std::move(hooks)),
    mark_{0, incarnation} {
}

lane::~lane() {
  {
    const std::lock_guard lock{guard_};
    stop_committer_ = true;
  }
  changed_.notify_all();
  if (committer_.joinable())
    committer_.join();
  // Only a courtesy: the next init does it too, half a second later.
  if (open_ != nullptr && !open_->state().fatal && !hooks_.stop()) {
    const auto until = lane_clock::now() + abort_patience;
    while (open_->abort(lane_slice) == step::again && lane_clock::now() < until
           && !hooks_.stop()) {
    }
    ++statistics_.aborted;
  }
  producers_.clear();
}

void lane::note_fencing(const kafka_producer::condition& seen) {
  if (!seen.fenced)
    return;
  fenced_now_ = true;
  ++statistics_.fenced;
}

failure lane::unclear(kafka_producer& p, const std::string& what) {
  const auto seen = p.state();
  note_fencing(seen);
  if (hooks_.stop())
    return {errc::killed, what + ": stopped"};
  if (seen.why)
    return {seen.why->kind, what + ": " + seen.why->text};
  return {seen.fenced ? errc::retry : errc::unavailable,
          what + ": the outcome is not known"};
}

result<void> lane::final_word(result<void> done) {
  if (!done) {
    const std::lock_guard lock{guard_};
    if (!broken_)
      broken_ = done.error();
  }
  return done;
}

result<void> lane::still_sound() {
  const std::lock_guard lock{guard_};
  if (!broken_)
    return {};
  memory_.fenced |= fenced_now_;
  return *broken_;
}

result<position_map> lane::start() {
  loaded_positions found;
  if (auto ok = final_word(open(found)); !ok)
    return ok.error();
  return std::move(found.positions);
}

result<void> lane::open(loaded_positions& found) {
  if (auto ok = learn_facts(); !ok)
    return ok;
  own_partition_
    = positions_partition(settings_.route.value(), facts_.positions_partitions);
  if (auto ok = check_identity(); !ok)
    return ok;
  if (auto ok = check_meta(); !ok)
    return ok;
  const int before_load
    = SLUICE_PLANTED("second_fenced_after_load") ? 1 : settings_.ids;
  for (int i = 0; i < before_load; ++i) {
    if (auto ok = fence(i); !ok)
      return ok;
  }
  if (auto ok = load(found, isolation::read_committed); !ok)
    return ok;
  static_cast<void>(SLUICE_FAILPOINT("kafka.after_load"));
  for (int i = before_load; i < settings_.ids; ++i) {
    if (auto ok = fence(i); !ok)
      return ok;
  }
  if (auto ok = judge(found); !ok)
    return ok;
  if (begun_ > mark_.ordinal) {
    statistics_.aborted += begun_ - mark_.ordinal;
    ++statistics_.fenced;
  }
  if (memory_.fenced && SLUICE_PLANTED("memory_trusted_after_fencing"))
    found.positions = memory_.sent;
  memory_.incarnations.insert(mark_.incarnation);
  memory_.fenced = false;
  committer_ = std::thread{[this] { commit_loop(); }};
  // At once, so that another process that takes the identity can tell.
  return send_transaction();
}

result<void> lane::learn_facts() {
  auto facts = await_facts(client_, settings_.route.value(), hooks_.stop,
                           hooks_.waiting);
  if (!facts)
    return facts.error();
  facts_ = std::move(*facts);
  if (!memory_.loaded_once) {
    for (const auto& w : facts_.warnings)
      log::warning(settings_.route.value(), w);
  }
  return {};
}

result<void> lane::check_identity() {
  if (!memory_.fenced || SLUICE_PLANTED("newer_owner_not_respected"))
    return {};
  loaded_positions found;
  if (auto ok = load(found, isolation::read_committed); !ok)
    return ok;
  if (found.mark && !memory_.incarnations.contains(found.mark->incarnation))
    return failure{errc::identity,
                   "identity clash: another process writes as "
                     + settings_.route.value()
                     + " and is newer; it lives on. Give this one a node name"
                       " of its own, or stop the other and restart"};
  return {};
}

result<void> lane::check_meta() {
  loaded_positions found;
  if (auto ok = load(found, isolation::read_uncommitted); !ok)
    return ok;
  begun_ = found.mark ? found.mark->ordinal : 0;
  const auto wanted = encode_meta(facts_.positions_partitions);
  if (found.meta && *found.meta != wanted)
    return failure{errc::state_corrupt,
                   "topic " + settings_.positions_topic
                     + " has another number of partitions than when it was"
                       " first used, or a newer version wrote it"};
  if (found.meta)
    return {};
  auto plain = client_.make_producer("");
  if (!plain)
    return plain.error();
  auto& p = **plain;
  if (!p.produce_position(0, meta_key, wanted))
    return unclear(p, "writing meta");
  const auto until = lane_clock::now() + settings_.transaction_timeout;
  step s = step::again;
  while ((s = p.flush(lane_slice)) == step::again) {
    if (hooks_.stop() || lane_clock::now() > until)
      break;
  }
  if (s != step::done || !p.state().refused.empty())
    return unclear(p, "writing meta");
  return {};
}

result<void> lane::fence(int turn) {
  const auto id = transactional_id(settings_, turn);
  auto made = client_.make_producer(id);
  if (!made)
    return made.error();
  producers_.push_back(std::move(*made));
  auto& p = *producers_.back();
  while (true) {
    const auto s = p.init(lane_slice);
    if (s == step::done)
      break;
    if (s == step::failed || hooks_.stop())
      return unclear(p, "init");
  }
  static_cast<void>(SLUICE_FAILPOINT("kafka.after_init"));
  return {};
}

result<void> lane::load(loaded_positions& into, isolation level) {
  auto reader = client_.open_positions(level);
  if (!reader)
    return reader.error();
  const auto take = [&](const topic_record& r) {
    keep_record(r, settings_.route, settings_.lane, into);
  };
  const auto until = lane_clock::now() + load_patience(settings_);
  while (true) {
    auto read = (*reader)->read_to_end(take, lane_slice);
    if (read)
      break;
    if (hooks_.stop())
      return failure{errc::killed, "stopped while reading positions"};
    if (read.error().kind != errc::unavailable || lane_clock::now() > until)
      return read;
  }
  if (into.damaged.empty())
    return {};
  const auto& [key, why] = *into.damaged.begin();
  auto text
    = "topic " + settings_.positions_topic + ", key " + key + ": " + why.text;
  if (why.kind == errc::state_corrupt)
    text += ". To deliver everything again: " + settings_.positions_command
            + " forget " + settings_.route.value();
  return failure{why.kind, std::move(text)};
}

result<void> lane::judge(const loaded_positions& found) {
  auto seen = read_seen(settings_.state_directory);
  if (!seen)
    return seen.error();
  const auto key = mark_key(settings_.route, settings_.lane);
  const std::uint64_t there = found.mark ? found.mark->ordinal : 0;
  const bool adopt = settings_.lost_state == lost_state_policy::adopt;
  if (*seen && !adopt && !SLUICE_PLANTED("no_seen_guard")) {
    const auto it = (*seen)->find(key);
    if (it != (*seen)->end()
        && (it->second.cluster_id != facts_.cluster_id
            || there < it->second.ordinal))
      return failure{
        errc::state_lost,
        "positions missing: " + settings_.positions_topic + " of cluster "
          + facts_.cluster_id + " is behind what was committed (cluster "
          + it->second.cluster_id + "); " + settings_.positions_command
          + " show tells both. If the topic is right, start once with "
            "\"lost_state\": \"adopt\" on this sink: what it lacks is "
            "delivered again"};
  }
  if (!*seen && found.mark && !memory_.loaded_once && !adopt)
    return failure{errc::state_lost,
                   "state directory " + settings_.state_directory.string()
                     + " is new but " + settings_.route.value()
                     + " has been here before. If it moved, start once with "
                       "\"lost_state\": \"adopt\" on this sink: committed "
                       "positions hold. To deliver everything again: "
                     + settings_.positions_command + " forget "
                     + settings_.route.value()};
  if (!memory_.loaded_once && found.mark)
    memory_.incarnations.insert(found.mark->incarnation);
  memory_.loaded_once = true;
  mark_.ordinal = there;
  return note_seen({there, 0}, true);
}

result<void> lane::note_seen(const lane_mark& m, bool now) {
  if (!now && lane_clock::now() - last_seen_ < std::chrono::seconds{1})
    return {};
  // The first commit is noted at once: the guard must know it happened.
  if (!now)
    last_seen_ = lane_clock::now();
  return note_seen_lane(settings_.state_directory,
                        mark_key(settings_.route, settings_.lane),
                        {facts_.cluster_id, m.ordinal});
}

void lane::hand_over(kafka_producer& p) {
  job next;
  next.producer = &p;
  for (const auto& b : sending_)
    collect_ends(*b, next.positions);
  next.finished = std::move(finished_);
  next.pins = std::move(sending_);
  next.mark = mark_;
  if (SLUICE_PLANTED("memory_trusted_after_fencing"))
    for (const auto& [o, at] : next.positions)
      memory_.sent[o] = at;
  finished_.clear();
  sending_.clear();
  open_ = nullptr;
  {
    const std::lock_guard lock{guard_};
    job_ = std::move(next);
    busy_ = true;
  }
  changed_.notify_all();
}

result<void> lane::await_commit(std::chrono::milliseconds patience) {
  const auto until = lane_clock::now() + patience;
  std::unique_lock lock{guard_};
  while (busy_ && !broken_) {
    if (lane_clock::now() > until)
      return failure{errc::unavailable, "the commit under way takes long"};
    changed_.wait_for(lock, lane_slice);
  }
  if (!broken_)
    return {};
  memory_.fenced |= fenced_now_;
  return *broken_;
}

result<void> lane::settle(std::chrono::milliseconds patience) {
  if (auto ok = still_sound(); !ok)
    return ok;
  if (open_ != nullptr || !waiting_.empty() || !finished_.empty()) {
    if (auto sent = final_word(send_transaction()); !sent)
      return sent;
  }
  return await_commit(patience);
}

void lane::finish(const std::vector<origin>& origins) {
  finished_.insert(finished_.end(), origins.begin(), origins.end());
}

result<void> lane::commit_now(job& j) {
  auto& p = *j.producer;
  static_cast<void>(SLUICE_FAILPOINT("kafka.before_positions"));
  if (auto ok = send_positions(p, j.positions, j.finished); !ok)
    return ok;
  static_cast<void>(SLUICE_FAILPOINT("kafka.before_commit"));
  const auto until = lane_clock::now() + settings_.transaction_timeout
                     + std::chrono::seconds{2};
  while (true) {
    const auto s = p.commit(lane_slice);
    if (s == step::done)
      break;
    if (s == step::failed || hooks_.stop() || lane_clock::now() > until)
      return unclear(p, "commit");
    static_cast<void>(SLUICE_FAILPOINT("kafka.during_commit"));
  }
  static_cast<void>(SLUICE_FAILPOINT("kafka.after_commit"));
  ++statistics_.commits;
  last_commit_ = lane_clock::now();
  auto noted = note_seen(j.mark, false);
  hooks_.on_committed(j.positions);
  if (!noted)
    return noted;
  // An «ok» after a connection error may leave a second EndTxn under way that
  // would end the next transaction of this id (KAFKA-17754).
  const auto seen = p.state();
  if (!seen.refused.empty())
    return failure{errc::retry, "a record was refused"};
  if (seen.blip && !SLUICE_PLANTED("no_recycle")) {
    ++statistics_.recycled;
    return failure{errc::retry, "connection error around a commit"};
  }
  return {};
}

result<void> lane::commit_or_why() {
  // Nothing above this thread would catch it: the whole process would end,
  // with the routes of everybody else.
  try {
    return commit_now(job_);
  } catch (const std::exception& e) {
    return failure{errc::exception, e.what()};
  }
}

void lane::commit_loop() {
  std::unique_lock lock{guard_};
  while (true) {
    changed_.wait(lock, [this] { return busy_ || stop_committer_; });
    if (!busy_)
      return;
    lock.unlock();
    auto done = commit_or_why();
    lock.lock();
    if (!done) {
      broken_ = done.error();
      changed_.notify_all();
      return;
    }
    job_ = {};
    busy_ = false;
    changed_.notify_all();
  }
}

} // namespace sluice
