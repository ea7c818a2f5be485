// Sets a header to a fixed value.
#include "actors/interceptor/interceptor.hpp"
#include "actors/interceptor/set_header.hpp"

namespace sluice {

namespace {

class static_interceptor : public interceptor {
public:
  explicit static_interceptor(static_options options)
    : options_(std::move(options)) {
  }

  batch_ptr apply(const batch_ptr& b) override {
    return set_header(b, options_.key, options_.value, options_.preserve);
  }

private:
  static_options options_;
};

} // namespace

interceptor_ptr make_static_interceptor(const static_options& options) {
  return std::make_unique<static_interceptor>(options);
}

} // namespace sluice
