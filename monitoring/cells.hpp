// Status cells: what every component says about itself, read without asking it.
#pragma once

#include "actors/core/base/result.hpp"
#include "monitoring/counters.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

enum class component_kind { source, interceptor, channel, sink, supervisor };

/// What a component does right now. Ready is only `running`.
enum class component_state {
  starting,    ///< made, not yet at work
  running,     ///< at work, or idle for want of data
  waiting,     ///< something outside must come back first (a broker, a disk)
  backing_off, ///< dead; its successor starts after a delay
  stuck,       ///< killed, but still has not ended
  down,        ///< will not start again until a person acts, or retries slowly
  stopped,     ///< ended in order
};

// Why something was not delivered. Closed lists: a reason becomes a label, so
// it must never be made of what a record contains.

/// Unwanted by configuration.
enum class filter_reason { regex, no_route };

/// Wanted, but not kept.
enum class discard_reason { optional_full, overflow, stopped };

/// Written to the dead letters instead of the output.
enum class dead_letter_reason { too_large, refused, match_limit, invalid };

/// In which direction an error happened.
enum class error_stage { receiving, processing, sending };

constexpr std::size_t component_kind_count = 5;
constexpr std::size_t component_state_count = 7;
constexpr std::size_t filter_reason_count = 2;
constexpr std::size_t discard_reason_count = 3;
constexpr std::size_t dead_letter_reason_count = 4;
constexpr std::size_t error_stage_count = 3;
/// One for each `errc`, and a last one for names that are none.
constexpr std::size_t error_type_count
  = static_cast<std::size_t>(errc::unsupported) + 2;

/// The words that metrics and the API use.
[[nodiscard]] const char* to_string(component_kind kind) noexcept;
[[nodiscard]] const char* to_string(component_state state) noexcept;
[[nodiscard]] const char* to_string(filter_reason why) noexcept;
[[nodiscard]] const char* to_string(discard_reason why) noexcept;
[[nodiscard]] const char* to_string(dead_letter_reason why) noexcept;
[[nodiscard]] const char* to_string(error_stage stage) noexcept;

/// Which of the `error_type_count` counters counts this name ("io", …).
[[nodiscard]] std::size_t error_type_of(std::string_view name) noexcept;
[[nodiscard]] const char* error_type_name(std::size_t index) noexcept;

/// Who a cell belongs to. (agent, id, kind) is the key, `type` may change by a
/// reload. All of it comes from the configuration.
struct component_labels {
  std::string agent;
  std::string id;
  component_kind kind = component_kind::source;
  std::string type;
};

/// What librdkafka says about a producer (its statistics event).
struct kafka_figures {
  std::uint64_t queue_messages = 0;
  std::uint64_t queue_bytes = 0;
  /// Totals since the client was made.
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t requests = 0;
  /// The slowest broker's mean round trip in the last interval.
  std::uint64_t round_trip_us = 0;
};

/// The numbers of a component at one moment; each is exact, together they are
/// only nearly simultaneous.
struct component_reading {
  std::uint64_t received_events = 0, received_event_bytes = 0,
                received_bytes = 0;
  std::uint64_t sent_events = 0, sent_event_bytes = 0;
  std::array<std::uint64_t, filter_reason_count> filtered{};
  std::array<std::uint64_t, discard_reason_count> discarded{};
  std::array<std::uint64_t, dead_letter_reason_count> dead_letters{};
  std::array<std::array<std::uint64_t, error_type_count>, error_stage_count>
    errors{};
  std::array<std::uint64_t, error_type_count> restarts{};
  std::uint64_t replayed = 0, deduplicated = 0, gaps = 0, reframed = 0;
  std::uint64_t missed_bytes = 0, lag_bytes = 0, files_open = 0,
                files_completed = 0, unreadable_files = 0, unmarked_files = 0;
  /// When the oldest thing that no sink has committed was read.
  std::optional<std::chrono::steady_clock::time_point> oldest_uncommitted;
  std::uint64_t channel_events = 0, channel_bytes = 0;
  /// 0 = unlimited.
  std::uint64_t channel_capacity_events = 0, channel_capacity_bytes = 0;
  std::uint64_t commits = 0, aborts = 0, fenced = 0;
  duration_histogram::reading commit_seconds;
  std::optional<kafka_figures> kafka;
};

/// A component's state and the last thing that went wrong, if anything.
struct component_condition {
  component_state state = component_state::starting;
  /// Why it is in this state; empty when there is nothing to say.
  std::string text;
  /// The last text that was not empty; stays after recovery.
  std::string last_error;
};

/// The block of one component. Outlives its actors: a successor goes on with
/// the same one. Verbs in the first group belong to the component's own thread
/// (at most one at a time: a successor starts after the `down` of its
/// predecessor) and are called once for each batch; all else is for any thread.
/// Nothing here survives the process.
class alignas(64) component_cell {
public:
  component_cell() = default;
  component_cell(const component_cell&) = delete;
  component_cell& operator=(const component_cell&) = delete;

  // -- the component's own thread -------------------------------------------

