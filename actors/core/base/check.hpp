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
                               const std::string& detail);

} // namespace sluice

/// Checked in release builds too: wrong data is worse than a restart. What
/// follows the condition, if anything does, is a string that goes into the
/// text.
#define SLUICE_CHECK(condition, ...)                                           \
  do {                                                                         \
    if (!(condition))                                                          \
      ::sluice::check_failed(__FILE__, __LINE__, #condition,                   \
                             std::string{__VA_ARGS__});                        \
  } while (false)
