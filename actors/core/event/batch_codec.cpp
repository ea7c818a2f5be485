#include "actors/core/event/batch_codec.hpp"

#include "actors/core/event/codec.hpp"

#include <cstring>
#include <limits>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint8_t batch_version = 1;
constexpr std::uint32_t no_headers = 0xffff'ffff;

/// True when the run's bytes in the slab go with it: its events lie in them,
/// in order, and they are hardly more than the bodies alone.
bool goes_verbatim(const batch& b, const run& r) {
  if (!r.verbatim || r.count == 0)
    return false;
  std::uint64_t at = r.slab_offset;
  std::uint64_t bodies = 0;
  for (auto i = r.first; i < r.first + r.count; ++i) {
    const auto& e = b.events[i];
    if (e.offset < at)
      return false;
    at = std::uint64_t{e.offset} + e.length;
    bodies += e.length;
  }
  const auto all = r.to - r.from;
  return at <= r.slab_offset + all && all <= 2 * bodies + 4ULL * r.count;
}

void put_events(std::string& out, const batch& b, const run& r) {
  const bool verbatim = goes_verbatim(b, r);
  put_u8(out, verbatim ? 1 : 0);
  put_u32(out, r.count);
  std::uint32_t bodies = 0;
  for (auto i = r.first; i < r.first + r.count; ++i) {
    const auto& e = b.events[i];
    bodies += e.length;
    put_u32(out, verbatim
                   ? e.offset - r.slab_offset
                   : static_cast<std::uint32_t>(b.end_of(r, i) - r.from));
    put_u32(out, e.length);
  }
  if (verbatim) {
    put_text(out, b.bytes->view(r.slab_offset, r.to - r.from));
    return;
  }
  put_u32(out, bodies);
  for (auto i = r.first; i < r.first + r.count; ++i)
    out += b.body(b.events[i]);
}

bool has_headers(const run& r) {
  return r.headers && !r.headers->empty();
}

void put_headers(std::string& out, const header_set& headers) {
  put_u32(out, static_cast<std::uint32_t>(headers.size()));
  for (const auto& [name, value] : headers) {
    put_text(out, name);
    put_text(out, value);
  }
}

/// Reads a batch; every member stops at the first thing that is wrong.
class parser {
public:
  explicit parser(std::string_view bytes) : in_(bytes) {
  }

  /// Null when the bytes are no batch.
  batch_ptr parse() {
    static_cast<void>(in_.u8());
    for (auto sets = in_.u32(); sets > 0 && good(); --sets)
      read_headers();
    for (auto runs = in_.u32(); runs > 0 && good(); --runs)
      read_run();
    for (auto refused = in_.u32(); refused > 0 && good(); --refused)
      read_rejection();
    if (!good() || !in_.left().empty())
      return nullptr;
    fill_slab();
    return out_;
  }

private:
  [[nodiscard]] bool good() const {
    return in_.ok() && !wrong_;
  }

  void need(bool holds) {
    wrong_ = wrong_ || !holds;
  }

  void read_headers() {
    auto headers = std::make_shared<header_set>();
    auto n = in_.u32();
    need(n > 0);
    for (; n > 0 && good(); --n) {
      const auto name = in_.text();
      const auto value = in_.text();
      need(headers->emplace(name, value).second);
    }
    headers_.push_back(std::move(headers));
  }

  void read_run() {
    run r;
    r.from_origin = origin{std::string{in_.text()}};
    r.after.generation = in_.u64();
    r.after.offset = in_.u64();
    r.generation = in_.u64();
    r.from = in_.u64();
    r.to = in_.u64();
    const auto kind = in_.u8();
    r.proof = read_witness(in_);
    const auto headers = in_.u32();
    need(kind <= static_cast<std::uint8_t>(run_kind::missed));
    need(headers == no_headers || headers < headers_.size());
    // What `progress` insists on.
    const bool opens = r.after.generation < r.generation;
    need(r.from <= r.to && r.after.generation <= r.generation
         && r.from == (opens ? 0 : r.after.offset));
    if (!good())
      return;
    r.kind = static_cast<run_kind>(kind);
    if (headers != no_headers)
      r.headers = headers_[headers];
    read_events(r);
    out_->runs.push_back(std::move(r));
  }

