// null: throws every event away and keeps the positions.
#include "actors/core/store/position_store.hpp"
#include "actors/sink/stores.hpp"

#include <optional>

namespace sluice {

namespace {

class null_store : public batch_store {
public:
  explicit null_store(std::string slots) : slots_(std::move(slots)) {
  }

  result<position_map> open() override {
    auto opened = position_store::open({.base = slots_, .output_path = {}});
    if (!opened)
      return opened.error();
    store_.emplace(std::move(*opened));
    if (auto started = store_->start("", 0); !started)
      return started.error();
    return store_->content().positions;
  }

  result<void> write(const batch_ptr&) override {
    return {};
  }

  void finish(const std::vector<origin>& done) override {
    finished_.insert(finished_.end(), done.begin(), done.end());
  }

  result<void> commit(const position_map& ends) override {
    auto done = store_->commit({0, ends, finished_});
    finished_.clear();
    return done;
  }

private:
  std::string slots_;
  std::optional<position_store> store_;
  std::vector<origin> finished_;
};

} // namespace

std::unique_ptr<batch_store> make_null_store(std::string slots) {
  return std::make_unique<null_store>(std::move(slots));
}

} // namespace sluice
