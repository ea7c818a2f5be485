#include "monitoring/metrics.hpp"

#include "monitoring/exposition.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice {

struct metrics::entry {
  component_labels labels;
  bool retired = false;
  component_cell cell;
};

namespace {

auto key_of(const component_labels& labels) {
  return std::tie(labels.agent, labels.id, labels.kind);
}

} // namespace

metrics::metrics(std::string node, std::map<std::string, std::string> build,
                 const clock_source& clock)
  : node_(std::move(node)),
    build_(std::move(build)),
    clock_(clock) {
}

metrics::~metrics() = default;

component_cell& metrics::component(const component_labels& labels) {
  const std::lock_guard lock{mutex_};
  const auto at
    = std::lower_bound(entries_.begin(), entries_.end(), labels,
                       [](const auto& known, const component_labels& wanted) {
                         return key_of(known->labels) < key_of(wanted);
                       });
  if (at != entries_.end() && key_of((*at)->labels) == key_of(labels)) {
    (*at)->labels.type = labels.type;
    (*at)->retired = false;
    return (*at)->cell;
  }
  auto made = std::make_unique<entry>();
  made->labels = labels;
  return (*entries_.insert(at, std::move(made)))->cell;
}

void metrics::retire(std::string_view agent) {
  const std::lock_guard lock{mutex_};
  for (auto& known : entries_)
    if (known->labels.agent == agent)
      known->retired = true;
}

std::vector<component_status> metrics::components() const {
  std::vector<component_status> out;
  const std::lock_guard lock{mutex_};
  for (const auto& known : entries_)
    if (!known->retired)
      out.push_back(
        {known->labels, known->cell.condition(), known->cell.read()});
  return out;
}

bool metrics::ready() const {
  bool any = false;
  const std::lock_guard lock{mutex_};
  for (const auto& known : entries_) {
    if (known->retired)
      continue;
    any = true;
    if (known->cell.condition().state != component_state::running)
      return false;
  }
  return any;
}

std::uint64_t metrics::gaps_total() const {
  std::uint64_t sum = 0;
  const std::lock_guard lock{mutex_};
  for (const auto& known : entries_)
    sum += known->cell.read().gaps;
  return sum;
}

std::string metrics::expose() const {
  return exposition(node_, build_, components(), clock_.now());
}

} // namespace sluice
