#include "actors/core/event/progress.hpp"

#include "actors/core/base/check.hpp"
#include "actors/core/base/failpoint.hpp"

#include <utility>

namespace sluice {

verdict judge(const position& held, const run& r) noexcept {
  if (held >= r.end())
    return r.after == held && r.end() == held ? verdict::take
                                              : verdict::duplicate;
  if (r.after > held)
    return SLUICE_PLANTED("no_gap_check") ? verdict::take : verdict::gap;
  if (r.after == held)
    return verdict::take;
  if (SLUICE_PLANTED("no_trim"))
    return verdict::take;
  // A run of an older generation was caught by the first test. One that opens
  // a newer generation has nothing of what is held: there is nothing to cut.
  if (held.generation < r.generation)
    return verdict::take;
  return verdict::trim;
}

namespace {

std::string describe_gap(const position& held, const run& r) {
  return "gap in " + r.from_origin.value() + ": have ("
         + std::to_string(held.generation) + ", " + std::to_string(held.offset)
         + "), next run follows (" + std::to_string(r.after.generation) + ", "
         + std::to_string(r.after.offset) + ")";
}

/// A run that contradicts itself would lose bytes without a gap.
void check_form(const run& r) {
  const bool opens = r.after.generation < r.generation;
  SLUICE_CHECK(r.from <= r.to && r.after.generation <= r.generation
                 && r.from == (opens ? 0 : r.after.offset),
               "run of " + r.from_origin.value() + " contradicts itself");
}

/// Builds the new content of a batch run by run.
class rebuild {
public:
  explicit rebuild(const batch_ptr& all) : all_(all) {
    out_->bytes = all->bytes;
  }

  /// Takes `r` without its first `skip` events.
  run& keep(const run& r, std::uint32_t skip) {
    auto copy = r;
    copy.first = static_cast<std::uint32_t>(out_->events.size());
    copy.count = r.count - skip;
    if (!copy.ends.empty())
      copy.ends.erase(copy.ends.begin(), copy.ends.begin() + skip);
    const auto begin = all_->events.begin() + r.first;
    out_->events.insert(out_->events.end(), begin + skip, begin + r.count);
    for (const auto& x : all_->rejected)
      if (x.event >= r.first + skip && x.event < r.first + r.count)
        out_->rejected.push_back(
          {copy.first + (x.event - r.first - skip), x.reason});
    out_->runs.push_back(std::move(copy));
    return out_->runs.back();
  }

  /// Takes what of `r` lies behind `held`, a position in its generation.
  /// Returns how many events that drops and whether one was cut in two: the
  /// rest of it is a unit of its own, for its first bytes are elsewhere.
  std::pair<std::uint32_t, bool> keep_rest(const run& r, const position& held) {
    std::uint32_t skip = 0;
    while (skip < r.count && all_->end_of(r, r.first + skip) <= held.offset)
      ++skip;
    auto& rest = keep(r, skip);
    const auto cut = held.offset - r.from;
    bool inside = false;
    if (r.verbatim) {
      rest.slab_offset += static_cast<std::uint32_t>(cut);
      if (rest.count > 0)
        inside = clip(out_->events[rest.first], rest.slab_offset);
    }
    for (auto& end : rest.ends)
      end -= static_cast<std::uint32_t>(cut);
    rest.after = held;
    rest.from = held.offset;
    return {skip, inside};
  }

  batch_ptr finish() {
    if (out_->runs.empty())
      return nullptr;
    compact(*out_);
    return out_;
  }

private:
  /// Cuts off what of the body lies before `start`. True if anything of the
  /// event does.
  static bool clip(event_ref& e, std::uint32_t start) {
    if (e.offset >= start)
      return false;
    const auto end = e.offset + e.length;
    e.length = end > start ? end - start : 0;
    e.offset = start;
    return true;
  }

