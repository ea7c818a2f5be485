// The sender's links and answers; what it keeps is in hop_window.cpp.
#include "actors/core/net/hop_sender.hpp"

#include "actors/core/base/check.hpp"
#include "actors/core/base/failpoint.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

hop_sender::hop_sender(options chosen)
  : options_(std::move(chosen)),
    choice_(options_.choice),
    random_(options_.seed),
    seen_(options_.seen) {
  SLUICE_CHECK(options_.frame_max > hop_put_overhead
               && options_.frame_max <= hop_frame_max);
}

void hop_sender::start(time now, hop_sender_orders& out) {
  SLUICE_CHECK(state_ == state::idle);
  wake_ = now + options_.hello_patience;
  connect(out);
}

void hop_sender::connect(hop_sender_orders& out) {
  state_ = state::connecting;
  out.connect = {choice_.current(), ++link_};
}

void hop_sender::link_up(std::uint64_t link, time now, hop_sender_orders& out) {
  if (link != link_ || state_ != state::connecting)
    return;
  linked_ = true;
  say_hello(now, out);
}

void hop_sender::say_hello(time now, hop_sender_orders& out) {
  do {
    attempt_ = random_();
  } while (attempt_ == 0);
  welcome_ = {};
  pages_ = 0;
  state_ = state::hello;
  wake_ = now + options_.hello_patience;
  out.frames.push_back(
    encode(hop_hello{attempt_, hop_version_oldest, hop_version_newest,
                     options_.stream, seen_.term}));
}

/// What was sent and not acknowledged is sent again in the next session.
void hop_sender::end_session() {
  session_ = 0;
  for (auto& e : window_) {
    e.sent_before = e.sent_before || e.sent > 0;
    e.sent = 0;
  }
  outstanding_ = 0;
  next_ = 0;
}

void hop_sender::wait_until(time at, bool keep_link, hop_sender_orders& out) {
  end_session();
  const bool leaving = state_ == state::leaving;
  if (!keep_link || leaving) {
    out.hang_up = out.hang_up || linked_ || state_ == state::connecting;
    linked_ = false;
    ++link_; // nothing more from this one counts
    out.frames.clear();
  }
  out.left = leaving;
  state_ = leaving ? state::idle : state::waiting;
  wake_ = at;
}

void hop_sender::lose_link(time now, hop_sender_orders& out) {
  ++count_.lost_links;
  wait_until(choice_.after_loss(now), false, out);
}

void hop_sender::link_lost(std::uint64_t link, time now,
                           hop_sender_orders& out) {
  if (link != link_)
    return;
  linked_ = false;
  if (state_ != state::idle && state_ != state::stopped)
    lose_link(now, out);
}

void hop_sender::garbage(std::uint64_t link, time now, hop_sender_orders& out) {
  if (link != link_ || !linked_)
    return;
  lose_link(now, out);
  out.complaint
    = failure{errc::unavailable, choice_.current() + " sends what is no frame"};
}

void hop_sender::received(std::uint64_t link, std::string_view frame, time now,
                          hop_sender_orders& out) {
  if (link != link_ || !linked_)
    return;
  const auto m = decode_frame(frame);
  if (!m) {
    lose_link(now, out);
    out.complaint = failure{errc::unavailable, m.error().text};
    return;
  }
  std::visit(
    [&](const auto& x) {
      using kind = std::decay_t<decltype(x)>;
      // What only a collector says means nothing here.
      if constexpr (
        !std::is_same_v<
          kind,
          hop_hello> && !std::is_same_v<kind, hop_put> && !std::is_same_v<kind, hop_bye> && !std::is_same_v<kind, hop_finished>)
        on(x, now, out);
      else
        lose_link(now, out);
    },
    *m);
}

void hop_sender::tick(time now, hop_sender_orders& out) {
  if (state_ == state::idle || state_ == state::stopped || now < wake_)
    return;
  if (state_ != state::waiting) {
    // No link, no answer or no sign of life. A leave ends here too.
    lose_link(now, out);
    return;
  }
  if (linked_) {
    say_hello(now, out);
    return;
  }
  wake_ = now + options_.hello_patience;
  connect(out);
}

hop_sender::time hop_sender::wake() const {
  return state_ == state::idle || state_ == state::stopped ? time::max()
                                                           : wake_;
}

