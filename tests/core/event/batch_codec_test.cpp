// batch_codec: a batch comes back with all it says, or is refused.
#include "actors/core/event/batch_codec.hpp"

#include "actors/core/event/progress.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <random>

namespace sluice::batch_codec_test {

namespace {

class drawing {
public:
  explicit drawing(std::uint64_t seed) : random_(seed) {
  }

  std::size_t below(std::size_t n) {
    return random_() % n;
  }

  std::string text(std::size_t at_most) {
    std::string out(below(at_most + 1), ' ');
    for (auto& c : out)
      c = static_cast<char>(random_());
    return out;
  }

  /// A batch as a source makes it: verbatim runs of lines.
  batch_ptr lines() {
    auto b = std::make_shared<batch>();
    std::string bytes = text(5);
    header_set_ptr shared;
    for (auto n = below(5); n > 0; --n) {
      if (below(3) == 0)
        shared = below(2) == 0 ? nullptr
                               : std::make_shared<header_set>(
                                 header_set{{text(3), text(9)}, {"k", "v"}});
      run r;
      r.from_origin = origin{text(8)};
      r.generation = below(3);
      r.from = r.generation == 0 || below(2) == 0 ? below(100) : 0;
      r.after = {r.generation, r.from};
      if (r.from == 0 && r.generation > 0)
        r.after = {r.generation - 1, below(50)};
      r.headers = shared;
      r.proof = {7, 3, below(1'000), -5, text(4), text(6)};
      r.kind = static_cast<run_kind>(below(3));
      r.slab_offset = static_cast<std::uint32_t>(bytes.size());
      r.first = static_cast<std::uint32_t>(b->events.size());
      for (auto lines = below(6); lines > 0; --lines) {
        const auto line = std::string(below(9), static_cast<char>('a' + lines));
        b->events.push_back({static_cast<std::uint32_t>(bytes.size()),
                             static_cast<std::uint32_t>(line.size())});
        bytes += line + (below(2) == 0 ? "\n" : "\r\n");
      }
      r.to = r.from + bytes.size() - r.slab_offset;
      r.count = static_cast<std::uint32_t>(b->events.size()) - r.first;
      b->runs.push_back(std::move(r));
    }
    auto filled = std::make_shared<slab>(bytes.size());
    std::memcpy(filled->data(), bytes.data(), bytes.size());
    b->bytes = filled;
    compact(*b);
    return b;
  }

  /// As `lines`, perhaps filtered, cut or with events refused.
  batch_ptr any() {
    auto b = lines();
    if (below(2) == 0)
      b = filtered(b, [&](std::uint32_t) { return below(3) > 0; });
    if (below(4) == 0)
      b = filtered(b, [&](std::uint32_t) { return below(9) == 0; });
    if (below(3) == 0 && !b->events.empty())
      b = with_rejected(
        b, {{static_cast<std::uint32_t>(below(b->events.size())), text(5)}});
    return b;
  }

private:
  std::mt19937_64 random_;
};

std::string encoded(const batch& b) {
  std::string out;
  put_batch(out, b);
  return out;
}

header_set headers_of(const run& r) {
  return r.headers ? *r.headers : header_set{};
}

/// What a receiver can see of a run and its events.
bool same(const batch& a, const run& x, const batch& b, const run& y) {
  if (x.from_origin != y.from_origin || x.after != y.after
      || x.start() != y.start() || x.end() != y.end() || x.kind != y.kind
      || x.proof != y.proof || x.count != y.count || x.first != y.first
      || headers_of(x) != headers_of(y))
    return false;
  for (auto i = x.first; i < x.first + x.count; ++i)
    if (a.body(a.events[i]) != b.body(b.events[i])
        || a.end_of(x, i) != b.end_of(y, i))
      return false;
  return true;
}

bool same(const batch& a, const batch& b) {
  if (a.runs.size() != b.runs.size() || a.events.size() != b.events.size()
      || a.rejected.size() != b.rejected.size())
    return false;
  for (std::size_t i = 0; i < a.rejected.size(); ++i)
    if (a.rejected[i].event != b.rejected[i].event
        || a.rejected[i].reason != b.rejected[i].reason)
      return false;
  for (std::size_t i = 0; i < a.runs.size(); ++i)
    if (!same(a, a.runs[i], b, b.runs[i]))
      return false;
  return true;
}

/// Does with a decoded batch what a receiver does, to the last byte of it.
void use(const batch_ptr& b) {
  progress held;
  for (const auto& r : b->runs)
    if (r.to > r.from)
      held.advance({{r.from_origin, {{r.generation, r.from + 1}, {}}}});
  for (const auto& r : b->runs)
    for (auto i = r.first; i < r.first + r.count; ++i)
      static_cast<void>(b->end_of(r, i));
  const auto rest = trim(b, held).rest;
  if (rest)
    for (const auto& e : rest->events)
      static_cast<void>(std::string{rest->body(e)});
  progress fresh;
  static_cast<void>(fresh.receive(b));
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_batch_in_bytes)

BOOST_AUTO_TEST_CASE(comes_back_with_its_runs_events_headers_and_refusals) {
  drawing draw{11};
  for (int i = 0; i < 20'000; ++i) {
    const auto b = draw.any();
    const auto back = decode_batch(encoded(*b));
    BOOST_REQUIRE(back);
    BOOST_REQUIRE(same(*b, **back));
    BOOST_REQUIRE(same(*b, **decode_batch(encoded(**back))));
  }
}

BOOST_AUTO_TEST_CASE(is_cut_like_the_batch_it_was_made_of) {
  drawing draw{12};
  for (int i = 0; i < 5'000; ++i) {
    const auto b = draw.any();
    const auto back = *decode_batch(encoded(*b));
    progress held;
    for (const auto& r : b->runs)
      if (r.count > 0)
        held.advance(
          {{r.from_origin,
            {{r.generation,
              b->end_of(
                r, r.first + static_cast<std::uint32_t>(draw.below(r.count)))},
             {}}}});
    const auto one = trim(b, held);
    const auto other = trim(back, held);
    BOOST_REQUIRE(one.dropped == other.dropped);
    BOOST_REQUIRE((one.rest == nullptr) == (other.rest == nullptr));
    if (one.rest)
      BOOST_REQUIRE(same(*one.rest, *other.rest));
  }
}

BOOST_AUTO_TEST_CASE(carries_no_bytes_of_the_slab_that_it_does_not_use) {
  auto b = std::make_shared<batch>();
  b->bytes = std::make_shared<slab>(1 << 20);
  b->events.push_back({0, 10});
  run r;
  r.to = 1 << 20;
  r.count = 1;
  b->runs.push_back(r);
  BOOST_TEST(encoded(*b).size() < 300U);
}

BOOST_AUTO_TEST_CASE(is_refused_when_torn_or_longer) {
  drawing draw{13};
  for (int i = 0; i < 200; ++i) {
    const auto bytes = encoded(*draw.any());
    for (std::size_t size = 0; size < bytes.size(); ++size)
      BOOST_REQUIRE(!decode_batch(bytes.substr(0, size)));
    BOOST_REQUIRE(!decode_batch(bytes + "x"));
  }
}

BOOST_AUTO_TEST_CASE(can_be_used_or_is_refused_whatever_the_bytes) {
  drawing draw{14};
  int refused = 0;
  int used = 0;
  for (int i = 0; i < 60'000; ++i) {
    auto bytes = encoded(*draw.any());
    for (auto n = 1 + draw.below(3); n > 0; --n) {
      const auto at = draw.below(bytes.size());
      if (draw.below(2) == 0)
        bytes[at] = static_cast<char>(draw.below(256));
      else
        bytes[at] = static_cast<char>(draw.below(2) == 0 ? 0 : 0xff);
    }
    if (const auto back = decode_batch(bytes)) {
      use(*back);
      BOOST_REQUIRE(same(**back, **decode_batch(encoded(**back))));
      ++used;
    } else {
      ++refused;
    }
  }
  BOOST_TEST(refused > 5'000);
  BOOST_TEST(used > 5'000);
}

BOOST_AUTO_TEST_CASE(of_a_newer_version_is_told_from_damage) {
  auto bytes = encoded({});
  bytes[0] = 2;
  BOOST_TEST((decode_batch(bytes).error().kind == errc::unsupported));
  bytes[0] = 0;
  BOOST_TEST((decode_batch(bytes).error().kind == errc::state_corrupt));
}

BOOST_AUTO_TEST_CASE(with_a_run_that_contradicts_itself_is_refused) {
  batch b;
  b.runs.emplace_back();
  b.runs[0].verbatim = false;
  BOOST_TEST(!!decode_batch(encoded(b)));
  auto wrong = b;
  wrong.runs[0].from = 5; // after is (0, 0)
  wrong.runs[0].to = 9;
  BOOST_TEST(!decode_batch(encoded(wrong)));
  wrong = b;
  wrong.runs[0].after = {1, 0};
  BOOST_TEST(!decode_batch(encoded(wrong)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice::batch_codec_test
