// interceptor: a function batch -> batch on the way from source to channel.
#pragma once

#include "actors/core/base/clock.hpp"
#include "actors/core/base/result.hpp"
#include "actors/core/event/batch.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

/// What an interceptor did to events, since it was made.
struct interceptor_figures {
  std::uint64_t filtered = 0; ///< left out, as the configuration wants
  std::uint64_t rejected = 0; ///< marked for the dead letters
};

/// Changes, leaves out or marks events. Never changes what bytes a run covers:
/// a run whose events are all filtered still moves the position. Made anew for
/// every start of the chain, driven by one thread.
class interceptor {
public:
  virtual ~interceptor() = default;

  /// The batch that travels on; `b` itself when nothing changes.
  [[nodiscard]] virtual batch_ptr apply(const batch_ptr& b) = 0;

  [[nodiscard]] const interceptor_figures& figures() const noexcept {
    return figures_;
  }

protected:
  interceptor_figures figures_;
};

using interceptor_ptr = std::unique_ptr<interceptor>;

/// Keeps the events in which `regex` is found, or with `exclude` the others.
/// An event on which the expression costs too much is marked rejected
/// ("regex_limit") and travels on.
struct regex_filter_options {
  std::string regex = ".*";
  bool exclude = false;
};

/// `errc::config` when the expression is wrong.
[[nodiscard]] result<interceptor_ptr>
make_regex_filter(const regex_filter_options& options);

/// Sets a header to the time in ms since 1970 at which the batch came by.
struct timestamp_options {
  std::string header = "timestamp";
  bool preserve = false; ///< an event that has the header keeps it
};

/// `clock` must outlive the interceptor.
[[nodiscard]] interceptor_ptr
make_timestamp_interceptor(const timestamp_options& options,
                           const clock_source& clock);

/// Sets a header to this machine's address or, without `use_ip`, its name,
/// both looked up once.
struct host_options {
  std::string header = "host";
  bool use_ip = true;
  bool preserve = false;
};

/// `errc::unavailable` when the machine has no name or address to give.
[[nodiscard]] result<interceptor_ptr>
make_host_interceptor(const host_options& options);

/// Sets a header to a fixed value.
struct static_options {
  std::string key = "key";
  std::string value = "value";
  bool preserve = true;
};

[[nodiscard]] interceptor_ptr
make_static_interceptor(const static_options& options);

} // namespace sluice
