#include "actors/core/kafka/claims.hpp"

#include "actors/core/base/check.hpp"
#include "actors/core/base/failpoint.hpp"
#include "actors/core/kafka/positions_topic.hpp"

#include <utility>

namespace sluice {

claims::claims(settings chosen, kafka_client& client)
  : settings_(std::move(chosen)),
    client_(client),
    table_(settings_.sink) {
  SLUICE_CHECK(settings_.lanes > 0 && settings_.positions_partitions > 0);
}

claims::~claims() = default;

void claims::want(const std::string& stream) {
  wanted_.insert(stream);
}

void claims::forget(const std::string& stream) {
  wanted_.erase(stream);
}

std::int32_t claims::partition_of(const std::string& stream) const {
  return positions_partition(stream, settings_.positions_partitions);
}

std::string claims::own_lane(const std::string& stream) const {
  const auto k
    = static_cast<std::uint32_t>(partition_of(stream)) % settings_.lanes;
  return "sluice." + settings_.route + "." + std::to_string(k);
}

std::string claims::holder_of(const std::string& stream) const {
  const auto& lane = table_.of(stream).own.lane;
  return lane.empty() ? free_lane(settings_.cluster, partition_of(stream))
                      : lane;
}

result<std::vector<adopted_stream>>
claims::advance(std::chrono::milliseconds slice) {
  if (wanted_.empty() && stage_ == stage::choose)
    return adopted{};
  switch (stage_) {
  case stage::choose:
    return choose(slice);
  case stage::fence:
    return fence(slice);
  case stage::read:
    return read(slice);
  case stage::write:
    return write();
  case stage::flush:
    return flush(slice);
  case stage::commit:
    return commit(slice);
  }
  return adopted{};
}

/// What was begun is worth nothing; the next init of these ids decides it.
failure claims::start_over(failure why) {
  if (!producers_.empty()) {
    const auto seen = producers_.front()->state();
    count_.lost += seen.fenced ? 1 : 0;
    if (seen.why)
      why = {seen.why->kind, why.text + ": " + seen.why->text};
  }
  producers_.clear();
  round_.clear();
  stage_ = stage::choose;
  return why;
}

/// True when the table is what the topic was when this began.
result<bool> claims::read_to_end(std::chrono::milliseconds slice) {
  if (!reader_) {
    auto opened = client_.open_positions(isolation::read_committed);
    if (!opened)
      return opened.error();
    reader_ = std::move(*opened);
  }
  const auto done = reader_->read_to_end(
    [this](const topic_record& r) { table_.take(r); }, slice);
  if (table_.damage())
    return *table_.damage();
  if (!done && done.error().kind != errc::unavailable)
    return done.error();
  loaded_ = loaded_ || done;
  return static_cast<bool>(done);
}

/// The holder of one stream that is wanted, and all that it holds besides.
result<claims::adopted> claims::choose(std::chrono::milliseconds slice) {
  const auto whole = read_to_end(slice);
  if (!whole)
    return start_over(whole.error());
  // An open transaction may hide the end: the fencing decides that one too.
  if (!loaded_)
    return adopted{};
  round_.clear();
  before_.clear();
  std::set<std::string> ours;
  for (const auto& stream : wanted_)
    if (holder_of(stream) == own_lane(stream))
      ours.insert(stream);
  if (!ours.empty() && !*whole)
    return adopted{};
  count_.found += ours.size();
  if (!ours.empty())
    return adopt(ours, 0);
  holder_ = holder_of(*wanted_.begin());
  for (const auto& stream : wanted_)
    if (holder_of(stream) == holder_)
      round_.insert(stream);
  if (SLUICE_PLANTED("claim_reads_before_fencing"))
    for (const auto& stream : round_)
      before_[stream] = table_.of(stream);
  stage_ = stage::fence;
  return adopted{};
}

/// Both ids of the holder, the first one first: after that nothing of it can
/// be committed any more, and what was open is decided.
result<claims::adopted> claims::fence(std::chrono::milliseconds slice) {
  const std::size_t ids = SLUICE_PLANTED("claim_fences_one_id") ? 1 : 2;
  if (producers_.empty()) {
    auto made = client_.make_producer(holder_ + "-0");
    if (!made)
      return start_over(made.error());
    producers_.push_back(std::move(*made));
  }
  switch (producers_.back()->init(slice)) {
  case step::again:
    return adopted{};
  case step::failed:
    return start_over({errc::unavailable, "fencing " + holder_});
  case step::done:
    break;
  }
  if (producers_.size() < ids) {
    auto made = client_.make_producer(holder_ + "-1");
    if (!made)
      return start_over(made.error());
    producers_.push_back(std::move(*made));
    return adopted{};
  }
  stage_ = stage::read;
  return adopted{};
}

result<claims::adopted> claims::read(std::chrono::milliseconds slice) {
  const auto whole = read_to_end(slice);
  if (!whole)
    return start_over(whole.error());
  if (!*whole)
    return adopted{};
  // Another was faster: these are to be taken from it.
  if (!SLUICE_PLANTED("claim_holder_not_checked"))
    std::erase_if(round_, [this](const std::string& stream) {
      return holder_of(stream) != holder_;
    });
  if (round_.empty()) {
    ++count_.lost;
    producers_.clear();
    stage_ = stage::choose;
    return adopted{};
  }
  stage_ = stage::write;
  return adopted{};
}

/// In a transaction of the holder, of nothing else: the lane's own record is
/// its owner's, who then finds no foreign incarnation in it.
result<claims::adopted> claims::write() {
  auto& p = *producers_.front();
  if (p.begin() != step::done)
    return start_over({errc::unavailable, "beginning in " + holder_});
  for (const auto& stream : round_) {
    const auto& known = before_.empty() ? table_.of(stream) : before_[stream];
    const ownership mine{known.own.term + 1, own_lane(stream),
                         settings_.address};
    if (!p.produce_position(partition_of(stream),
                            ownership_key(stream, settings_.sink),
                            encode(mine)))
      return start_over({errc::unavailable, "writing the owner"});
  }
  stage_ = stage::flush;
  return adopted{};
}

/// A commit may say well done although a record never arrived.
result<claims::adopted> claims::flush(std::chrono::milliseconds slice) {
  auto& p = *producers_.front();
  switch (p.flush(slice)) {
  case step::again:
    return adopted{};
  case step::failed:
    return start_over({errc::unavailable, "sending the owner"});
  case step::done:
    break;
  }
  if (!p.state().refused.empty())
    return start_over({errc::unavailable, "sending the owner"});
  stage_ = stage::commit;
  return adopted{};
}

result<claims::adopted> claims::commit(std::chrono::milliseconds slice) {
  switch (producers_.front()->commit(slice)) {
  case step::again:
    return adopted{};
  case step::failed:
    ++count_.unclear;
    return start_over({errc::unavailable, "claiming from " + holder_});
  case step::done:
    break;
  }
  count_.claimed += round_.size();
  auto ours = adopt(round_, 1);
  producers_.clear();
  return ours;
}

/// As the table has them; `more` is what a claim adds to their terms.
claims::adopted claims::adopt(const std::set<std::string>& streams,
                              std::uint64_t more) {
  adopted out;
  for (const auto& stream : streams) {
    const auto& known = before_.empty() ? table_.of(stream) : before_[stream];
    out.push_back({stream, known.own.term + more, known.positions});
    wanted_.erase(stream);
  }
  round_.clear();
  stage_ = stage::choose;
  return out;
}

} // namespace sluice
