#include "nodes/exit_codes.hpp"

#include "actors/core/base/log.hpp"

#include <cstdio>

namespace sluice {

int fail(const failure& why, int code) {
  std::fprintf(stderr, "sluice: %s\n", log::escaped(why.text).c_str());
  return code;
}

} // namespace sluice
