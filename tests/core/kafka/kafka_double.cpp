// kafka_double: a Kafka in memory with abort, LSO, fencing and late EndTxn.
#include "tests/core/kafka/kafka_double.hpp"

#include "actors/core/base/failpoint.hpp"

#include <algorithm>

namespace sluice {

void kafka_double::end(owner& o, fate f) {
  if (o.open == 0)
    return;
  fates_[o.open] = f;
  aborted += f == fate::aborted;
  o.open = 0;
}

void kafka_double::tick() {
  std::erase_if(late_, [&](late& l) {
    if (--l.after > 0)
      return false;
    auto& o = owners_[l.id];
    if (o.epoch == l.epoch)
      end(o, fate::committed);
    return true;
  });
}

std::vector<std::string> kafka_double::committed(std::int32_t partition) {
  const std::lock_guard lock{guard_};
  std::vector<std::string> out;
  for (const auto& e : data_[partition]) {
    if (fates_[e.transaction] == fate::committed)
      out.push_back(e.value);
  }
  return out;
}

void kafka_double::empty_positions() {
  const std::lock_guard lock{guard_};
  positions_.clear();
}

class double_producer final : public kafka_producer {
public:
  double_producer(kafka_double& k, std::string id) : k_(k), id_(std::move(id)) {
  }

  step init(std::chrono::milliseconds) override {
    const std::lock_guard lock{k_.guard_};
    k_.tick();
    auto& o = k_.owners_[id_];
    k_.end(o, kafka_double::fate::aborted);
    epoch_ = ++o.epoch;
    return step::done;
  }

  step begin() override {
    const std::lock_guard lock{k_.guard_};
    began_ = true;
    has_positions_ = false;
    return state_.fatal ? step::failed : step::done;
  }

  bool produce(std::int32_t partition,
               std::span<const std::string_view> values) override {
    if (has_positions_ && !values.empty()) {
      const std::lock_guard lock{k_.guard_};
      ++k_.early_positions;
    }
    for (const auto v : values)
      queue_.push_back({partition, v, {{}, std::string{v}, id_, 0, false}});
    return true;
  }

  bool produce_position(std::int32_t partition, std::string_view key,
                        std::optional<std::string_view> value) override {
    const bool waiting = std::ranges::any_of(
      queue_, [](const queued& q) { return q.where >= 0; });
    if (key.starts_with("pos|")) {
      has_positions_ = true;
      if (waiting) {
        const std::lock_guard lock{k_.guard_};
        ++k_.early_positions;
      }
    }
    queue_.push_back(
      {-1 - partition,
       {},
       {std::string{key}, std::string{value.value_or("")}, id_, 0, !value}});
    return true;
  }

  step flush(std::chrono::milliseconds) override {
    const std::lock_guard lock{k_.guard_};
    return send();
  }

  step commit(std::chrono::milliseconds) override {
    const std::lock_guard lock{k_.guard_};
    if (send() != step::done || !state_.refused.empty())
      return step::failed;
    auto& o = k_.owners_[id_];
    if (o.epoch != epoch_)
      return fence();
    if (k_.draw(k_.faults_.dropped_commit)) {
      state_.blip = true;
      return step::failed;
    }
    k_.end(o, kafka_double::fate::committed);
    began_ = false;
    if (k_.draw(k_.faults_.late_commit)) {
      state_.blip = true;
      k_.late_.push_back({id_, epoch_, 3 + static_cast<int>(k_.random_() % 6)});
    } else if (k_.draw(k_.faults_.lost_commit)) {
      state_.blip = true;
      return step::failed;
    }
    return step::done;
  }

  step abort(std::chrono::milliseconds) override {
    const std::lock_guard lock{k_.guard_};
    auto& o = k_.owners_[id_];
    if (o.epoch != epoch_)
      return fence();
    k_.end(o, kafka_double::fate::aborted);
    queue_.clear();
    return step::done;
  }