  const batch_ptr& all_;
  std::shared_ptr<batch> out_ = std::make_shared<batch>();
};

/// What of `b` is new, given the verdict on each run and where it was held.
void take_rest(const batch_ptr& b,
               const std::vector<std::pair<verdict, position>>& judged,
               received& out) {
  rebuild rest{b};
  for (std::size_t i = 0; i < b->runs.size(); ++i) {
    const auto& r = b->runs[i];
    const auto& [v, held] = judged[i];
    if (v == verdict::duplicate) {
      out.duplicates += r.count;
    } else if (v == verdict::trim) {
      const auto [dropped, inside] = rest.keep_rest(r, held);
      out.duplicates += dropped;
      out.reframed += inside ? 1 : 0;
    } else {
      rest.keep(r, 0);
    }
  }
  out.fresh = rest.finish();
}

} // namespace

received progress::receive(const batch_ptr& b) {
  received out;
  // Judged on a copy of what the batch touches, so that a gap moves nothing.
  // A batch may have several runs of one origin: each is judged by where the
  // one before it leads.
  position_map moved;
  bool whole = true;
  std::vector<std::pair<verdict, position>> judged;
  judged.reserve(b->runs.size());
  for (const auto& r : b->runs) {
    check_form(r);
    const auto found = moved.find(r.from_origin);
    const auto held
      = found != moved.end() ? found->second.at : at(r.from_origin);
    const auto v = judge(held, r);
    judged.emplace_back(v, held);
    if (v == verdict::gap) {
      out.gap = describe_gap(held, r);
      return out;
    }
    whole = whole && v == verdict::take;
    if (v != verdict::duplicate)
      moved[r.from_origin] = {r.end(), r.proof};
  }
  if (whole)
    out.fresh = b;
  else
    take_rest(b, judged, out);
  for (auto& [o, p] : moved)
    at_[o] = std::move(p);
  return out;
}

position progress::at(const origin& o) const {
  const auto found = at_.find(o);
  return found != at_.end() ? found->second.at : position{};
}

const stored_position* progress::find(const origin& o) const {
  const auto found = at_.find(o);
  return found != at_.end() ? &found->second : nullptr;
}

std::size_t progress::advance(const position_map& to) {
  std::size_t moved = 0;
  for (const auto& [o, p] : to) {
    auto& mine = at_[o];
    if (p.at > mine.at) {
      mine = p;
      ++moved;
    }
  }
  return moved;
}

void progress::forget(const origin& o) {
  at_.erase(o);
}

trimmed trim(const batch_ptr& b, const progress& held) {
  bool touched = false;
  for (const auto& r : b->runs) {
    const auto h = held.at(r.from_origin);
    touched = touched || h >= r.end()
              || (h.generation == r.generation && h.offset > r.from);
  }
  trimmed out;
  if (!touched) {
    out.rest = b;
    return out;
  }
  rebuild rest{b};
  for (const auto& r : b->runs) {
    const auto h = held.at(r.from_origin);
    if (h >= r.end()) {
      out.dropped += r.count;
    } else if (h.generation == r.generation && h.offset > r.from) {
      const auto [dropped, inside] = rest.keep_rest(r, h);
      out.dropped += dropped;
      out.reframed += inside ? 1 : 0;
    } else {
      rest.keep(r, 0);
    }
  }
  out.rest = rest.finish();
  return out;
}

bool settled(const batch& b, const progress& committed) {
  for (const auto& r : b.runs)
    if (committed.at(r.from_origin) < r.end())
      return false;
  return true;
}

void collect_ends(const batch& b, position_map& into) {
  for (const auto& r : b.runs) {
    auto& mine = into[r.from_origin];
    if (r.end() >= mine.at)
      mine = {r.end(), r.proof};
  }
}

position_map smallest(const std::vector<const position_map*>& maps) {
  if (maps.empty())
    return {};
  position_map out = *maps.front();
  for (std::size_t i = 1; i < maps.size(); ++i)
    for (auto it = out.begin(); it != out.end();) {
      const auto other = maps[i]->find(it->first);
      if (other == maps[i]->end()) {
        it = out.erase(it);
        continue;
      }
      if (other->second.at < it->second.at)
        it->second = other->second;
      ++it;
    }
  return out;
}

} // namespace sluice
