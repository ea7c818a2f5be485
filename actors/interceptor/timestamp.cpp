// Sets a header to the time.
#include "actors/interceptor/interceptor.hpp"
#include "actors/interceptor/set_header.hpp"

#include <chrono>

namespace sluice {

namespace {

class timestamp_interceptor : public interceptor {
public:
  timestamp_interceptor(timestamp_options options, const clock_source& clock)
    : options_(std::move(options)),
      clock_(clock) {
  }

  batch_ptr apply(const batch_ptr& b) override {
    using std::chrono::milliseconds;
    const auto since_1970 = clock_.wall().time_since_epoch();
    const auto ms = std::chrono::duration_cast<milliseconds>(since_1970);
    return set_header(b, options_.header, std::to_string(ms.count()),
                      options_.preserve);
  }

private:
  timestamp_options options_;
  const clock_source& clock_;
};

} // namespace

interceptor_ptr make_timestamp_interceptor(const timestamp_options& options,
                                           const clock_source& clock) {
  return std::make_unique<timestamp_interceptor>(options, clock);
}

} // namespace sluice
