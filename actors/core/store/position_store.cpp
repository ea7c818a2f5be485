#include "actors/core/store/position_store.hpp"

#include "actors/core/base/durable_file.hpp"
#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sluice {

namespace {

/// What a person can type to start over when nothing can be read.
std::string start_over(const position_store::options& options,
                       const std::array<std::optional<slot_view>, 2>& slots) {
  std::string command;
  const auto move_away = [&](const std::string& path) {
    command += (command.empty() ? "" : " && ") + std::string{"mv "}
               + durable::quoted(path) + " " + durable::quoted(path + ".bad");
  };
  if (slots[0])
    move_away(options.base + ".a");
  if (slots[1])
    move_away(options.base + ".b");
  if (!options.output_path.empty())
    move_away(options.output_path);
  return command;
}

} // namespace

std::string position_store::slot_path(int slot) const {
  return options_.base + (slot == 0 ? ".a" : ".b");
}

result<position_store> position_store::open(options chosen) {
  position_store store;
  store.options_ = std::move(chosen);
  std::array<std::optional<slot_view>, 2> slots;
  int best = -1;
  for (int i = 0; i < 2; ++i) {
    auto bytes = durable::read_whole(store.slot_path(i));
    if (!bytes)
      return bytes.error();
    if (!*bytes)
      continue;
    auto view = decode_slot(**bytes);
    if (!view)
      return failure{view.error().kind,
                     store.slot_path(i) + ": " + view.error().text};
    store.sequence_ = std::max(store.sequence_, view->sequence);
    slots[i] = std::move(*view);
    if (slots[i]->is == slot_view::state::good
        && (best < 0 || slots[i]->sequence > slots[best]->sequence))
      best = i;
  }
  if (best < 0 && (slots[0] || slots[1]))
    return failure{errc::state_corrupt,
                   "positions " + store.options_.base
                     + ".{a,b} are damaged, both slots; to deliver everything "
                       "again from the start: "
                     + start_over(store.options_, slots)};
  if (best < 0)
    return store;
  for (int i = 0; i < 2; ++i)
    if (slots[i] && slots[i]->is == slot_view::state::damaged)
      log::error("positions", store.slot_path(i)
                                + " is damaged; going on from the other slot");
  store.newest_ = best;
  store.content_ = std::move(slots[best]->content);
  return store;
}

result<void> position_store::check_usable() const {
  if (broken_)
    return failure{errc::retry,
                   "positions " + options_.base
                     + " must be opened again after a failed write"};
  return {};
}

result<void> position_store::start(const std::string& output,
                                   std::uint64_t length) {
  if (auto usable = check_usable(); !usable)
    return usable;
  content_.output = output;
  content_.length = length;
  return write_snapshot();
}

result<void> position_store::write_snapshot() {
  // Until the end, the newest slot stays what it is.
  broken_ = true;
  const int other = 1 - newest_;
  const auto bytes = encode_snapshot(sequence_ + 1, content_);
  if (auto done = durable::replace(slot_path(other), bytes,
                                   "store.compact.before_switch");
      !done)
    return done;
  auto fd = durable::open_file(slot_path(other), O_WRONLY);
  if (!fd)
    return fd.error();
  fd_ = std::move(*fd);
  newest_ = other;
  ++sequence_;
  ordinal_ = 1;
  snapshot_bytes_ = slot_bytes_ = bytes.size();
  broken_ = false;
  return {};
}

result<void> position_store::append(const slot_delta& change) {
  broken_ = true;
  const auto bytes = encode_delta(sequence_, ordinal_, change);
  const auto path = slot_path(newest_);
  if (auto done = durable::write_at(fd_.get(), bytes, slot_bytes_, path); !done)
    return done;
  if (auto done = durable::sync(fd_.get(), path); !done)
    return done;
  slot_bytes_ += bytes.size();
  ++ordinal_;
  broken_ = false;
  return {};
}

result<void> position_store::commit(const slot_delta& change) {
  if (auto usable = check_usable(); !usable)
    return usable;
  SLUICE_CHECK(fd_, "a position store commits before it was started");
  if (change.changed.empty() && change.finished.empty()
      && change.length == content_.length)
    return {};
  if (auto done = append(change); !done)
    return done;
  apply(content_, change);
  const auto deltas = slot_bytes_ - snapshot_bytes_;
  if (deltas <= std::max(options_.delta_bytes_max, snapshot_bytes_))
    return {};
  // This commit is safe already: the next one finds the store unusable, it is
  // opened again, and then the failure that stays is reported.
  if (auto done = write_snapshot(); !done)
    log::warning("positions", "cannot compact: " + done.error().text);
  return {};
}

} // namespace sluice
