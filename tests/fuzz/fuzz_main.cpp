// One libFuzzer binary for each target; SLUICE_FUZZ_TARGET is its name.
#include "tests/fuzz/targets.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

const sluice::fuzz::target& chosen() {
  using namespace sluice::fuzz;
  for (const auto& list :
       {config_targets(), hop_targets(), state_targets(), text_targets()})
    for (const auto& each : list)
      if (std::string_view{each.name} == SLUICE_FUZZ_TARGET)
        return each;
  std::fprintf(stderr, "no fuzz target %s\n", SLUICE_FUZZ_TARGET);
  std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const auto& target = chosen();
  try {
    target.run({reinterpret_cast<const char*>(data), size});
  } catch (const sluice::fuzz::wrong& broken) {
    std::fprintf(stderr, "%s: %s\n", target.name, broken.what());
    std::abort();
  }
  return 0;
}