void hop_sender::stop(failure why, hop_sender_orders& out) {
  end_session();
  state_ = state::stopped;
  out.hang_up = linked_;
  linked_ = false;
  out.complaint = std::move(why);
}

/// This owner is not to be used; perhaps another address is better.
void hop_sender::refuse(failure why, time now, hop_sender_orders& out) {
  wait_until(choice_.after_loss(now), false, out);
  out.complaint = std::move(why);
}

bool hop_sender::mine(std::uint64_t attempt, std::uint64_t session) {
  if ((state_ == state::hello && attempt == attempt_)
      || (in_session() && session == session_))
    return true;
  ++count_.late_answers;
  return false;
}

void hop_sender::on(const hop_welcome& m, time now, hop_sender_orders& out) {
  if (state_ != state::hello
      || (m.attempt != attempt_
          && !SLUICE_PLANTED("hop_late_welcome_accepted"))) {
    ++count_.late_answers;
    return;
  }
  if (m.page != pages_
      || (m.page > 0
          && (m.session != welcome_.session || m.term != welcome_.term))) {
    lose_link(now, out);
    return;
  }
  count_.pages += pages_ > 0 ? 1 : 0;
  ++pages_;
  auto origins = std::exchange(welcome_.origins, {});
  origins.insert(origins.end(), m.origins.begin(), m.origins.end());
  welcome_ = m;
  welcome_.origins = std::move(origins);
  wake_ = now + options_.hello_patience;
  if (!m.last)
    return;
  if (!seen_.cluster_id.empty() && m.cluster_id != seen_.cluster_id)
    return refuse(
      {errc::config, choice_.current() + " commits to the Kafka cluster "
                       + m.cluster_id + ", this stream's positions are in "
                       + seen_.cluster_id},
      now, out);
  if (!sink_.empty() && m.sink != sink_)
    return refuse({errc::config, choice_.current() + " ends in the sink "
                                   + m.sink + ", this stream in " + sink_},
                  now, out);
  if (m.term < seen_.term && !SLUICE_PLANTED("hop_lower_term_accepted")) {
    ++count_.stale_terms;
    return refuse(
      {errc::unavailable, choice_.current() + " answers with the old term "
                            + std::to_string(m.term) + ", the stream has "
                            + std::to_string(seen_.term)},
      now, out);
  }
  begin_session(now, out);
}

void hop_sender::on(const hop_ack& m, time now, hop_sender_orders& out) {
  if (!mine(0, m.session))
    return;
  if (m.n < ack_n_) {
    ++count_.late_answers;
    return;
  }
  if (m.n > ack_n_) {
    // What it said will not be said again in this session.
    ++count_.missing_acks;
    return wait_until(choice_.after_retry(now, {}), true, out);
  }
  ++ack_n_;
  credit_ = m.credit;
  if (state_ == state::session)
    wake_ = now + options_.silence_max;
  acknowledge(m.committed, out);
  for (const auto& o : m.forgotten)
    forget(o);
  if (state_ == state::session)
    pump(out);
}

void hop_sender::on(const hop_moved& m, time now, hop_sender_orders& out) {
  if (!mine(m.attempt, m.session))
    return;
  ++count_.moves;
  wait_until(choice_.after_move(now, m.addresses), false, out);
}

void hop_sender::on(const hop_retry& m, time now, hop_sender_orders& out) {
  if (!mine(m.attempt, m.session))
    return;
  ++count_.retries;
  wait_until(choice_.after_retry(now, m.wait), true, out);
  if (!m.why.empty())
    out.complaint = failure{errc::unavailable, m.why};
}

void hop_sender::on(const hop_refused& m, time now, hop_sender_orders& out) {
  static_cast<void>(now);
  if (mine(m.attempt, 0))
    stop({m.kind, m.why}, out);
}

void hop_sender::on(const hop_released& m, time now, hop_sender_orders& out) {
  if (mine(0, m.session))
    wait_until(now, false, out);
}

void hop_sender::leave(time now, hop_sender_orders& out) {
  if (state_ == state::session) {
    state_ = state::leaving;
    wake_ = now + options_.leave_patience;
    out.frames.push_back(encode(hop_bye{session_}));
    return;
  }
  if (state_ == state::leaving || state_ == state::stopped)
    return;
  state_ = state::leaving;
  wait_until(now, false, out);
}

} // namespace sluice
