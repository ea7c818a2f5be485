// What the receiver takes, acknowledges and has room for.
#include "actors/core/base/failpoint.hpp"
#include "actors/core/event/batch_codec.hpp"
#include "actors/core/net/hop_receiver.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

constexpr std::size_t batch_bytes_limit = 16U << 20;
constexpr std::uint64_t credit_min = 64U << 10;
constexpr std::uint64_t credit_max = 8U << 20;

} // namespace

std::uint64_t hop_credit(std::uint64_t budget, std::size_t streams) {
  return std::clamp(budget / std::max<std::size_t>(streams, 1), credit_min,
                    credit_max);
}

void hop_receiver::on(std::uint64_t link, const hop_put& m, time now,
                      hop_receiver_orders& out) {
  const bool known = session_ != 0 && m.session == session_;
  if (!known && !(mine_ && SLUICE_PLANTED("hop_no_session_check"))) {
    ++count_.late_puts;
    out.frames.push_back({link, encode(hop_retry{0, m.session, {}, ""})});
    return;
  }
  // What comes after a leave was ordered stays with the collector.
  if (giving_up_)
    return;
  if (m.n < next_n_) {
    ++count_.repeated_puts;
    return;
  }
  if (m.n > next_n_ && !SLUICE_PLANTED("hop_no_gap_check")) {
    ++count_.missing_puts;
    out.complaint = failure{
      errc::retry, options_.stream + ": puts " + std::to_string(next_n_)
                     + " to " + std::to_string(m.n - 1) + " did not arrive"};
    return end_with_retry({}, "", out);
  }
  next_n_ = m.n + 1;
  if (partial_.size() + m.bytes.size() > batch_bytes_limit)
    return malformed(link, "its batch is too long", out);
  const bool whole = m.last && partial_.empty();
  if (!whole)
    partial_ += m.bytes;
  if (!m.last)
    return;
  const auto pieces = std::exchange(partial_, {});
  const auto bytes = whole ? m.bytes : std::string_view{pieces};
  const auto b = decode_batch(bytes);
  if (!b)
    return malformed(link, b.error().text, out);
  const auto before = outstanding(true);
  if (before > 0 && before + bytes.size() > granted_) {
    ++count_.overruns;
    out.complaint
      = failure{errc::retry, options_.stream + " exceeds its credit"};
    return end_with_retry({}, "", out);
  }
  take(*b, bytes.size(), now, out);
}

void hop_receiver::take(const batch_ptr& b, std::size_t bytes, time now,
                        hop_receiver_orders& out) {
  unsettled u{{}, bytes, session_};
  collect_ends(*b, u.ends);
  sluice::received got;
  if (SLUICE_PLANTED("hop_no_trim")) {
    got.fresh = b;
    held_.advance(u.ends);
  } else {
    got = held_.receive(b);
  }
  if (got.gap && SLUICE_PLANTED("hop_no_gap_check")) {
    got = {b, 0, std::nullopt, 0};
    held_.advance(u.ends);
  }
  if (got.gap)
    return gap(*got.gap, out);
  ++count_.batches;
  count_.trimmed += got.fresh && got.fresh != b ? 1 : 0;
  count_.duplicates += got.fresh ? 0 : 1;
  if (got.fresh)
    out.fresh.push_back({term_, got.fresh});
  unsettled_.push_back(std::move(u));
  drop_settled();
  if (SLUICE_PLANTED("hop_early_ack"))
    say_committed(unsettled_.empty() ? position_map{} : unsettled_.back().ends,
                  now, out);
}

/// Something of the stream is missing although every put arrived. Once: the
/// collector goes on from what is held. Twice the same: a person must look.
void hop_receiver::gap(const std::string& where, hop_receiver_orders& out) {
  ++count_.gaps;
  out.complaint = failure{errc::retry, where};
  if (std::exchange(last_gap_, where) == where) {
    out.complaint->kind = errc::second_gap;
    broken_ = out.complaint;
  }
  end_with_retry({}, where, out);
}

position_map hop_receiver::advance_path(std::size_t path,
                                        const position_map& by_path) {
  position_map moved;
  if (!paths_.empty())
    paths_[path].advance(by_path);
  for (const auto& [o, p] : by_path) {
    const auto* least = &p;
    for (const auto& other : paths_) {
      const auto* there = other.find(o);
      if (there == nullptr || there->at < least->at)
        least = there;
      if (least == nullptr)
        break;
    }
    if (least != nullptr && least->at > committed_.at(o))
      moved[o] = *least;
  }
  committed_.advance(moved);
  held_.advance(moved);
  return moved;
}

void hop_receiver::committed(std::size_t path, const position_map& by_path,
                             time now, hop_receiver_orders& out) {
  if (!mine_)
    return;
  const auto moved = advance_path(path, by_path);
  drop_settled();
  if (!moved.empty())
    say_committed(moved, now, out);
}

void hop_receiver::say_committed(const position_map& moved, time now,
                                 hop_receiver_orders& out) {
  if (session_ == 0)
    return;
  said_ = now;
  const auto room = credit();
  granted_ = std::max(granted_, room);
  hop_ack page{session_, ack_n_, room, {}, {}};
  std::size_t bytes = 0;
  for (const auto& [o, p] : moved) {
    page.committed.emplace_hint(page.committed.end(), o, p);
    bytes += frame_bytes(o, p);
    if (bytes < options_.page_bytes)
      continue;
    out.frames.push_back({link_, encode(page)});
    page.n = ++ack_n_;
    page.committed.clear();
    bytes = 0;
  }
  if (!moved.empty() && page.committed.empty())
    return;
  out.frames.push_back({link_, encode(page)});
  ++ack_n_;
}

void hop_receiver::forgotten(const std::vector<origin>& gone, time now,
                             hop_receiver_orders& out) {
  for (const auto& o : gone) {
    committed_.forget(o);
    held_.forget(o);
    for (auto& p : paths_)
      p.forget(o);
  }
  if (session_ == 0 || gone.empty())
    return;
  said_ = now;
  out.frames.push_back(
    {link_, encode(hop_ack{session_, ack_n_++, credit(), {}, gone})});
}

void hop_receiver::on(std::uint64_t link, const hop_finished& m, time now,
                      hop_receiver_orders& out) {
  static_cast<void>(link);
  static_cast<void>(now);
  if (session_ != 0 && m.session == session_ && !giving_up_)
    out.finished.insert(out.finished.end(), m.origins.begin(), m.origins.end());
}

void hop_receiver::restarted(const position_map& held, time now,
                             hop_receiver_orders& out) {
  static_cast<void>(now);
  end_with_retry({}, "", out);
  unsettled_.clear();
  last_gap_.clear();
  held_ = committed_;
  held_.advance(held);
}

void hop_receiver::set_credit(std::uint64_t bytes) {
  options_.credit = bytes;
}

void hop_receiver::drop_settled() {
  const auto done = [this](const unsettled& u) {
    return std::all_of(u.ends.begin(), u.ends.end(), [this](const auto& end) {
      return committed_.at(end.first) >= end.second.at;
    });
  };
  while (!unsettled_.empty() && done(unsettled_.front()))
    unsettled_.pop_front();
}

std::uint64_t hop_receiver::outstanding(bool of_this_session) const {
  std::uint64_t sum = 0;
  for (const auto& u : unsettled_)
    if ((u.session == session_) == of_this_session)
      sum += u.bytes;
  return sum;
}

/// What is still here of earlier sessions takes of it.
std::uint64_t hop_receiver::credit() const {
  const auto earlier = outstanding(false);
  return options_.credit > earlier ? options_.credit - earlier : 0;
}

} // namespace sluice
