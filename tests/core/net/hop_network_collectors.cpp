// The collectors of a world, with files or a channel behind them.
#include "tests/core/net/hop_network.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::hop_test {

namespace {

constexpr std::uint64_t unit_bytes = 2;

} // namespace

void hop_network::start_collector(std::size_t c) {
  auto& it = collectors_[c];
  using std::chrono::milliseconds;
  hop_sender::options o;
  o.stream = stream_name(c);
  o.choice.addresses = {address_of(0), address_of(1)};
  o.choice.dwell_first = milliseconds{60};
  o.choice.dwell_max = milliseconds{500};
  o.choice.wait = {milliseconds{10}, milliseconds{150}, 0.2};
  o.choice.seed = random_.next();
  o.seen = it.seen;
  o.frame_max = frame_max_;
  o.batches_max = 6;
  o.hello_patience = milliseconds{300};
  o.silence_max = milliseconds{250};
  o.leave_patience = milliseconds{200};
  o.seed = random_.next();
  it.sender.emplace(std::move(o));
  hop_sender_orders out;
  it.sender->start(now_, out);
  obey(c, out);
}

/// The next units of a collector's source, or null.
batch_ptr hop_network::read_batch(std::size_t c) {
  auto& it = collectors_[c];
  auto b = std::make_shared<batch>();
  std::string bytes;
  for (auto n = 1 + random_.below(2); n > 0; --n) {
    const auto o = random_.below(origins_a_stream);
    auto& at = it.read[o];
    const auto left = (it.sizes[o] - at) / unit_bytes;
    if (left == 0 || it.finished[o])
      continue;
    run r;
    r.from_origin = origin_name(o);
    r.after = {0, at};
    r.from = at;
    r.to
      = at + unit_bytes * (1 + random_.below(std::min<std::size_t>(left, 5)));
    r.proof.lineage = r.from_origin.value();
    r.first = static_cast<std::uint32_t>(b->events.size());
    r.slab_offset = static_cast<std::uint32_t>(bytes.size());
    for (; at < r.to; at += unit_bytes) {
      b->events.push_back({static_cast<std::uint32_t>(bytes.size()),
                           static_cast<std::uint32_t>(unit_bytes)});
      bytes += byte_at(c, o, at);
      bytes += byte_at(c, o, at + 1);
    }
    r.count = static_cast<std::uint32_t>(b->events.size()) - r.first;
    b->runs.push_back(std::move(r));
  }
  if (b->runs.empty())
    return nullptr;
  auto filled = std::make_shared<slab>(bytes.size());
  std::memcpy(filled->data(), bytes.data(), bytes.size());
  b->bytes = std::move(filled);
  return b;
}

/// The channel, or the files' reader, learns where the stream stands.
void hop_network::attach(std::size_t c, const hop_attach& stands) {
  auto& it = collectors_[c];
  if (it.files) {
    for (std::size_t o = 0; o < origins_a_stream; ++o) {
      const auto found = stands.committed.find(origin_name(o));
      it.read[o]
        = found != stands.committed.end() ? found->second.at.offset : 0;
    }
    return;
  }
  it.handed_out = 0;
  for (const auto& [o, p] : it.released.positions()) {
    const auto found = stands.committed.find(o);
    if ((found == stands.committed.end() || found->second.at < p.at)
        && !it.finished[origin_number(o)])
      wrong("attached below what the channel let go of");
  }
  let_go(c, stands.committed);
  for (auto& b : it.channel)
    if (auto rest = trim(b, it.released).rest)
      b = std::move(rest);
}

void hop_network::let_go(std::size_t c, const position_map& committed) {
  auto& it = collectors_[c];
  if (it.files)
    return;
  it.released.advance(committed);
  while (!it.channel.empty() && settled(*it.channel.front(), it.released)) {
    it.channel.pop_front();
    it.handed_out -= it.handed_out > 0 ? 1 : 0;
  }
}

/// From the source to the sender.
void hop_network::feed(std::size_t c) {
  auto& it = collectors_[c];
  if (!it.files && it.channel.size() < 5)
    if (auto b = read_batch(c))
      it.channel.push_back(std::move(b));
  if (!it.sender->wants() || it.leaving)
    return;
  hop_sender_orders out;
  batch_ptr next;
  if (it.files)
    next = read_batch(c);
  else if (it.handed_out < it.channel.size())
    next = it.channel[it.handed_out++];
  if (next && !it.sender->offer(next, out))
    wrong("a small batch is too long");
  obey(c, out);
}

/// As every source does after a resume.
void hop_network::finish_again(std::size_t c) {
  auto& it = collectors_[c];
  std::vector<origin> all;
  for (std::size_t o = 0; o < origins_a_stream; ++o)
    if (it.finished[o])
      all.push_back(origin_name(o));
  if (all.empty())
    return;
  hop_sender_orders out;
  it.sender->finish(all, out);
  obey(c, out);
}

/// A source that has been delivered to its end deletes its file.
void hop_network::finish_origins(std::size_t c) {
  auto& it = collectors_[c];
  for (std::size_t o = 0; o < origins_a_stream; ++o) {
    if (it.finished[o] || it.sizes[o] == 0
        || it.sender->acknowledged().at(origin_name(o)).offset < it.sizes[o])
      continue;
    it.finished[o] = true;
    note("origin finished");
    hop_sender_orders out;
    it.sender->finish({origin_name(o)}, out);
    obey(c, out);
  }
}

void hop_network::obey(std::size_t c, hop_sender_orders& out) {
  auto& it = collectors_[c];
  if (out.hang_up)
    for (auto& l : links_)
      if (l.collector == c && !l.cut) {
        cut(l);
        l.told_collector = true;
      }
  if (out.connect)
    connect(c, *out.connect);
  for (auto& l : links_)
    if (l.collector == c && !l.cut && !out.frames.empty())
      for (auto& frame : std::exchange(out.frames, {}))
        send(l, true, std::move(frame));
  if (out.seen)
    it.seen = *out.seen;
  if (out.attach) {
    attach(c, *out.attach);
    finish_again(c);
  }
  let_go(c, out.committed);
  if (out.complaint && is_terminal(out.complaint->kind))
    wrong("the collector gives up: " + out.complaint->text);
  if (out.left)
    crash_collector(c);
}

void hop_network::collector_step(std::size_t c) {
  auto& it = collectors_[c];
  if (!it.sender) {
    if (now_ >= it.back_at)
      start_collector(c);
    return;
  }
  hop_sender_orders out;
  if (now_ >= it.sender->wake()) {
    it.sender->tick(now_, out);
    obey(c, out);
  }
  for (auto n = random_.below(4); n > 0 && it.sender; --n)
    feed(c);
  if (it.sender && random_.chance(30))
    finish_origins(c);
}

} // namespace sluice::hop_test
