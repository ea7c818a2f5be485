// Every message that crosses an actor boundary, and who answers it.
//
//   source -> chain -> channel -> sink          put, hand_out: the data
//   source <- chain <- channel <- sink          accepted, committed: progress
//   supervisor over all of them                 stop, drained
//
// The data path is plain sends with credit, never requests. Each message of it
// carries the incarnation of the `resume` or `attach` it belongs to; one with
// another incarnation is dropped by its receiver.
#pragma once

#include "actors/core/event/batch.hpp"
#include "actors/core/event/origin_reader.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

/// A random number, new for every start of an actor; compared for equality.
using incarnation_id = std::uint64_t;

/// How much more a source may send: may be negative by one unit.
struct window {
  std::int64_t bytes = 0;
  std::int64_t events = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] bool open() const noexcept {
    return bytes > 0 && events > 0;
  }
};

/// A channel's, then a chain's, answer to `resume`.
struct resume_answer {
  resume_points routes;
  window room;
};

using resume_answer_ptr = std::shared_ptr<const resume_answer>;
using origin_list_ptr = std::shared_ptr<const std::vector<origin>>;

} // namespace sluice

// clang-format off
CAF_BEGIN_TYPE_ID_BLOCK(sluice, first_custom_type_id)
  CAF_ADD_ATOM(sluice, sluice, resume_atom, "resume")
  CAF_ADD_ATOM(sluice, sluice, resumed_atom, "resumed")
  CAF_ADD_ATOM(sluice, sluice, put_atom, "put")
  CAF_ADD_ATOM(sluice, sluice, accepted_atom, "accepted")
  CAF_ADD_ATOM(sluice, sluice, committed_atom, "committed")
  CAF_ADD_ATOM(sluice, sluice, finished_atom, "finished")
  CAF_ADD_ATOM(sluice, sluice, attach_atom, "attach")
  CAF_ADD_ATOM(sluice, sluice, credit_atom, "credit")
  CAF_ADD_ATOM(sluice, sluice, hand_out_atom, "hand_out")
  CAF_ADD_ATOM(sluice, sluice, commit_now_atom, "commit_now")
  CAF_ADD_ATOM(sluice, sluice, stop_atom, "stop")
  CAF_ADD_ATOM(sluice, sluice, drain_atom, "drain")
  CAF_ADD_ATOM(sluice, sluice, drained_atom, "drained")
  CAF_ADD_ATOM(sluice, sluice, tick_atom, "tick")
  CAF_ADD_ATOM(sluice, sluice, idle_atom, "idle")
  CAF_ADD_ATOM(sluice, sluice, pump_atom, "pump")
  CAF_ADD_ATOM(sluice, sluice, start_atom, "start")
  CAF_ADD_ATOM(sluice, sluice, failed_atom, "failed")
CAF_END_TYPE_ID_BLOCK(sluice)
// clang-format on

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::position_map_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::resume_answer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::origin_list_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::window)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::route_id)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::failure)

namespace sluice {

/// What travels up: a source and a chain have one, and register it by `resume`.
using upstream_port = caf::typed_actor<
  // The answer to `resume`: where every route stands, and how much to send.
  caf::reacts_to<resumed_atom, incarnation_id, resume_answer_ptr>,
  // Put n and all before it are in the channel, which now has this much room.
  // Sent again when a commit frees more.
  caf::reacts_to<accepted_atom, incarnation_id, std::uint64_t, window>,
  // The route's sink has committed these. To a source: all routes have.
  caf::reacts_to<committed_atom, incarnation_id, route_id, position_map_ptr>,
  // Everything put before `drain` is committed (part of an orderly stop).
  caf::reacts_to<drained_atom, incarnation_id>>;

/// What travels down: a chain and a channel have one.
using inlet = caf::typed_actor<
  // A source, named so, starts (over) and asks where to go on. Answered by
  // `resumed` to the port as soon as the routes know.
  caf::reacts_to<resume_atom, incarnation_id, std::string, upstream_port>,
  // Batch number n of this incarnation, from 1.
  caf::reacts_to<put_atom, incarnation_id, std::uint64_t, batch_ptr>,
  // These origins are complete and will never be mentioned again.
  caf::reacts_to<finished_atom, incarnation_id, origin_list_ptr>,
  // Nothing more will be put: answer `drained` when all is committed.
  caf::reacts_to<drain_atom, incarnation_id>>;

/// What a channel tells its sink.
using sink_port = caf::typed_actor<
  // Within the sink's credit; to a sink with nothing uncommitted one batch of
  // any size.
  caf::reacts_to<hand_out_atom, incarnation_id, batch_ptr>,
  // The channel cannot take more before a commit.
  caf::reacts_to<commit_now_atom, incarnation_id>,
  caf::reacts_to<finished_atom, incarnation_id, origin_list_ptr>>;

/// What a sink tells its channel.
using outlet = caf::typed_actor<
  // At every start of a sink: what its store has, and its credit in bytes.
  // The channel lets go of that, puts back what was taken, hands out again.
  caf::reacts_to<attach_atom, incarnation_id, sink_port, route_id,
                 position_map_ptr, std::uint64_t>,
  // More credit in bytes.
  caf::reacts_to<credit_atom, incarnation_id, std::uint64_t>,
  // The sink's store has these for good: only this lets the channel let go.
  caf::reacts_to<committed_atom, incarnation_id, position_map_ptr>>;

/// Who asks for an orderly stop and is told that it is done.
using stop_listener = caf::typed_actor<
  // The named component has nothing left that is not committed.
  caf::reacts_to<drained_atom, std::string>>;

/// The orderly stop of one component.
using stoppable = caf::typed_actor<
  // A source stops reading, drains and says `drained`; a sink commits what it
  // has, says `drained` and quits.
  caf::reacts_to<stop_atom, stop_listener>>;

using source_actor = upstream_port::extend_with<stoppable>;
using chain_actor = inlet::extend_with<upstream_port>;
using channel_actor = inlet::extend_with<outlet>;
using sink_actor = sink_port::extend_with<stoppable>;

} // namespace sluice