  condition state() override {
    const std::lock_guard lock{k_.guard_};
    return state_;
  }

private:
  struct queued {
    std::int32_t where = 0; ///< below 0: positions partition -1 - where
    std::string_view original;
    kafka_double::entry record;
  };

  step fence() {
    state_.fenced = state_.fatal = true;
    ++k_.fenced;
    return step::failed;
  }

  step send() {
    k_.tick();
    auto& o = k_.owners_[id_];
    if (!id_.empty() && o.epoch != epoch_) {
      if (!k_.fencing_refuses || queue_.empty())
        return fence();
      for (const auto& q : queue_)
        state_.refused.push_back({q.original, false, "an old epoch"});
      queue_.clear();
      static_cast<void>(fence());
      return step::done;
    }
    if (o.open != 0 && k_.draw(k_.faults_.timed_out)) {
      k_.end(o, kafka_double::fate::aborted);
      ++o.epoch;
      return fence();
    }
    if (!queue_.empty() && k_.draw(k_.faults_.lost_produce)) {
      state_.blip = true;
      return step::failed;
    }
    if (!id_.empty() && o.open == 0 && !queue_.empty()) {
      o.open = ++k_.transactions_;
      k_.fates_[o.open] = kafka_double::fate::open;
    }
    for (auto& q : queue_) {
      if (q.where >= 0 && !k_.refused_prefix.empty()
          && q.original.starts_with(k_.refused_prefix)) {
        state_.refused.push_back({q.original, true, "too large"});
        continue;
      }
      q.record.transaction = o.open;
      auto& log
        = q.where >= 0 ? k_.data_[q.where] : k_.positions_[-1 - q.where];
      log.push_back(std::move(q.record));
    }
    queue_.clear();
    return step::done;
  }

  kafka_double& k_;
  std::string id_;
  std::uint64_t epoch_ = 0;
  bool began_ = false;
  bool has_positions_ = false;
  std::vector<queued> queue_;
  condition state_;
};

class double_reader final : public topic_reader {
public:
  double_reader(kafka_double& k, isolation level) : k_(k), level_(level) {
  }

  result<void> read_to_end(const std::function<void(const topic_record&)>& take,
                           std::chrono::milliseconds) override {
    if (k_.before_load)
      k_.before_load();
    if (auto ok = read(take); !ok)
      return ok;
    if (k_.after_load)
      k_.after_load();
    return {};
  }

private:
  result<void> read(const std::function<void(const topic_record&)>& take) {
    const std::lock_guard lock{k_.guard_};
    k_.tick();
    for (auto& [partition, log] : k_.positions_) {
      auto& at = next_[partition];
      for (; at < log.size(); ++at) {
        const auto& e = log[at];
        auto& fate = k_.fates_[e.transaction];
        if (level_ == isolation::read_committed
            && fate == kafka_double::fate::open) {
          // The last stable offset: the broker's time-out ends it. A naive
          // reader takes it for the end.
          if (SLUICE_PLANTED("lso_trap"))
            break;
          auto& o = k_.owners_[e.id];
          ++o.epoch;
          k_.end(o, kafka_double::fate::aborted);
          return failure{errc::unavailable, "an open transaction"};
        }
        if (level_ == isolation::read_uncommitted
            || fate == kafka_double::fate::committed)
          take({partition, static_cast<std::int64_t>(at), e.key, e.value});
      }
    }
    return {};
  }

  kafka_double& k_;
  isolation level_;
  std::map<std::int32_t, std::size_t> next_;
};

result<std::unique_ptr<kafka_producer>>
double_client::make_producer(const std::string& transactional_id) {
  return std::unique_ptr<kafka_producer>{
    std::make_unique<double_producer>(cluster_, transactional_id)};
}

result<topic_facts> double_client::describe(std::chrono::milliseconds) {
  return topic_facts{cluster_.cluster_id, 2, cluster_.max_message_bytes, 4, {}};
}

result<std::unique_ptr<topic_reader>>
double_client::open_positions(isolation level) {
  return std::unique_ptr<topic_reader>{
    std::make_unique<double_reader>(cluster_, level)};
}

} // namespace sluice
