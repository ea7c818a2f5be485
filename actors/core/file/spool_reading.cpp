// A spool directory's bytes: file after file into batches.
#include "actors/core/file/spool_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice {

header_set_ptr spool_directory::headers_of(const spooled& f) {
  if (options_.file_header.empty() && options_.basename_header.empty())
    return no_headers_;
  header_set own;
  if (!options_.file_header.empty())
    own[options_.file_header] = path_of(f.name);
  if (!options_.basename_header.empty())
    own[options_.basename_header] = f.name;
  return std::make_shared<const header_set>(std::move(own));
}

result<bool> spool_directory::read_file(spooled& f, batch_filler& into,
                                        std::size_t bytes_max) {
  const auto headers = headers_of(f);
  for (;;) {
    const auto facts = facts_of(f.fd.get());
    if (!facts)
      return facts.error();
    f.size = facts->size;
    const auto next = f.point.next();
    bool changed = facts->size < next.offset;
    if (!changed && facts->size == next.offset) {
      // At its end: the last chance to see that the content was replaced.
      if (f.point.new_generation)
        return true;
      const auto same = matches(f.fd.get(), f.point.sent);
      if (!same)
        return same.error();
      if (*same)
        return true;
      changed = true;
    }
    if (!changed) {
      if (into.used() >= bytes_max)
        return false;
      const auto got = into.fill(
        f.fd.get(), f.point,
        {*facts, bytes_max - into.used(), file_end::finished, headers});
      if (!got)
        return got.error();
      if (*got == filled::full)
        return false;
      changed = *got == filled::changed;
    }
    if (changed) {
      ++figures_.truncations;
      log::warning(options_.source,
                   path_of(f.name)
                     + " was rewritten after it was picked up; its new "
                       "content is delivered from the start");
      f.point.new_generation = true;
    }
  }
}

std::size_t spool_directory::capacity_for(std::size_t bytes_max,
                                          std::size_t events_max) const {
  // Of tiny lines only so many fit by number: their bytes are all it takes.
  const auto by_events = static_cast<std::size_t>(
    line_length_ * static_cast<double>(std::min(events_max, batch_events_max))
    * 1.1);
  std::size_t waiting = 0;
  const auto limit = std::min({bytes_max, batch_bytes_max, by_events});
  for (const auto& o : queue_) {
    const auto& f = files_.at(o);
    const auto done = f.point.next().offset;
    waiting += (f.size > done ? f.size - done : 0) + witness_length_max;
    if (waiting >= limit)
      break;
  }
  return slab_capacity_for(std::min(limit, waiting));
}

void spool_directory::learn_line_length(const batch& b) {
  if (b.events.empty())
    return;
  std::uint64_t bytes = 0;
  for (const auto& r : b.runs)
    bytes += r.count > 0 ? r.to - r.from : 0;
  line_length_
    = static_cast<double>(bytes) / static_cast<double>(b.events.size());
}

result<batch_ptr> spool_directory::read(std::size_t bytes_max,
                                        std::size_t events_max) {
  if (queue_.empty() && scan_is_due()) {
    if (!still_there(directory_.get(), options_.path)) {
      if (auto ok = open(); !ok) {
        complaints_.write(log::level::warning, options_.source,
                          ok.error().text + "; waiting for it");
        listed_at_ = options_.clock->now();
        listed_ = true;
        return batch_ptr{};
      }
      log::info(options_.source, options_.path + " is back");
    }
    if (auto ok = scan(); !ok)
      return ok.error();
  }
  if (queue_.empty())
    return batch_ptr{};
  batch_filler into{*pool_, capacity_for(bytes_max, events_max), events_max,
                    options_.framing, scratch_};
  while (!queue_.empty()) {
    auto& f = files_.at(queue_.front());
    const bool ready = open_file(f) && quarantine(f);
    result<bool> at_end = true;
    if (ready) {
      at_end = read_file(f, into, bytes_max);
      if (at_end && !*at_end)
        break;
    }
    const auto o = queue_.front();
    queue_.pop_front();
    const auto still = files_.find(o);
    if (still == files_.end())
      continue;
    still->second.queued = false;
    if (!ready)
      continue;
    if (!at_end) {
      postpone(f.name, "read", EIO);
      f.fd.reset();
      continue;
    }
    f.read_out = true;
    // A renamed file has no name to find it under but this descriptor.
    if (!f.renamed)
      f.fd.reset();
    if (!f.point.new_generation && f.committed == f.point.sent.at
        && complete(f))
      files_.erase(o);
  }
  figures_.bytes_read += into.bytes_read();
  auto out = into.finish();
  if (out)
    learn_line_length(*out);
  return batch_ptr{std::move(out)};
}

} // namespace sluice