  void received(std::uint64_t events, std::uint64_t event_bytes) noexcept {
    received_events_.add(events);
    received_event_bytes_.add(event_bytes);
  }

  void sent(std::uint64_t events, std::uint64_t event_bytes) noexcept {
    sent_events_.add(events);
    sent_event_bytes_.add(event_bytes);
  }

  /// Bytes as they came from outside, before anything was made of them.
  void received_raw(std::uint64_t bytes) noexcept {
    received_bytes_.add(bytes);
  }

  void filtered(std::uint64_t events,
                filter_reason why = filter_reason::regex) noexcept {
    filtered_[static_cast<std::size_t>(why)].add(events);
  }

  /// Handed out again after a restart (a channel).
  void replayed(std::uint64_t events) noexcept {
    replayed_.add(events);
  }

  /// Came a second time and was trimmed.
  void deduplicated(std::uint64_t events) noexcept {
    deduplicated_.add(events);
  }

  /// Sources: bytes that exist and are not read yet.
  void lag_bytes(std::uint64_t bytes) noexcept {
    lag_bytes_.set(bytes);
  }

  void files_open(std::uint64_t files) noexcept {
    files_open_.set(files);
  }

  void unreadable_files(std::uint64_t files) noexcept {
    unreadable_files_.set(files);
  }

  void unmarked_files(std::uint64_t files) noexcept {
    unmarked_files_.set(files);
  }

  void files_completed(std::uint64_t files) noexcept {
    files_completed_.add(files);
  }

  /// When the oldest data that is not committed was read. Set when the answer
  /// changes, not for each batch.
  void oldest_uncommitted(std::chrono::steady_clock::time_point since) noexcept;

  /// Everything that was read is committed.
  void nothing_uncommitted() noexcept;

  void channel_fill(std::uint64_t events, std::uint64_t bytes) noexcept {
    channel_events_.set(events);
    channel_bytes_.set(bytes);
  }

  /// 0 or the largest value of the type = unlimited.
  void channel_capacity(std::uint64_t events, std::uint64_t bytes) noexcept;

  void commits(std::uint64_t n) noexcept {
    commits_.add(n);
  }

  void commit_took(std::chrono::nanoseconds took) noexcept {
    commit_seconds_.observe(took);
  }

  // -- rare, from any thread -------------------------------------------------

  void discarded(discard_reason why, std::uint64_t events) noexcept {
    discarded_[static_cast<std::size_t>(why)].add(events);
  }

  void dead_letters(dead_letter_reason why, std::uint64_t events) noexcept {
    dead_letters_[static_cast<std::size_t>(why)].add(events);
  }

  void errors(error_stage stage, errc type) noexcept;

  /// As above by name; a name that is none counts as "other".
  void errors(std::string_view stage, std::string_view type) noexcept;

  /// Data that should have been there was not: must stay zero.
  void gaps(std::uint64_t n) noexcept {
    gaps_.add(n);
  }

  /// Gone before we read it.
  void missed_bytes(std::uint64_t bytes) noexcept {
    missed_bytes_.add(bytes);
  }

  /// Positions that no delimiter precedes: framing began anew there.
  void reframed(std::uint64_t n) noexcept {
    reframed_.add(n);
  }

  void aborts(std::uint64_t n) noexcept {
    aborts_.add(n);
  }

  void fenced(std::uint64_t n) noexcept {
    fenced_.add(n);
  }

  /// A successor is about to start because of this.
  void restarted(errc why) noexcept;
  void restarted(std::string_view why) noexcept;

  /// The newest statistics; the client's totals start anew with each client.
  void kafka(const kafka_figures& figures);

  /// `text` is cut to 512 bytes. An empty one leaves the last error standing.
  void state(component_state now, std::string_view text);

  // -- readers ---------------------------------------------------------------

  [[nodiscard]] component_reading read() const;
  [[nodiscard]] component_condition condition() const;

private:
  // First the lines that every batch touches.
  counter received_events_, received_event_bytes_, received_bytes_;
  counter sent_events_, sent_event_bytes_;
  std::array<counter, filter_reason_count> filtered_;
  gauge channel_events_, channel_bytes_;
  counter replayed_, deduplicated_, commits_, files_completed_;
  gauge lag_bytes_, files_open_, unreadable_files_, unmarked_files_;
  /// Steady nanoseconds; 0 = nothing.
  gauge oldest_uncommitted_;
  gauge channel_capacity_events_, channel_capacity_bytes_;
  duration_histogram commit_seconds_;

  alignas(64) shared_counter gaps_;
  shared_counter missed_bytes_, reframed_, aborts_, fenced_;
  std::array<shared_counter, discard_reason_count> discarded_;
  std::array<shared_counter, dead_letter_reason_count> dead_letters_;
  std::array<std::array<shared_counter, error_type_count>, error_stage_count>
    errors_;
  std::array<shared_counter, error_type_count> restarts_;

  mutable std::mutex mutex_;
  component_condition condition_;
  std::optional<kafka_figures> kafka_;
};

} // namespace sluice
