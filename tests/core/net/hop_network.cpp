// The course of a world: what breaks, what must hold, when it is over.
#include "tests/core/net/hop_network.hpp"

#include <bit>

namespace sluice::hop_test {

namespace {

constexpr int wild_steps = 36;
constexpr int steps_max = 1'500;

/// Both are nothing but counters.
template <class Figures>
void add(Figures& sum, const Figures& more) {
  using counters
    = std::array<std::uint64_t, sizeof(Figures) / sizeof(std::uint64_t)>;
  auto all = std::bit_cast<counters>(sum);
  const auto others = std::bit_cast<counters>(more);
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] += others[i];
  sum = std::bit_cast<Figures>(all);
}

} // namespace

char byte_at(std::size_t stream, std::size_t o, std::uint64_t offset) {
  return static_cast<char>('a' + (stream * 7 + o * 5 + offset * 3) % 26);
}

std::string stream_name(std::size_t s) {
  return "c/n" + std::to_string(s) + "/a/g";
}

std::string address_of(std::size_t a) {
  return std::string(1, static_cast<char>('A' + a));
}

origin origin_name(std::size_t o) {
  return origin{std::string(1, static_cast<char>('0' + o))};
}

std::size_t origin_number(const origin& o) {
  return static_cast<std::size_t>(o.value().front() - '0');
}

bool positions_double::owned(std::size_t stream, std::size_t by,
                             std::uint64_t term) const {
  const auto& s = streams[stream];
  return s.owner == by && s.term == term;
}

void positions_double::append(std::size_t stream, const batch& b) {
  auto& s = streams[stream];
  for (const auto& r : b.runs) {
    const auto o = origin_number(r.from_origin);
    auto& done = s.delivered[o];
    if (r.after.offset != done || r.from != done)
      problem = (r.from < done ? "delivered twice: " : "never delivered: ")
                + std::string{"origin "} + r.from_origin.value() + " is at "
                + std::to_string(done) + ", a run follows "
                + std::to_string(r.after.offset);
    auto at = r.from;
    for (auto i = r.first; i < r.first + r.count; ++i)
      for (const char c : b.body(b.events[i]))
        if (c != byte_at(stream, o, at++))
          problem = "other bytes than were read";
    if (r.count > 0 && at != r.to)
      problem = "fewer bytes than the run says";
    done = r.to;
    s.positions[r.from_origin] = {r.end(), r.proof};
  }
}

