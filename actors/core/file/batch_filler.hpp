// batch_filler: reads stretches of files into one slab and frames them: the
// one place where bytes of files become runs.
#pragma once

#include "actors/core/base/result.hpp"
#include "actors/core/event/batch.hpp"
#include "actors/core/file/identity.hpp"
#include "actors/core/file/line_splitter.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace sluice {

/// Where reading of an origin goes on.
struct reading_point {
  origin from;
  /// The last position that was sent, with its proof.
  stored_position sent;
  /// A new generation begins with the next run, at offset 0.
  bool new_generation = false;

  [[nodiscard]] position next() const noexcept {
    return new_generation ? position{sent.at.generation + 1, 0} : sent.at;
  }
};

/// What came of one attempt to read.
enum class filled {
  taken,   ///< a run was added, the point moved
  nothing, ///< no complete line is there yet
  full,    ///< the batch has no room: finish it and ask again
  changed, ///< the file is no longer what the point was taken in
};

/// How to read one file this time.
struct fill_request {
  file_facts facts;          ///< from fstat, just now
  std::size_t bytes_max = 0; ///< at most this many, but one unit always
  file_end end = file_end::open;
  header_set_ptr headers;
};

/// Builds one batch. `scratch` and `pool` outlive it.
class batch_filler {
public:
  batch_filler(slab_pool& pool, std::size_t capacity, std::size_t events_max,
               const split_options& framing, std::vector<event_ref>& scratch);

  /// Reads on at `point`, from up to 256 bytes before it: they must be what
  /// the point's witness saw. Moves the point over what was taken. Fails with
  /// io; the point stands then.
  [[nodiscard]] result<filled> fill(int fd, reading_point& point,
                                    const fill_request& how);

  /// Adds a run without events up to `to` and moves the point there.
  void add_empty(reading_point& point, std::uint64_t to, run_kind kind,
                 witness proof, const header_set_ptr& headers);

  [[nodiscard]] bool empty() const noexcept {
    return batch_->runs.empty();
  }

  /// Bytes of the slab in use.
  [[nodiscard]] std::size_t used() const noexcept {
    return used_;
  }

  /// Room left in the slab.
  [[nodiscard]] std::size_t room() const noexcept {
    return capacity_ - used_;
  }

  /// Bytes read from files, for the figures.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept {
    return bytes_read_;
  }

  /// The batch, or null when nothing was added. The filler is spent then.
  [[nodiscard]] batch_ptr finish();

private:
  [[nodiscard]] bool reserve(std::size_t bytes);
  void add_run(reading_point& point, std::size_t begin, std::size_t end,
               std::uint32_t first_event, std::string_view before,
               const fill_request& how);

  slab_pool& pool_;
  std::size_t capacity_;
  std::size_t events_max_;
  split_options framing_;
  std::vector<event_ref>& events_;
  std::shared_ptr<batch> batch_ = std::make_shared<batch>();
  std::shared_ptr<slab> slab_;
  std::size_t used_ = 0;
  std::uint64_t bytes_read_ = 0;
};

/// The capacity to ask for when about `bytes` are wanted: a power of two, so
/// that the pool's spare slabs fit again.
[[nodiscard]] std::size_t slab_capacity_for(std::size_t bytes) noexcept;

} // namespace sluice
