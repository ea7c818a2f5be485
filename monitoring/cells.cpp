#include "monitoring/cells.hpp"

#include <limits>

namespace sluice {

namespace {

constexpr std::size_t text_bytes_max = 512;

/// The longest beginning of `text` within the limit that does not end inside a
/// UTF-8 character.
std::string_view cut(std::string_view text) {
  if (text.size() <= text_bytes_max)
    return text;
  auto end = text_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.substr(0, end);
}

error_stage stage_of(std::string_view name) {
  if (name == "receiving")
    return error_stage::receiving;
  if (name == "sending")
    return error_stage::sending;
  return error_stage::processing;
}

std::uint64_t limit_of(std::uint64_t capacity) {
  const bool unlimited = capacity >= static_cast<std::uint64_t>(
                           std::numeric_limits<std::int64_t>::max());
  return unlimited ? 0 : capacity;
}

template <class Counters, class Values>
void read_all(const Counters& counters, Values& out) {
  for (std::size_t i = 0; i < counters.size(); ++i)
    out[i] = counters[i].value();
}

} // namespace

const char* to_string(component_kind kind) noexcept {
  constexpr const char* names[component_kind_count]
    = {"source", "interceptor", "channel", "sink", "supervisor"};
  return names[static_cast<std::size_t>(kind)];
}

const char* to_string(component_state state) noexcept {
  constexpr const char* names[component_state_count]
    = {"starting", "running", "waiting", "backing_off",
       "stuck",    "down",    "stopped"};
  return names[static_cast<std::size_t>(state)];
}

const char* to_string(filter_reason why) noexcept {
  constexpr const char* names[filter_reason_count] = {"regex", "no_route"};
  return names[static_cast<std::size_t>(why)];
}

const char* to_string(discard_reason why) noexcept {
  constexpr const char* names[discard_reason_count]
    = {"optional_full", "overflow", "stopped"};
  return names[static_cast<std::size_t>(why)];
}

const char* to_string(dead_letter_reason why) noexcept {
  constexpr const char* names[dead_letter_reason_count]
    = {"too_large", "refused", "match_limit", "invalid"};
  return names[static_cast<std::size_t>(why)];
}

const char* to_string(error_stage stage) noexcept {
  constexpr const char* names[error_stage_count]
    = {"receiving", "processing", "sending"};
  return names[static_cast<std::size_t>(stage)];
}

const char* error_type_name(std::size_t index) noexcept {
  return index + 1 < error_type_count ? to_string(static_cast<errc>(index))
                                      : "other";
}

std::size_t error_type_of(std::string_view name) noexcept {
  std::size_t i = 0;
  while (i + 1 < error_type_count && name != error_type_name(i))
    ++i;
  return i;
}

void component_cell::oldest_uncommitted(
  std::chrono::steady_clock::time_point since) noexcept {
  const auto ns = std::chrono::nanoseconds{since.time_since_epoch()}.count();
  oldest_uncommitted_.set(ns > 0 ? static_cast<std::uint64_t>(ns) : 1);
}

void component_cell::nothing_uncommitted() noexcept {
  oldest_uncommitted_.set(0);
}

void component_cell::channel_capacity(std::uint64_t events,
                                      std::uint64_t bytes) noexcept {
  channel_capacity_events_.set(limit_of(events));
  channel_capacity_bytes_.set(limit_of(bytes));
}

void component_cell::errors(error_stage stage, errc type) noexcept {
  errors_[static_cast<std::size_t>(stage)][static_cast<std::size_t>(type)].add(
    1);
}

void component_cell::errors(std::string_view stage,
                            std::string_view type) noexcept {
  errors_[static_cast<std::size_t>(stage_of(stage))][error_type_of(type)].add(
    1);
}

void component_cell::restarted(errc why) noexcept {
  restarts_[static_cast<std::size_t>(why)].add(1);
}

void component_cell::restarted(std::string_view why) noexcept {
  restarts_[error_type_of(why)].add(1);
}

void component_cell::kafka(const kafka_figures& figures) {
  const std::lock_guard lock{mutex_};
  kafka_ = figures;
}

void component_cell::state(component_state now, std::string_view text) {
  const auto kept = cut(text);
  const std::lock_guard lock{mutex_};
  condition_.state = now;
  condition_.text = kept;
  if (!kept.empty())
    condition_.last_error = kept;
}

component_condition component_cell::condition() const {
  const std::lock_guard lock{mutex_};
  return condition_;
}

component_reading component_cell::read() const {
  component_reading out;
  out.received_events = received_events_.value();
  out.received_event_bytes = received_event_bytes_.value();
  out.received_bytes = received_bytes_.value();
  out.sent_events = sent_events_.value();
  out.sent_event_bytes = sent_event_bytes_.value();
  read_all(filtered_, out.filtered);
  read_all(discarded_, out.discarded);
  read_all(dead_letters_, out.dead_letters);
  for (std::size_t i = 0; i < errors_.size(); ++i)
    read_all(errors_[i], out.errors[i]);
  read_all(restarts_, out.restarts);
  out.replayed = replayed_.value();
  out.deduplicated = deduplicated_.value();
  out.gaps = gaps_.value();
  out.reframed = reframed_.value();
  out.missed_bytes = missed_bytes_.value();
  out.lag_bytes = lag_bytes_.value();
  out.files_open = files_open_.value();
  out.files_completed = files_completed_.value();
  out.unreadable_files = unreadable_files_.value();
  out.unmarked_files = unmarked_files_.value();
  if (const auto ns = oldest_uncommitted_.value())
    out.oldest_uncommitted
      = std::chrono::steady_clock::time_point{std::chrono::nanoseconds{ns}};
  out.channel_events = channel_events_.value();
  out.channel_bytes = channel_bytes_.value();
  out.channel_capacity_events = channel_capacity_events_.value();
  out.channel_capacity_bytes = channel_capacity_bytes_.value();
  out.commits = commits_.value();
  out.aborts = aborts_.value();
  out.fenced = fenced_.value();
  out.commit_seconds = commit_seconds_.read();
  const std::lock_guard lock{mutex_};
  out.kafka = kafka_;
  return out;
}

} // namespace sluice