hop_network::hop_network(std::uint64_t seed) : random_(seed) {
  lossy_ = random_.chance(10);
  commit_percent_ = 8 + random_.below(50);
  credit_ = 200 + random_.below(3'000);
  frame_max_ = random_.chance(20) ? hop_put_overhead + 20 + random_.below(200)
                                  : 1U << 20;
  if (random_.chance(20))
    page_bytes_ = 1;
  const auto kind = random_.below(10);
  const std::size_t streams = kind < 6 ? 1 : kind < 9 ? 2 : 3;
  kafka_.streams.resize(streams);
  collectors_.resize(streams);
  aggregators_.resize(aggregators);
  for (auto& c : collectors_) {
    c.files = random_.chance(50);
    for (auto& size : c.sizes)
      size = 2 * random_.below(14);
  }
  for (std::size_t a = 0; a < aggregators; ++a)
    start_aggregator(a);
  for (std::size_t c = 0; c < streams; ++c)
    start_collector(c);
}

void hop_network::wrong(const std::string& what) {
  if (!problem_)
    problem_ = what;
}

void hop_network::crash_collector(std::size_t c) {
  auto& it = collectors_[c];
  if (!it.sender)
    return;
  note(it.files ? "collector with files crashes"
                : "collector with a channel crashes");
  add(senders_, it.sender->count());
  it.sender.reset();
  it.leaving = false;
  it.handed_out = 0;
  it.back_at = now_ + milliseconds{random_.below(100)};
  for (auto& l : links_)
    if (l.collector == c && !l.cut)
      cut(l);
}

void hop_network::crash_aggregator(std::size_t a) {
  auto& it = aggregators_[a];
  if (!it.up)
    return;
  note("aggregator crashes");
  for (auto& r : it.receivers)
    add(receivers_, r->count());
  it = {};
  it.up = false;
  it.back_at = now_ + milliseconds{random_.below(200)};
  for (auto& l : links_)
    if (l.aggregator == a && !l.cut)
      cut(l);
}

void hop_network::break_something() {
  const auto c = random_.below(collectors_.size());
  const auto a = random_.below(aggregators);
  switch (random_.below(12)) {
  case 0:
    return crash_collector(c);
  case 1:
    return crash_aggregator(a);
  case 2:
  case 3:
  case 4:
    for (auto& l : links_)
      if (l.collector == c && !l.cut && random_.chance(60))
        cut(l);
    return;
  case 5:
    note("partition");
    partitions_[{c, a}] = now_ + milliseconds{random_.below(600)};
    return;
  case 6:
    for (auto& l : links_)
      if (l.collector == c && !l.cut) {
        note("link hangs");
        l.hung_until = now_ + milliseconds{random_.below(700)};
      }
    return;
  case 7:
    note("aggregator freezes");
    aggregators_[a].frozen_until = now_ + milliseconds{random_.below(700)};
    return;
  case 8:
    note("Kafka is down");
    kafka_back_ = now_ + milliseconds{random_.below(500)};
    return;
  case 9:
    if (auto& sender = collectors_[c].sender; sender && random_.chance(50)) {
      note("collector leaves");
      hop_sender_orders out;
      collectors_[c].leaving = true;
      sender->leave(now_, out);
      obey(c, out);
    } else if (aggregators_[a].up) {
      note("aggregator retires");
      hop_receiver_orders out;
      aggregators_[a].receivers[c]->retire(out);
      obey(a, c, out);
    }
    return;
  case 10:
    return restart_pipeline(a);
  default:
    return lose_a_frame();
  }
}

void hop_network::one_step(bool calm) {
  now_ += milliseconds{calm ? 15 : 1 + random_.below(30)};
  if (!calm && random_.chance(6)) {
    note("a long time passes");
    now_ += milliseconds{random_.below(1'000)};
  }
  for (std::size_t c = 0; c < collectors_.size(); ++c)
    collector_step(c);
  links_step(calm);
  for (std::size_t a = 0; a < aggregators; ++a)
    aggregator_step(a);
  links_step(calm);
  deliver_late(calm);
  if (!calm && random_.chance(30))
    break_something();
}

/// What must hold at every moment, whoever has just died.
void hop_network::check() {
  for (std::size_t s = 0; s < collectors_.size(); ++s) {
    const auto& kafka = kafka_.streams[s];
    const auto& c = collectors_[s];
    if (c.sender && c.sender->stopped())
      wrong("the collector stopped for ever");
    // I3 and I5: what is let go of is committed.
    if (c.sender)
      for (const auto& [o, p] : c.sender->acknowledged().positions())
        if (p.at.offset > kafka.delivered[origin_number(o)])
          wrong("acknowledged before it was committed");
    for (const auto& [o, p] : c.released.positions())
      if (p.at.offset > kafka.delivered[origin_number(o)])
        wrong("let go of before it was committed");
    for (const auto& a : aggregators_) {
      if (!a.up)
        continue;
      const auto& r = *a.receivers[s];
      for (const auto& [o, p] : r.settled().positions()) {
        if (p.at.offset > kafka.delivered[origin_number(o)])
          wrong("an aggregator takes for committed what is not");
        if (p.at > r.held().at(o))
          wrong("committed, but not held");
      }
      if (r.term() > kafka.term)
        wrong("a term that nobody wrote");
    }
  }
  if (kafka_.problem)
    wrong(*kafka_.problem);
}

void hop_network::check_counts() {
  if (receivers_.gaps != 0)
    wrong("a gap was counted");
  if (senders_.missing_acks != 0 && !lossy_)
    wrong("an ack was missed that no link had lost");
  if (receivers_.overruns != 0)
    wrong("a collector exceeded its credit");
  if (receivers_.malformed != 0)
    wrong("a frame was malformed");
}

bool hop_network::finished() const {
  for (std::size_t s = 0; s < collectors_.size(); ++s) {
    const auto& c = collectors_[s];
    if (!c.sender || c.sender->kept() > 0 || !c.channel.empty()
        || kafka_.streams[s].delivered != c.sizes)
      return false;
  }
  return true;
}

/// Who stands where, for whoever looks at a seed.
std::string hop_network::standing() const {
  std::string out = lossy_ ? " (frames were lost)" : "";
  for (std::size_t s = 0; s < collectors_.size(); ++s) {
    const auto& c = collectors_[s];
    const auto& kafka = kafka_.streams[s];
    out += " stream " + std::to_string(s) + (c.files ? " files" : " channel");
    for (std::size_t o = 0; o < origins_a_stream; ++o)
      out += " " + std::to_string(kafka.delivered[o]) + "/"
             + std::to_string(c.read[o]) + "/" + std::to_string(c.sizes[o]);
    out += " term " + std::to_string(kafka.term) + " of "
           + (kafka.owner ? std::to_string(*kafka.owner) : "nobody");
    if (c.sender)
      out += (c.sender->in_session() ? " in session" : " in no session")
             + std::string{" keeps "} + std::to_string(c.sender->kept())
             + " of " + std::to_string(c.channel.size());
    for (const auto& a : aggregators_)
      if (a.up)
        out += a.receivers[s]->mine() ? " [mine" : " [not mine",
          out += " " + std::to_string(a.receivers[s]->term())
                 + (a.leaves[s] ? " leaves" : "")
                 + (a.receivers[s]->empty() ? "]" : " unsettled]");
  }
  return out;
}

void hop_network::collect(tally& count) const {
  for (const auto& [what, often] : counted_)
    count[what] += often;
  count["puts"] += senders_.puts;
  count["put is a piece of a batch"] += senders_.pieces;
  count["welcome has another page"] += senders_.pages;
  count["batch sent again"] += senders_.resent;
  count["session"] += senders_.sessions;
  count["sender waits for credit"] += senders_.waits_for_credit;
  count["late answer dropped"] += senders_.late_answers;
  count["sender is moved"] += senders_.moves;
  count["sender is told to retry"] += senders_.retries;
  count["batch trimmed"] += receivers_.trimmed;
  count["batch held already"] += receivers_.duplicates;
  count["late put refused"] += receivers_.late_puts;
  count["put repeated"] += receivers_.repeated_puts;
  count["ack missing"] += senders_.missing_acks;
  count["put missing"] += receivers_.missing_puts;
}

std::optional<std::string> hop_network::live(tally& count) {
  int step = 0;
  for (; step < steps_max && !problem_; ++step) {
    if (step == wild_steps) {
      calm_ = true;
      kafka_back_ = now_;
      partitions_.clear();
      late_.clear();
      for (auto& l : links_) {
        l.hung_until = now_;
        // What a relay lost last nobody can miss while the link lives.
        if (lossy_ && !l.cut)
          cut(l);
      }
      for (auto& a : aggregators_)
        a.frozen_until = now_;
    }
    one_step(calm_);
    check();
    if (calm_ && finished())
      break;
  }
  for (const auto& c : collectors_)
    if (c.sender)
      add(senders_, c.sender->count());
  for (const auto& a : aggregators_)
    for (const auto& r : a.receivers)
      if (r)
        add(receivers_, r->count());
  check_counts();
  if (step == steps_max)
    wrong("it did not come to an end:" + standing());
  collect(count);
  count["steps"] += static_cast<std::uint64_t>(step);
  return problem_;
}

} // namespace sluice::hop_test
