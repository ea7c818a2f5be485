#include "actors/supervisor/death_log.hpp"

#include <utility>

namespace sluice {

void death_log::died(const std::string& agent, const std::string& id,
                     const failure& why, std::uint64_t progress) {
  const bool other_kind = std::exchange(kind_, why.kind) != why.kind;
  const bool went_on = std::exchange(progress_, progress) != progress;
  if (other_kind || went_on)
    limit_.reset();
  limit_.write(log::level::warning, agent,
               id + " went down (" + to_string(why.kind) + "): " + why.text);
}

} // namespace sluice
