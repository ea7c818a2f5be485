#include "actors/core/file/batch_filler.hpp"

#include "actors/core/base/crc32c.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace sluice {

std::size_t slab_capacity_for(std::size_t bytes) noexcept {
  return std::bit_ceil(std::max<std::size_t>(bytes, 4096));
}

batch_filler::batch_filler(slab_pool& pool, std::size_t capacity,
                           std::size_t events_max, const split_options& framing,
                           std::vector<event_ref>& scratch)
  : pool_(pool),
    capacity_(capacity),
    events_max_(std::min(events_max, batch_events_max)),
    framing_(framing),
    events_(scratch) {
  events_.clear();
}

bool batch_filler::reserve(std::size_t bytes) {
  if (!slab_) {
    capacity_ = std::max(capacity_, bytes);
    slab_ = pool_.take(capacity_);
    capacity_ = std::min(slab_->capacity(), capacity_ * 2);
    return true;
  }
  if (used_ + bytes <= capacity_)
    return true;
  if (used_ > 0)
    return false;
  capacity_ = slab_capacity_for(bytes);
  slab_ = pool_.take(capacity_);
  return true;
}

result<filled> batch_filler::fill(int fd, reading_point& point,
                                  const fill_request& how) {
  const auto at = point.next();
  const std::size_t head
    = point.new_generation
        ? 0
        : std::min<std::uint64_t>(point.sent.proof.tail_length, at.offset);
  if (how.facts.size < at.offset)
    return filled::changed;
  const auto left = how.facts.size - at.offset;
  if (left == 0)
    return filled::nothing;
  if (events_.size() >= events_max_)
    return filled::full;
  // A first read of at most what is free; a second, larger one only for a unit
  // that is longer than that.
  const std::size_t unit = framing_.line_max + 2U;
  auto want
    = std::min<std::uint64_t>(left, std::max<std::size_t>(how.bytes_max, 1));
  for (;;) {
    if (!reserve(head + std::min<std::size_t>(want, 4096)))
      return filled::full;
    want = std::min<std::uint64_t>(want, capacity_ - used_ - head);
    char* into = slab_->data() + used_;
    const auto got = read_at(fd, into, head + want, at.offset - head);
    if (!got)
      return got.error();
    bytes_read_ += *got;
    if (*got < head
        || (head > 0 && crc32c({into, head}) != point.sent.proof.tail_crc))
      return filled::changed;
    const auto begin = used_ + head;
    const auto end = used_ + *got;
    const bool whole = *got - head >= left;
    const auto first = static_cast<std::uint32_t>(events_.size());
    const auto stop
      = split_lines(slab_->data(), begin, end, whole ? how.end : file_end::open,
                    framing_, events_max_, events_);
    if (stop > begin) {
      const auto before = std::string_view{slab_->data() + used_, stop - used_};
      add_run(point, begin, stop, first, before, how);
      return filled::taken;
    }
    if (whole || *got - head < want || want >= unit)
      return filled::nothing;
    // One unit fills all the room there was.
    if (used_ > 0)
      return filled::full;
    want = std::min<std::uint64_t>(left, std::min(unit, want * 4));
    if (!reserve(head + want))
      return filled::full;
  }
}

void batch_filler::add_run(reading_point& point, std::size_t begin,
                           std::size_t end, std::uint32_t first_event,
                           std::string_view before, const fill_request& how) {
  run r;
  r.from_origin = point.from;
  r.after = point.sent.at;
  const auto at = point.next();
  r.generation = at.generation;
  r.from = at.offset;
  r.to = at.offset + (end - begin);
  auto proof = witness_for(before, how.facts);
  proof.lineage = point.sent.proof.lineage;
  proof.path = point.sent.proof.path;
  proof.size = std::max(proof.size, r.to);
  r.proof = proof;
  r.headers = how.headers;
  r.first = first_event;
  r.count = static_cast<std::uint32_t>(events_.size()) - first_event;
  r.slab_offset = static_cast<std::uint32_t>(begin);
  point.sent = {r.end(), std::move(proof)};
  point.new_generation = false;
  batch_->runs.push_back(std::move(r));
  used_ = end;
}

void batch_filler::add_empty(reading_point& point, std::uint64_t to,
                             run_kind kind, witness proof,
                             const header_set_ptr& headers) {
  run r;
  r.from_origin = point.from;
  r.after = point.sent.at;
  const auto at = point.next();
  r.generation = at.generation;
  r.from = at.offset;
  r.to = to;
  r.kind = kind;
  proof.lineage = point.sent.proof.lineage;
  proof.path = point.sent.proof.path;
  r.proof = proof;
  r.headers = headers;
  r.first = static_cast<std::uint32_t>(events_.size());
  r.verbatim = false;
  point.sent = {r.end(), std::move(proof)};
  point.new_generation = false;
  batch_->runs.push_back(std::move(r));
}

batch_ptr batch_filler::finish() {
  if (batch_->runs.empty())
    return nullptr;
  // Exactly as long as needed: a channel charges what the columns could hold.
  batch_->events.assign(events_.begin(), events_.end());
  if (!batch_->events.empty()) {
    if (slab_->capacity() > 8192 && used_ < slab_->capacity() / 4) {
      // The estimate was far off; what is left over would be charged.
      auto small = pool_.take(slab_capacity_for(used_));
      std::memcpy(small->data(), slab_->data(), used_);
      slab_ = std::move(small);
    }
    batch_->bytes = std::move(slab_);
  }
  compact(*batch_);
  return std::move(batch_);
}

} // namespace sluice
