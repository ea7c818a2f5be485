#include "actors/core/event/slab.hpp"

#include <utility>

namespace sluice {

slab::slab(std::size_t capacity)
  : bytes_(new char[capacity]),
    capacity_(capacity) {
}

std::shared_ptr<slab_pool> slab_pool::make(std::size_t spare_max) {
  return std::shared_ptr<slab_pool>{new slab_pool{spare_max}};
}

std::shared_ptr<slab> slab_pool::take(std::size_t capacity) {
  std::unique_ptr<slab> found;
  {
    const std::lock_guard lock{guard_};
    // A much larger slab would be charged for bytes it does not hold.
    for (auto& spare : spare_)
      if (spare->capacity() >= capacity && spare->capacity() <= 2 * capacity) {
        found = std::move(spare);
        spare = std::move(spare_.back());
        spare_.pop_back();
        break;
      }
  }
  if (!found)
    found = std::make_unique<slab>(capacity);
  return {found.release(), [pool = weak_from_this()](slab* used) {
            std::unique_ptr<slab> owned{used};
            if (const auto alive = pool.lock())
              alive->give_back(std::move(owned));
          }};
}

void slab_pool::give_back(std::unique_ptr<slab> used) {
  const std::lock_guard lock{guard_};
  if (spare_max_ == 0)
    return;
  // The newest stays: its capacity is what the reader asks for now.
  if (spare_.size() == spare_max_)
    spare_.erase(spare_.begin());
  spare_.push_back(std::move(used));
}

} // namespace sluice
