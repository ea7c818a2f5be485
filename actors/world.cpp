#include "actors/world.hpp"

#include "actors/core/base/failpoint.hpp"
#include "actors/core/base/log.hpp"

#include <caf/all.hpp>

namespace sluice {

namespace {

std::atomic<std::uint64_t> incarnation_seed{0};

const caf::atom_value category = caf::atom("sluice");

} // namespace

std::uint64_t new_incarnation() {
  if (incarnation_seed != 0) {
    static std::uint64_t count = 0;
    std::mt19937_64 seeded{incarnation_seed + ++count};
    return seeded();
  }
  thread_local std::mt19937_64 random{[] {
    std::random_device entropy;
    return (std::uint64_t{entropy()} << 32) | entropy();
  }()};
  return random();
}

bool of_this_life(std::uint64_t of_message, std::uint64_t mine) noexcept {
  return of_message == mine || SLUICE_PLANTED("stale_accepted");
}

void seed_incarnations(std::uint64_t seed) {
  incarnation_seed = seed;
}

caf::error to_reason(const failure& why) {
  // Code 0 would read as "no error".
  return caf::error{static_cast<std::uint8_t>(static_cast<int>(why.kind) + 1),
                    category, caf::make_message(why.text)};
}

failure to_failure(const caf::error& reason) {
  // A default reason (an actor that ended of itself) has no category to ask.
  if (!reason)
    return {errc::exception, "ended without a reason"};
  if (reason.category() == category && reason.code() > 0) {
    std::string text;
    if (reason.context().match_elements<std::string>())
      text = reason.context().get_as<std::string>(0);
    return {static_cast<errc>(reason.code() - 1), text};
  }
  if (reason == caf::exit_reason::kill)
    return {errc::killed, "killed"};
  return {errc::exception, caf::to_string(reason)};
}

void use_house_handlers(caf::scheduled_actor* self) {
  self->set_exception_handler([](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      return to_reason({errc::exception, e.what()});
    } catch (...) {
      return to_reason({errc::exception, "an exception of unknown type"});
    }
  });
  self->set_default_handler(
    [](caf::scheduled_actor* who,
       const caf::message_view& m) -> caf::result<caf::message> {
      log::error(who->name(),
                 "unexpected message " + caf::to_string(m.content()));
      return caf::sec::unexpected_message;
    });
}

void kill_now(const caf::actor& who) {
  caf::anon_send<caf::message_priority::high>(
    who, caf::exit_msg{caf::actor_addr{}, caf::exit_reason::kill});
}

} // namespace sluice
