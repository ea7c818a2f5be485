// exit_codes: sysexits.h's numbers for what can end the program.
#pragma once

#include "actors/core/base/result.hpp"

namespace sluice {

constexpr int exit_usage = 2;
constexpr int exit_data = 65;          ///< state that cannot be read
constexpr int exit_unavailable = 69;   ///< the other side does not answer
constexpr int exit_software = 70;      ///< supervision itself failed
constexpr int exit_cannot_create = 73; ///< the state directory cannot be had
constexpr int exit_not_drained = 75;   ///< a drain was ended before its end
constexpr int exit_config = 78;        ///< the configuration cannot work

/// Says why on standard error; gives back `code`.
int fail(const failure& why, int code);

} // namespace sluice