  void read_events(run& r) {
    const auto verbatim = in_.u8();
    need(verbatim <= 1);
    r.verbatim = verbatim == 1;
    r.first = static_cast<std::uint32_t>(out_->events.size());
    r.count = in_.u32();
    need(r.count <= in_.left().size() / 8 && (!r.verbatim || r.count > 0));
    if (!good())
      return;
    r.slab_offset = static_cast<std::uint32_t>(size_);
    std::uint64_t end = 0;
    std::uint64_t body = 0;
    for (std::uint32_t i = 0; i < r.count; ++i) {
      const auto place = in_.u32();
      const auto length = in_.u32();
      // Verbatim: where it begins; otherwise the offset after it. In order.
      need(place >= end);
      end = r.verbatim ? std::uint64_t{place} + length : place;
      out_->events.push_back(
        {static_cast<std::uint32_t>(size_ + (r.verbatim ? place : body)),
         length});
      if (!r.verbatim)
        r.ends.push_back(place);
      body += length;
    }
    const auto bytes = in_.text();
    need(r.verbatim ? bytes.size() == r.to - r.from && end <= bytes.size()
                    : bytes.size() == body && end <= r.to - r.from);
    size_ += bytes.size();
    contents_.push_back(bytes);
  }

  void read_rejection() {
    const auto event = in_.u32();
    const auto reason = in_.text();
    need(event < out_->events.size()
         && (out_->rejected.empty() || event > out_->rejected.back().event));
    out_->rejected.push_back({event, std::string{reason}});
  }

  void fill_slab() {
    if (out_->events.empty())
      return;
    auto filled = std::make_shared<slab>(size_);
    std::size_t at = 0;
    for (const auto bytes : contents_) {
      if (!bytes.empty())
        std::memcpy(filled->data() + at, bytes.data(), bytes.size());
      at += bytes.size();
    }
    out_->bytes = std::move(filled);
  }

  byte_reader in_;
  bool wrong_ = false;
  std::shared_ptr<batch> out_ = std::make_shared<batch>();
  std::vector<header_set_ptr> headers_;
  std::vector<std::string_view> contents_;
  std::size_t size_ = 0; ///< of the slab
};

} // namespace

void put_batch(std::string& out, const batch& b) {
  put_u8(out, batch_version);
  // Runs that follow each other often share their headers.
  std::vector<const header_set*> sets;
  for (const auto& r : b.runs)
    if (has_headers(r) && (sets.empty() || sets.back() != r.headers.get()))
      sets.push_back(r.headers.get());
  put_u32(out, static_cast<std::uint32_t>(sets.size()));
  for (const auto* headers : sets)
    put_headers(out, *headers);
  put_u32(out, static_cast<std::uint32_t>(b.runs.size()));
  std::uint32_t next = 0;
  for (const auto& r : b.runs) {
    if (has_headers(r) && (next == 0 || sets[next - 1] != r.headers.get()))
      ++next;
    put_text(out, r.from_origin.value());
    put_u64(out, r.after.generation);
    put_u64(out, r.after.offset);
    put_u64(out, r.generation);
    put_u64(out, r.from);
    put_u64(out, r.to);
    put_u8(out, static_cast<std::uint8_t>(r.kind));
    put_witness(out, r.proof);
    put_u32(out, has_headers(r) ? next - 1 : no_headers);
    put_events(out, b, r);
  }
  put_u32(out, static_cast<std::uint32_t>(b.rejected.size()));
  for (const auto& x : b.rejected) {
    put_u32(out, x.event);
    put_text(out, x.reason);
  }
}

result<batch_ptr> decode_batch(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > std::numeric_limits<std::uint32_t>::max())
    return failure{errc::state_corrupt, "a batch of an impossible size"};
  const auto version = static_cast<unsigned char>(bytes.front());
  if (version > batch_version)
    return failure{errc::unsupported, "a batch of version "
                                        + std::to_string(version)
                                        + " was written by a newer sluice"};
  if (version < batch_version)
    return failure{errc::state_corrupt, "a batch of no version"};
  if (auto parsed = parser{bytes}.parse())
    return parsed;
  return failure{errc::state_corrupt, "a batch contradicts itself"};
}

} // namespace sluice
