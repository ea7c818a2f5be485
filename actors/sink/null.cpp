// null: throws every event away and keeps the positions.
#include "actors/sink/local_positions.hpp"
#include "actors/sink/stores.hpp"

namespace sluice {

namespace {

class null_store : public batch_store {
public:
  explicit null_store(std::string slots) : positions_(std::move(slots)) {
  }

  result<position_map> open() override {
    return positions_.open();
  }

  result<void> write(const batch_ptr&) override {
    return {};
  }

  void finish(const std::vector<origin>& done) override {
    positions_.finish(done);
  }

  result<void> commit(const position_map& ends) override {
    return positions_.commit(ends);
  }

private:
  local_positions positions_;
};

} // namespace

std::unique_ptr<batch_store> make_null_store(std::string slots) {
  return std::make_unique<null_store>(std::move(slots));
}

} // namespace sluice
