// SLUICE_CHECK: a broken invariant ends the component that broke it.
#pragma once

#include <stdexcept>
#include <string>

namespace sluice {

/// What a broken invariant throws. Nobody catches it but the actor's edge: the
/// actor dies with reason `exception` and its supervisor starts a successor
/// from the committed position.
class broken_invariant : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// Throws `broken_invariant` with the place and the text.
[[noreturn]] void check_failed(const char* file, int line, const char* what,
                               const std::string& detail = {});

} // namespace sluice

/// Checked in release builds too: wrong data is worse than a restart.
#define SLUICE_CHECK(condition, ...)                                           \
  do {                                                                         \
    if (!(condition)) [[unlikely]]                                             \
      ::sluice::check_failed(__FILE__, __LINE__,                               \
                             #condition __VA_OPT__(, ) __VA_ARGS__);           \
  } while (false)
