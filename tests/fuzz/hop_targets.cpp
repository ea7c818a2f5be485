// What another node says: perhaps of another version, perhaps by a stranger who
// knows the checksum.
#include "actors/core/base/crc32c.hpp"
#include "actors/core/event/batch_codec.hpp"
#include "actors/core/event/codec.hpp"
#include "actors/core/event/progress.hpp"
#include "actors/core/net/hop_message.hpp"
#include "tests/fuzz/targets.hpp"

namespace sluice::fuzz {

namespace {

/// Does with a batch what a receiver does, to the last byte of it.
void use(const batch_ptr& b) {
  progress held;
  for (const auto& r : b->runs) {
    if (r.to > r.from)
      held.advance({{r.from_origin, {{r.generation, r.from + 1}, {}}}});
    for (auto i = r.first; i < r.first + r.count; ++i)
      expect(b->end_of(r, i) <= r.to, "an event ends behind its run");
  }
  for (const auto& half : {b, trim(b, held).rest})
    if (half)
      for (const auto& e : half->events)
        expect(std::string{half->body(e)} == half->body(e), "a body changes");
  progress fresh;
  const auto got = fresh.receive(b);
  expect(!got.gap || (!got.fresh && fresh.positions().empty()),
         "something moves on a gap");
}

void batch_bytes(std::string_view input) {
  const auto read = decode_batch(input);
  if (!read) {
    expect(is_terminal(read.error().kind), "a bad batch is not terminal");
    return;
  }
  use(*read);
  std::string again;
  put_batch(again, **read);
  const auto back = decode_batch(again);
  expect(back && (*back)->events.size() == (*read)->events.size()
           && (*back)->runs.size() == (*read)->runs.size(),
         "a batch does not come back");
}

/// `content` as a frame with the length and checksum that make it whole.
std::string framed(std::string_view content) {
  std::string out;
  put_u32(out, static_cast<std::uint32_t>(content.size() + 5));
  put_u8(out, hop_version_newest);
  out += content;
  put_u32(out, crc32c(out));
  return out;
}

void frame(std::string_view input) {
  for (const auto& bytes : {std::string{input}, framed(input)}) {
    const auto read = decode_frame(bytes);
    if (!read)
      continue;
    expect(encode(*read) == bytes, "two spellings of one message");
    if (const auto* put = std::get_if<hop_put>(&*read))
      batch_bytes(put->bytes);
  }
  // A link's bytes, in pieces and at once.
  hop_frames whole;
  whole.append(input);
  hop_frames pieces;
  std::size_t fed = 0;
  for (;;) {
    const auto one = whole.next();
    auto other = pieces.next();
    while (other && !*other && fed < input.size()) {
      pieces.append(input.substr(fed, 1));
      ++fed;
      other = pieces.next();
    }
    expect(!one == !other && (!one || *one == *other),
           "frames depend on how their bytes arrive");
    if (!one || !*one)
      return;
  }
}

} // namespace

std::span<const target> hop_targets() {
  static constexpr target all[] = {{"batch", batch_bytes}, {"frame", frame}};
  return all;
}

} // namespace sluice::fuzz
