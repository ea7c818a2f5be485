// The receiver's sessions and who owns the stream; the data is in
// hop_intake.cpp.
#include "actors/core/net/hop_receiver.hpp"

#include "actors/core/base/check.hpp"
#include "actors/core/base/failpoint.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// After this a collector of another version asks again: an upgrade goes on.
constexpr std::chrono::milliseconds version_wait{30'000};

} // namespace

std::size_t hop_receiver::frame_bytes(const origin& o,
                                      const stored_position& p) {
  return 128 + o.value().size()
         + 2 * (p.proof.lineage.size() + p.proof.path.size());
}

hop_receiver::hop_receiver(options chosen)
  : options_(std::move(chosen)),
    random_(options_.seed) {
  SLUICE_CHECK(options_.paths > 0);
  if (options_.paths > 1)
    paths_.resize(options_.paths);
}

void hop_receiver::malformed(std::uint64_t link, const std::string& why,
                             hop_receiver_orders& out) {
  ++count_.malformed;
  out.complaint = failure{errc::unavailable,
                          "a collector of " + options_.stream + ": " + why};
  out.hang_up.push_back(link);
  link_lost(link);
}

void hop_receiver::received(std::uint64_t link, std::string_view frame,
                            time now, hop_receiver_orders& out) {
  const auto m = decode_frame(frame);
  if (!m)
    return malformed(link, m.error().text, out);
  std::visit(
    [&](const auto& x) {
      using kind = std::decay_t<decltype(x)>;
      if constexpr (
        std::is_same_v<
          kind,
          hop_hello> || std::is_same_v<kind, hop_put> || std::is_same_v<kind, hop_bye> || std::is_same_v<kind, hop_finished>)
        on(link, x, now, out);
      else
        malformed(link, "it says what only an aggregator says", out);
    },
    *m);
}

void hop_receiver::link_lost(std::uint64_t link) {
  if (session_ != 0 && link_ == link)
    end_session();
  if (waiting_ && waiting_->link == link)
    waiting_.reset();
}

void hop_receiver::tick(time now, hop_receiver_orders& out) {
  if (now >= wake())
    say_committed({}, now, out);
}

hop_receiver::time hop_receiver::wake() const {
  return session_ != 0 ? said_ + options_.heartbeat : time::max();
}

void hop_receiver::end_session() {
  session_ = 0;
  partial_.clear();
}

void hop_receiver::end_with_retry(milliseconds wait, const std::string& why,
                                  hop_receiver_orders& out) {
  if (session_ != 0)
    out.frames.push_back({link_, encode(hop_retry{0, session_, wait, why})});
  end_session();
}

void hop_receiver::end_with_move(const std::vector<std::string>& addresses,
                                 hop_receiver_orders& out) {
  if (session_ != 0)
    out.frames.push_back({link_, encode(hop_moved{0, session_, addresses})});
  end_session();
}

void hop_receiver::on(std::uint64_t link, const hop_hello& m, time now,
                      hop_receiver_orders& out) {
  if (m.stream != options_.stream)
    return malformed(link, "it asks for the stream " + m.stream, out);
  if (m.oldest > hop_version_newest || m.newest < hop_version_oldest) {
    out.frames.push_back(
      {link, encode(hop_retry{m.attempt, 0, version_wait,
                              "this node speaks another version"})});
    return;
  }
  // The collector begins anew; unless this comes late, from a connection that
  // it has left: then it must hear that its session ended.
  end_with_retry({}, "", out);
  waiting_ = {link, m, 0, false};
  answer(now, out);
}

void hop_receiver::refuse(const failure& why, hop_receiver_orders& out) {
  out.frames.push_back(
    {waiting_->link,
     encode(hop_refused{waiting_->said.attempt, why.kind, why.text})});
  waiting_.reset();
}

