// positions_edit: what a positions topic knows, and changes to it while the
// node is down.
#include "actors/core/kafka/positions_edit.hpp"

#include "actors/core/event/codec.hpp"

#include <array>
#include <charconv>
#include <random>

namespace sluice {

namespace {

using edit_clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds edit_slice{200};
constexpr std::chrono::milliseconds facts_patience{10'000};

/// Takes one record into `all`; what is no route's is left out.
result<void> take_record(const topic_record& r, topic_routes& all) {
  const auto parts = split_key(r.key);
  if (parts.size() == 4 && parts[0] == "pos") {
    auto& positions = all[route_id{parts[1]}].positions;
    const origin o{parts[2]};
    if (r.value.empty()) {
      positions.erase(o);
      return {};
    }
    auto p = decode_position(r.value);
    if (!p)
      return failure{p.error().kind,
                     std::string{r.key} + ": " + p.error().text};
    positions[o] = *p;
  } else if (parts.size() == 3 && parts[0] == "n") {
    auto& lanes = all[route_id{parts[1]}].lanes;
    std::uint32_t lane = 0;
    std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), lane);
    if (r.value.empty()) {
      lanes.erase(lane);
      return {};
    }
    auto m = decode_mark(r.value);
    if (!m)
      return failure{m.error().kind,
                     std::string{r.key} + ": " + m.error().text};
    lanes[lane] = *m;
  }
  return {};
}

/// One transaction on the positions topic, as the routes' own first ids.
class edit {
public:
  edit(kafka_settings settings, kafka_client& client)
    : settings_(std::move(settings)),
      client_(client),
      until_(edit_clock::now() + 2 * settings_.transaction_timeout) {
  }

  /// Fences all ids of the route's lanes.
  result<void> own(const route_id& route, const topic_route& found) {
    settings_.route = route;
    settings_.lane = 0;
    if (auto done = fence(); !done)
      return done;
    for (const auto& [lane, mark] : found.lanes) {
      settings_.lane = lane;
      if (lane > 0)
        if (auto done = fence(); !done)
          return done;
    }
    return {};
  }

  result<void> begin() {
    auto facts = client_.describe(facts_patience);
    if (!facts)
      return facts.error();
    partitions_ = facts->positions_partitions;
    return writer().begin() == step::done ? result<void>{} : unclear("begin");
  }

  void put(const route_id& of, const std::string& key,
           std::optional<std::string_view> value) {
    taken_ = taken_
             && writer().produce_position(
               positions_partition(of.value(), partitions_), key, value);
  }

  result<void> commit() {
    if (!taken_)
      return unclear("writing");
    if (auto done
        = wait([this] { return writer().flush(edit_slice); }, "writing");
        !done)
      return done;
    const auto seen = writer().state();
    if (!seen.refused.empty())
      return failure{errc::config, "the broker refuses the positions: "
                                     + seen.refused.front().why};
    if (seen.blip || seen.fatal)
      return unclear("writing");
    return wait([this] { return writer().commit(edit_slice); }, "commit");
  }

private:
  kafka_producer& writer() {
    return *producers_.front();
  }

  result<void> fence() {
    for (int turn = 0; turn < 2; ++turn) {
      const auto id = transactional_id(settings_, turn);
      auto made = client_.make_producer(id);
      if (!made)
        return made.error();
      auto& p = **made;
      producers_.push_back(std::move(*made));
      if (auto done
          = wait([&p] { return p.init(edit_slice); }, "init of " + id, &p);
          !done)
        return done;
    }
    return {};
  }

  template <class Call>
  result<void> wait(Call call, const std::string& what,
                    kafka_producer* of = nullptr) {
    while (true) {
      const auto s = call();
      if (s == step::done)
        return {};
      if (s == step::failed || edit_clock::now() > until_)
        return unclear(what, of);
    }
  }

  failure unclear(const std::string& what, kafka_producer* of = nullptr) {
    const auto seen = (of != nullptr ? *of : writer()).state();
    const std::string again = "; nothing else was changed, try again";
    if (seen.why)
      return {seen.why->kind, what + ": " + seen.why->text + again};
    return {errc::unavailable, what + ": the outcome is not known" + again};
  }

