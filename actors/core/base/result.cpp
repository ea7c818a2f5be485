#include "actors/core/base/result.hpp"

#include <cerrno>
#include <system_error>

namespace sluice {

bool is_terminal(errc kind) noexcept {
  return kind >= errc::state_corrupt;
}

const char* to_string(errc kind) noexcept {
  switch (kind) {
  case errc::io:
    return "io";
  case errc::unavailable:
    return "unavailable";
  case errc::disk_full:
    return "disk_full";
  case errc::killed:
    return "killed";
  case errc::exception:
    return "exception";
  case errc::retry:
    return "retry";
  case errc::state_corrupt:
    return "state_corrupt";
  case errc::state_lost:
    return "state_lost";
  case errc::identity:
    return "identity";
  case errc::second_gap:
    return "second_gap";
  case errc::config:
    return "config";
  case errc::unsupported:
    return "unsupported";
  }
  return "unknown";
}

errc errc_of(int error_number) noexcept {
  switch (error_number) {
  case ENOSPC:
  case EDQUOT:
    return errc::disk_full;
  default:
    return errc::io;
  }
}

failure errno_failure(const std::string& what, int error_number) {
  return {errc_of(error_number),
          what + ": " + std::generic_category().message(error_number)};
}

} // namespace sluice
