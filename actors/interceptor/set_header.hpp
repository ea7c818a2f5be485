// set_header: what the interceptors that set one header share.
#pragma once

#include "actors/core/event/batch.hpp"

#include <string>

namespace sluice {

/// The batch with header `key` = `value` in every run; with `preserve`, where
/// it is not there yet. A batch without events is left as it is.
[[nodiscard]] inline batch_ptr set_header(const batch_ptr& b,
                                          const std::string& key,
                                          const std::string& value,
                                          bool preserve) {
  if (b->events.empty())
    return b;
  return with_headers(b, [&](header_set& headers) {
    if (preserve)
      headers.try_emplace(key, value);
    else
      headers.insert_or_assign(key, value);
  });
}

} // namespace sluice