/// To the hello that waits, as soon as it is known what.
void hop_receiver::answer(time now, hop_receiver_orders& out) {
  if (!waiting_ || giving_up_)
    return;
  if (broken_)
    return refuse(*broken_, out);
  if (waiting_->said.term > term_
      && !SLUICE_PLANTED("hop_lower_term_accepted")) {
    if (waiting_->read)
      return refuse(
        {errc::state_lost, "positions are missing: " + options_.stream
                             + " has the term " + std::to_string(term_)
                             + " here, its collector has seen "
                             + std::to_string(waiting_->said.term)},
        out);
    if (waiting_->reading == 0)
      out.read_again = waiting_->reading = ++readings_;
    return;
  }
  if (!mine_) {
    out.claim = true;
    return;
  }
  welcome(*waiting_, now, out);
  waiting_.reset();
}

void hop_receiver::read_to_end(std::uint64_t number, time now,
                               hop_receiver_orders& out) {
  if (!waiting_ || waiting_->reading != number)
    return;
  waiting_->read = true;
  answer(now, out);
}

void hop_receiver::welcome(const waiting_hello& to, time now,
                           hop_receiver_orders& out) {
  do {
    session_ = random_();
  } while (session_ == 0);
  link_ = to.link;
  next_n_ = ack_n_ = 0;
  said_ = now;
  granted_ = credit();
  hop_welcome page{
    to.said.attempt, term_, session_, granted_, options_.cluster_id,
    options_.sink,   0,     false,    {}};
  std::size_t bytes = 0;
  for (const auto& [o, held] : held_.positions()) {
    hop_standing s{o, {}, held};
    if (const auto* done = committed_.find(o))
      s.committed = *done;
    if (held.at == s.committed.at)
      s.held.reset();
    bytes += frame_bytes(o, held);
    page.origins.push_back(std::move(s));
    if (bytes < options_.page_bytes)
      continue;
    out.frames.push_back({link_, encode(page)});
    ++page.page;
    page.origins.clear();
    bytes = 0;
  }
  page.last = true;
  out.frames.push_back({link_, encode(page)});
}

void hop_receiver::adopt(std::uint64_t term,
                         const std::vector<position_map>& committed, time now,
                         hop_receiver_orders& out) {
  SLUICE_CHECK(committed.size() == options_.paths);
  if (term < term_)
    return;
  if (mine_ && term == term_) {
    for (std::size_t i = 0; i < committed.size(); ++i)
      this->committed(i, committed[i], now, out);
    return answer(now, out);
  }
  end_with_retry({}, "", out);
  term_ = term;
  mine_ = true;
  giving_up_ = bye_ = false;
  for (std::size_t i = 0; i < paths_.size(); ++i)
    paths_[i] = progress{committed[i]};
  std::vector<const position_map*> all;
  for (const auto& c : committed)
    all.push_back(&c);
  committed_ = progress{smallest(all)};
  if (!SLUICE_PLANTED("hop_held_survives_term"))
    held_ = {};
  held_.advance(committed_.positions());
  unsettled_.clear();
  last_gap_.clear();
  answer(now, out);
}

void hop_receiver::not_mine(std::uint64_t term,
                            const std::vector<std::string>& addresses, time now,
                            hop_receiver_orders& out) {
  if (term < term_)
    return;
  term_ = term;
  mine_ = giving_up_ = bye_ = false;
  end_with_move(addresses, out);
  unsettled_.clear();
  answer(now, out);
}

void hop_receiver::unreachable(milliseconds wait, const std::string& why,
                               hop_receiver_orders& out) {
  if (!waiting_)
    return;
  out.frames.push_back(
    {waiting_->link, encode(hop_retry{waiting_->said.attempt, 0, wait, why})});
  waiting_.reset();
}

void hop_receiver::retire(hop_receiver_orders& out) {
  if (!mine_ || giving_up_)
    return;
  giving_up_ = true;
  out.give_up = true;
}

void hop_receiver::on(std::uint64_t link, const hop_bye& m, time now,
                      hop_receiver_orders& out) {
  static_cast<void>(link);
  static_cast<void>(now);
  if (session_ == 0 || m.session != session_)
    return;
  bye_ = true;
  retire(out);
}

void hop_receiver::gave_up(std::uint64_t term,
                           const std::vector<std::string>& addresses, time now,
                           hop_receiver_orders& out) {
  if (bye_ && session_ != 0) {
    out.frames.push_back({link_, encode(hop_released{session_})});
    end_session();
  }
  not_mine(term, addresses, now, out);
}

} // namespace sluice
