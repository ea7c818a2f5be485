#include "actors/core/file/descriptor_table.hpp"

namespace sluice {

void descriptor_table::keep(const std::string& source, const origin& o,
                            entry what) {
  const std::lock_guard lock{guard_};
  kept_[source][o] = std::move(what);
}

void descriptor_table::drop(const std::string& source, const origin& o) {
  const std::lock_guard lock{guard_};
  const auto found = kept_.find(source);
  if (found == kept_.end())
    return;
  found->second.erase(o);
  if (found->second.empty())
    kept_.erase(found);
}

std::map<origin, descriptor_table::entry>
descriptor_table::of(const std::string& source) const {
  const std::lock_guard lock{guard_};
  const auto found = kept_.find(source);
  return found != kept_.end() ? found->second : std::map<origin, entry>{};
}

} // namespace sluice
