#include "actors/core/base/check.hpp"

namespace sluice {

void check_failed(const char* file, int line, const char* what,
                  const std::string& detail) {
  auto text = std::string{file} + ":" + std::to_string(line)
              + ": broken invariant: " + what;
  if (!detail.empty())
    text += " (" + detail + ")";
  throw broken_invariant{text};
}

} // namespace sluice
