// progress: the algebra of positions that all of recovery rests on.
#pragma once

#include "actors/core/event/batch.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What a receiver does with a run, given where it stands (`held`).
enum class verdict {
  take,      ///< it follows exactly
  trim,      ///< its beginning is here already; the rest follows
  duplicate, ///< all of it is here already
  gap,       ///< something before it is missing
};

/// The receiving rule, the same at every stage.
[[nodiscard]] verdict judge(const position& held, const run& r) noexcept;

/// What came of receiving a batch.
struct received {
  /// What is new in the batch; the batch itself when all of it is; null when
  /// none of it is.
  batch_ptr fresh;
  /// Events that were here already.
  std::size_t duplicates = 0;
  /// The first run that does not follow, as one line for a person. What stood
  /// before it in the batch is not taken either.
  std::optional<std::string> gap;
  /// Positions that lay inside a unit: the rest of it is taken as a unit of
  /// its own, and counted, since framing had changed.
  std::size_t reframed = 0;
};

/// How far a stage has got, for every origin it has heard of.
class progress {
public:
  progress() = default;

  explicit progress(position_map start) : at_(std::move(start)) {
  }

  /// Applies the receiving rule to every run of `b` and moves forward over
  /// what it takes. On a gap nothing moves.
  [[nodiscard]] received receive(const batch_ptr& b);

  /// Where it stands for `o`; (0, 0) when it has not heard of it.
  [[nodiscard]] position at(const origin& o) const;

  /// The position with its proof, or null.
  [[nodiscard]] const stored_position* find(const origin& o) const;

  /// Moves forward to each of `to`; never back. Returns how many moved.
  std::size_t advance(const position_map& to);

  /// Forgets an origin that nobody will mention again.
  void forget(const origin& o);

  [[nodiscard]] const position_map& positions() const noexcept {
    return at_;
  }

private:
  position_map at_;
};

/// `b` without what lies before `held`; null when nothing is left of it. The
/// second member counts events dropped, the third positions inside a unit.
struct trimmed {
  batch_ptr rest;
  std::size_t dropped = 0;
  std::size_t reframed = 0;
};
[[nodiscard]] trimmed trim(const batch_ptr& b, const progress& held);

/// True when everything in `b` lies at or before `committed`.
[[nodiscard]] bool settled(const batch& b, const progress& committed);

/// The positions that a commit of `b` reaches: the end of the last run of each
/// origin, with its proof.
void collect_ends(const batch& b, position_map& into);

/// For each origin the smallest position; an origin that one of them lacks
/// stands at (0, 0) and is left out.
[[nodiscard]] position_map
smallest(const std::vector<const position_map*>& maps);

} // namespace sluice
