// replicating: every channel gets everything; nothing is copied.
#include "actors/selector/selectors.hpp"

namespace sluice {

namespace {

class replicating : public selector {
public:
  explicit replicating(std::size_t channels) : channels_(channels) {
  }

  std::vector<batch_ptr> route(const batch_ptr& b) override {
    return std::vector<batch_ptr>(channels_, b);
  }

private:
  std::size_t channels_;
};

} // namespace

std::unique_ptr<selector> make_replicating(std::size_t channels) {
  return std::make_unique<replicating>(channels);
}

} // namespace sluice
