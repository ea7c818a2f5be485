// `sluice positions forget ROUTE [ORIGIN]`: what was delivered comes again.
#include "actors/core/kafka/positions_edit.hpp"
#include "actors/core/store/position_store.hpp"
#include "nodes/positions.hpp"

namespace sluice {

namespace {

result<void> forget_in_topics(const offline_node& node, const route_id& route,
                              const std::optional<origin>& only,
                              std::string& text) {
  for (const auto& settings : node.topics()) {
    auto client = node.connect(settings);
    if (!client)
      return client.error();
    // The guard first: it must never know more than the topic has.
    auto guard = read_seen(node.directory());
    if (!guard)
      return guard.error();
    if (!only && *guard) {
      const auto key = joined_key({"n", route.value()}) + "|";
      if (std::erase_if(**guard,
                        [&](const auto& e) { return e.first.starts_with(key); })
          > 0) {
        if (auto done = write_seen(node.directory(), **guard); !done)
          return done;
        text += node.directory() + "/seen\n";
      }
    }
    auto done = forget_route(settings, **client, route, only);
    if (!done)
      return done.error();
    if (done->changed)
      text += settings.positions_topic + ": "
              + counted_positions(done->positions) + "\n";
  }
  return {};
}

result<void> forget_in_slots(const offline_node& node, const route_id& route,
                             const std::optional<origin>& only,
                             std::string& text) {
  const auto base = node.slots(route);
  if (base.empty())
    return {};
  auto store = position_store::open({.base = base, .output_path = {}});
  if (!store)
    return store.error();
  // The output stays known: what is in it is confirmed.
  const auto all = store->content();
  slot_delta change{all.length, {}, {}};
  for (const auto& [o, p] : all.positions)
    if (!only || o == *only)
      change.finished.push_back(o);
  if (change.finished.empty())
    return {};
  if (auto done = store->start(all.output, all.length); !done)
    return done;
  if (auto done = store->commit(change); !done)
    return done;
  text += base + ": " + counted_positions(change.finished.size()) + "\n";
  return {};
}

} // namespace

positions_answer forget_positions(const offline_node& node,
                                  const route_id& route,
                                  const std::optional<origin>& only) {
  positions_answer out;
  auto done = forget_in_topics(node, route, only, out.text);
  if (done)
    done = forget_in_slots(node, route, only, out.text);
  if (!done)
    out.trouble = done.error();
  else if (out.text.empty())
    out.trouble = failure{
      errc::state_lost,
      "nothing is known of " + (only ? only->value() + " of " : std::string{})
        + "route " + route.value() + "; `positions show` lists what is"};
  return out;
}

} // namespace sluice