  kafka_settings settings_;
  kafka_client& client_;
  edit_clock::time_point until_;
  std::vector<std::unique_ptr<kafka_producer>> producers_;
  std::int32_t partitions_ = 0;
  bool taken_ = true;
};

std::uint64_t random_incarnation() {
  std::random_device entropy;
  return (std::uint64_t{entropy()} << 32) | entropy();
}

const topic_route& route_in(const topic_routes& all, const route_id& route) {
  static const topic_route none;
  const auto found = all.find(route);
  return found != all.end() ? found->second : none;
}

/// The lane has one transaction more, and another owner than anybody knows.
lane_mark next_mark(const lane_mark& m) {
  return {m.ordinal + 1, random_incarnation()};
}

} // namespace

result<topic_routes> read_topic_routes(const kafka_settings& settings,
                                       kafka_client& client) {
  auto reader = client.open_positions(isolation::read_committed);
  if (!reader)
    return failure{reader.error().kind,
                   settings.brokers + ": " + reader.error().text};
  topic_routes all;
  result<void> taken;
  const auto take = [&](const topic_record& r) {
    auto done = take_record(r, all);
    if (!done && taken)
      taken = done;
  };
  const auto until = edit_clock::now() + load_patience(settings);
  while (true) {
    auto read = (*reader)->read_to_end(take, edit_slice);
    if (read)
      break;
    if (read.error().kind != errc::unavailable || edit_clock::now() > until)
      return failure{read.error().kind,
                     settings.brokers + ": " + read.error().text};
  }
  if (!taken)
    return taken.error();
  std::erase_if(all, [](const auto& each) { return each.second.empty(); });
  return all;
}

result<topic_change> rename_route(const kafka_settings& settings,
                                  kafka_client& client, const route_id& from,
                                  const route_id& to) {
  auto before = read_topic_routes(settings, client);
  if (!before)
    return before.error();
  topic_change out;
  if (route_in(*before, from).empty()) {
    out.lanes = route_in(*before, to).lanes;
    return out;
  }
  if (!route_in(*before, to).positions.empty())
    return failure{errc::config, to.value() + " has positions of its own in "
                                   + settings.positions_topic};
  edit change{settings, client};
  for (const auto& route : {from, to})
    if (auto done = change.own(route, route_in(*before, route)); !done)
      return done.error();
  // Only what is read behind the fence is final.
  auto all = read_topic_routes(settings, client);
  if (!all)
    return all.error();
  if (auto done = change.begin(); !done)
    return done.error();
  const auto& old = route_in(*all, from);
  for (const auto& [lane, mark] : old.lanes) {
    out.lanes[lane] = next_mark(mark);
    change.put(to, mark_key(to, lane), encode_mark(out.lanes[lane]));
    change.put(from, mark_key(from, lane), std::nullopt);
  }
  for (const auto& [o, p] : old.positions) {
    change.put(to, position_key(to, o), encode(p));
    change.put(from, position_key(from, o), std::nullopt);
  }
  if (auto done = change.commit(); !done)
    return done.error();
  out.changed = true;
  out.positions = old.positions.size();
  return out;
}

result<topic_change> forget_route(const kafka_settings& settings,
                                  kafka_client& client, const route_id& route,
                                  const std::optional<origin>& only) {
  auto before = read_topic_routes(settings, client);
  if (!before)
    return before.error();
  topic_change out;
  const auto& there = route_in(*before, route);
  out.lanes = there.lanes;
  if (there.empty() || (only && !there.positions.contains(*only)))
    return out;
  edit change{settings, client};
  if (auto done = change.own(route, there); !done)
    return done.error();
  auto all = read_topic_routes(settings, client);
  if (!all)
    return all.error();
  if (auto done = change.begin(); !done)
    return done.error();
  const auto& old = route_in(*all, route);
  out.lanes.clear();
  for (const auto& [lane, mark] : old.lanes) {
    if (!only) {
      change.put(route, mark_key(route, lane), std::nullopt);
      continue;
    }
    out.lanes[lane] = next_mark(mark);
    change.put(route, mark_key(route, lane), encode_mark(out.lanes[lane]));
  }
  for (const auto& [o, p] : old.positions)
    if (!only || o == *only) {
      change.put(route, position_key(route, o), std::nullopt);
      ++out.positions;
    }
  if (auto done = change.commit(); !done)
    return done.error();
  out.changed = true;
  return out;
}

} // namespace sluice
