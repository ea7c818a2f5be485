#include "tests/simulation/world.hpp"

#include <algorithm>
#include <cstring>

namespace sluice::simulation {

void outside::grow() {
  for (auto& [source, mine] : files)
    for (auto& [o, f] : mine)
      f.written = std::min(f.content.size(), f.written + pick(growth_max));
}

bool outside::delivered(const std::string& source) const {
  for (const auto& [o, f] : files.at(source))
    for (const auto& store : stores_of.at(source)) {
      const auto& at = stores.at(store).positions;
      const auto found = at.find(o);
      if (found == at.end() || found->second.at.offset < f.content.size())
        return false;
    }
  return true;
}

bool outside::all_delivered() const {
  return std::all_of(files.begin(), files.end(), [this](const auto& mine) {
    return delivered(mine.first);
  });
}

void outside::hears_committed(const std::string& source,
                              const position_map& by_all) {
  for (const auto& store : stores_of.at(source)) {
    const auto& there = stores.at(store).positions;
    for (const auto& [o, p] : by_all) {
      const auto found = there.find(o);
      const auto at = found != there.end() ? found->second.at : position{};
      if (at < p.at && broken_promise.empty())
        broken_promise = source + " heard that " + o.value()
                         + " is committed up to " + std::to_string(p.at.offset)
                         + ", " + store + " has " + std::to_string(at.offset);
    }
  }
}

std::string numbered_lines(const std::string& name, std::size_t count,
                           std::size_t padding_max, std::mt19937_64& dice) {
  constexpr std::size_t short_max = 20;
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += name + " " + std::to_string(i)
           + std::string(dice() % (dice() % 4 == 0 ? padding_max : short_max),
                         'x')
           + "\n";
  return out;
}

namespace {

class scripted_reader : public origin_reader {
public:
  scripted_reader(outside& world, std::string source)
    : world_(world),
      source_(std::move(source)) {
  }

  result<void> resume(const resume_points& routes) override {
    at_.clear();
    for (auto& [o, f] : world_.files[source_]) {
      std::optional<position> least;
      for (const auto& [route, points] : routes) {
        const auto found = points.find(o);
        const auto held
          = found != points.end() ? found->second.held.at : position{};
        if (!least || held < *least)
          least = held;
      }
      at_[o] = least.value_or(position{}).offset;
    }
    return {};
  }

  result<batch_ptr> read(std::size_t bytes_max,
                         std::size_t events_max) override {
    auto b = std::make_shared<batch>();
    std::string bytes;
    std::size_t cost = 0;
    for (auto& [o, at] : at_) {
      const auto& f = world_.files[source_][o];
      const auto there = std::string_view{f.content}.substr(0, f.written);
      run r;
      r.from_origin = o;
      r.after = {0, at};
      r.from = r.to = at;
      r.first = static_cast<std::uint32_t>(b->events.size());
      r.slab_offset = static_cast<std::uint32_t>(bytes.size());
      r.proof.lineage = o.value();
      cost += 2 * run_cost;
      while (b->events.size() < events_max) {
        const auto end = there.find('\n', r.to);
        if (end == std::string_view::npos)
          break;
        const auto line = there.substr(r.to, end - r.to);
        cost += line.size() + 1 + sizeof(event_ref);
        if (!b->events.empty() && cost > bytes_max)
          break;
        b->events.push_back({static_cast<std::uint32_t>(bytes.size()),
                             static_cast<std::uint32_t>(line.size())});
        bytes += line;
        bytes += '\n';
        r.to = end + 1;
        ++r.count;
      }
      if (r.count > 0)
        push(*b, r, bytes);
      at = r.to;
    }
    if (b->runs.empty())
      return batch_ptr{};
    b->events.shrink_to_fit();
    auto s = std::make_shared<slab>(bytes.size());
    std::memcpy(s->data(), bytes.data(), bytes.size());
    b->bytes = s;
    return batch_ptr{b};
  }

  result<std::vector<origin>> committed(const position_map& by_all) override {
    world_.hears_committed(source_, by_all);
    return std::vector<origin>{};
  }

  bool drained() const override {
    return true;
  }

  void wait(std::chrono::milliseconds) override {
    // The simulation's time moves by itself.
  }

  reader_figures figures() const override {
    return {};
  }

private:
  /// As one run, or as two that follow each other.
  void push(batch& b, const run& r, const std::string& bytes) {
    if (r.count < 2 || world_.draw() < 0.5) {
      b.runs.push_back(r);
      return;
    }
    auto first = r;
    auto second = r;
    first.count = 1;
    const auto end = bytes.find('\n', r.slab_offset) + 1;
    first.to = r.from + (end - r.slab_offset);
    second.first = r.first + 1;
    second.count = r.count - 1;
    second.from = second.after.offset = first.to;
    second.slab_offset = static_cast<std::uint32_t>(end);
    b.runs.push_back(first);
    b.runs.push_back(second);
  }

  outside& world_;
  std::string source_;
  std::map<origin, std::size_t> at_;
};

class scripted_store : public batch_store {
public:
  scripted_store(outside& world, std::string sink)
    : world_(world),
      name_(std::move(sink)),
      mine_(world.stores[name_]) {
  }

  ~scripted_store() override {
    if (open_)
      mine_.open = false;
  }

  result<position_map> open() override {
    // As a file's lock: it falls with the object that took it.
    if (mine_.open && world_.broken_promise.empty())
      world_.broken_promise
        = name_ + " is opened while a predecessor still has it";
    if (world_.store_down == name_) {
      if (!world_.delivered(world_.down_until_delivered))
        return failure{errc::unavailable, "the store is down"};
      world_.store_down.clear();
    }
    open_ = mine_.open = true;
    return mine_.positions;
  }

  result<void> write(const batch_ptr& b) override {
    pending_.push_back(b);
    return {};
  }

  void finish(const std::vector<origin>&) override {
  }

  result<void> commit(const position_map& ends) override {
    const auto luck = world_.draw();
    if (luck < world_.failing_commits / 2) {
      ++mine_.unknown_outcomes;
      return failure{errc::unavailable, "commit failed"};
    }
    for (const auto& b : pending_)
      for (const auto& r : b->runs)
        for (auto i = r.first; i < r.first + r.count; ++i)
          mine_.log[r.from_origin].emplace_back(b->body(b->events[i]));
    pending_.clear();
    for (const auto& [o, p] : ends)
      mine_.positions[o] = p;
    ++mine_.commits;
    if (luck < world_.failing_commits) {
      ++mine_.unknown_outcomes;
      return failure{errc::unavailable, "commit done, but its answer lost"};
    }
    return {};
  }

private:
  outside& world_;
  std::string name_;
  durable_store& mine_;
  std::vector<batch_ptr> pending_;
  bool open_ = false;
};

} // namespace

std::unique_ptr<origin_reader> make_scripted_reader(outside& world,
                                                    const std::string& source) {
  return std::make_unique<scripted_reader>(world, source);
}

std::unique_ptr<batch_store> make_scripted_store(outside& world,
                                                 const std::string& sink) {
  return std::make_unique<scripted_store>(world, sink);
}

} // namespace sluice::simulation
