// What the sender keeps, sends and lets go of.
#include "actors/core/base/failpoint.hpp"
#include "actors/core/event/batch_codec.hpp"
#include "actors/core/net/hop_sender.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// The longest batch in bytes: a receiver puts its pieces together.
constexpr std::size_t hop_batch_max = 16U << 20;

std::string spell(const position& p) {
  return "(" + std::to_string(p.generation) + ", " + std::to_string(p.offset)
         + ")";
}

void release(std::string& bytes) {
  std::string{}.swap(bytes);
}

} // namespace

std::optional<std::string>
hop_sender::below_acknowledged(const position_map& committed) const {
  for (const auto& [o, mine] : acknowledged_.positions()) {
    const auto found = committed.find(o);
    const auto theirs
      = found != committed.end() ? found->second.at : position{};
    // The end of a finished origin may be durable before we hear of it; and if
    // we never had any data of it, it was finished before our time.
    if (found == committed.end()
        && (finished_.count(o) > 0 || offered_.count(o) == 0))
      continue;
    if (theirs < mine.at)
      return "positions are missing: " + o.value() + " stands at "
             + spell(theirs) + ", but " + spell(mine.at)
             + " was acknowledged before";
  }
  return std::nullopt;
}

void hop_sender::begin_session(time now, hop_sender_orders& out) {
  hop_attach stands;
  for (auto& s : welcome_.origins) {
    stands.held[s.name] = s.held ? *s.held : s.committed;
    if (s.committed.at != position{})
      stands.committed[s.name] = std::move(s.committed);
  }
  welcome_.origins.clear();
  if (auto why = below_acknowledged(stands.committed))
    return stop({errc::state_lost, *std::move(why)}, out);
  if (seen_.term != 0 && welcome_.term > seen_.term)
    choice_.changed_owner(now);
  const hop_seen seen{welcome_.cluster_id, welcome_.term};
  if (seen != seen_)
    out.seen = seen_ = seen;
  sink_ = welcome_.sink;
  state_ = state::session;
  session_ = welcome_.session;
  n_ = ack_n_ = 0;
  credit_ = welcome_.credit;
  wake_ = now + options_.silence_max;
  ++count_.sessions;
  held_ = progress{stands.held};
  acknowledge(SLUICE_PLANTED("hop_held_as_committed") ? stands.held
                                                      : stands.committed,
              out);
  std::vector<origin> gone;
  for (const auto& [o, p] : acknowledged_.positions())
    if (stands.committed.count(o) == 0)
      gone.push_back(o);
  for (const auto& o : finished_)
    if (stands.committed.count(o) == 0)
      gone.push_back(o);
  for (const auto& o : gone)
    forget(o);
  if (!std::exchange(attached_, true)) {
    out.committed.clear();
    out.attach = std::move(stands);
  }
  say_finished(out);
  pump(out);
}

void hop_sender::acknowledge(const position_map& committed,
                             hop_sender_orders& out) {
  bool moved = false;
  for (const auto& [o, p] : committed)
    if (p.at > acknowledged_.at(o)) {
      out.committed[o] = p;
      moved = true;
    }
  if (!moved)
    return;
  acknowledged_.advance(committed);
  choice_.progressed();
  // Batches enter a commit whole and in order.
  while (!window_.empty() && settled(*window_.front().content, acknowledged_)) {
    outstanding_ -= window_.front().sent;
    window_bytes_ -= window_.front().cost;
    window_.pop_front();
    next_ -= next_ > 0 ? 1 : 0;
  }
  const auto gone = gone_;
  for (const auto& o : gone)
    forget(o);
}

/// A batch read anew after a crash can have bytes of an origin that the owner
/// had held since before, beside others: only with the last such batch is the
/// origin's position of no use. Until then it keeps the bytes from being sent
/// to an owner that has forgotten them.
void hop_sender::forget(const origin& o) {
  bool mentioned = false;
  for (auto& e : window_)
    for (const auto& r : e.content->runs)
      if (r.from_origin == o) {
        release(e.encoded);
        mentioned = true;
      }
  if (mentioned) {
    gone_.insert(o);
    return;
  }
  gone_.erase(o);
  offered_.erase(o);
  finished_.erase(o);
  acknowledged_.forget(o);
  held_.forget(o);
}

bool hop_sender::wants() const {
  return attached_ && state_ != state::leaving && state_ != state::stopped
         && (window_.empty()
             || (window_.size() < options_.batches_max
                 && window_bytes_ < options_.bytes_max));
}

bool hop_sender::offer(const batch_ptr& b, hop_sender_orders& out) {
  entry e;
  e.content = b;
  e.cost = b->cost();
  put_batch(e.encoded, *b);
  if (e.encoded.size() > hop_batch_max)
    return false;
  if (settled(*b, acknowledged_) && window_.empty())
    return true;
  for (const auto& r : b->runs)
    offered_.insert(r.from_origin);
  window_bytes_ += e.cost;
  window_.push_back(std::move(e));
  if (state_ == state::session)
    pump(out);
  if (next_ < window_.size() && state_ != state::session)
    release(window_.back().encoded);
  return true;
}

/// Sends what the credit allows. A put that is longer than all the credit goes
/// when nothing else is under way.
void hop_sender::pump(hop_sender_orders& out) {
  for (; next_ < window_.size(); ++next_) {
    auto& e = window_[next_];
    // Only a hint: what straddles the line is sent whole, and trimmed there.
    const auto rest = trim(e.content, acknowledged_).rest;
    if (!rest || settled(*rest, held_)) {
      release(e.encoded);
      continue;
    }
    if (e.encoded.empty())
      put_batch(e.encoded, *rest);
    if (outstanding_ > 0 && outstanding_ + e.encoded.size() > credit_) {
      ++count_.waits_for_credit;
      return;
    }
    send(e, out);
  }
}

void hop_sender::send(entry& e, hop_sender_orders& out) {
  const auto piece_max = options_.frame_max - hop_put_overhead;
  const std::string_view all = e.encoded;
  for (std::size_t at = 0; at < all.size(); at += piece_max) {
    const auto piece = all.substr(at, piece_max);
    out.frames.push_back(
      encode(hop_put{session_, n_++, at + piece.size() == all.size(), piece}));
    ++count_.puts;
    count_.pieces += at + piece.size() < all.size() ? 1 : 0;
  }
  count_.resent += e.sent_before ? 1 : 0;
  e.sent = all.size();
  outstanding_ += e.sent;
  release(e.encoded);
}

void hop_sender::finish(const std::vector<origin>& done,
                        hop_sender_orders& out) {
  finished_.insert(done.begin(), done.end());
  if (state_ == state::session)
    out.frames.push_back(encode(hop_finished{session_, done}));
}

void hop_sender::say_finished(hop_sender_orders& out) {
  if (!finished_.empty())
    out.frames.push_back(
      encode(hop_finished{session_, {finished_.begin(), finished_.end()}}));
}

} // namespace sluice
