// result<T>: the one way a function fails.
#pragma once

#include "actors/core/base/check.hpp"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace sluice {

/// Why something failed; decides what the supervisor does about it.
enum class errc {
  // Transient: tried again with backoff, for ever.
  io,          ///< a system call failed
  unavailable, ///< the other side is down, refuses for now, or timed out
  disk_full,   ///< ENOSPC, EDQUOT
  killed,      ///< somebody killed the actor
  exception,   ///< a broken invariant or a foreign exception
  retry,       ///< start over from the committed positions, nothing is wrong
  // Terminal: a person decides; the failure's text names the command.
  state_corrupt, ///< a state file cannot be read or contradicts itself
  state_lost,    ///< positions are missing that were there before
  identity,      ///< another process owns this identity and is newer
  second_gap,    ///< the same gap twice: going on would lose data
  config,        ///< the configuration cannot work (bad option, refused access)
  unsupported,   ///< a format or peer of a version we do not know
};

/// True for reasons that stay down until a person has acted.
[[nodiscard]] bool is_terminal(errc kind) noexcept;

/// The name of the kind, as metrics and logs spell it.
[[nodiscard]] const char* to_string(errc kind) noexcept;

/// The kind for an `errno` value.
[[nodiscard]] errc errc_of(int error_number) noexcept;

/// Our error value: what kind, and one clear line for a person.
struct failure {
  errc kind = errc::io;
  std::string text;
};

/// A failure that says which call on which path failed, with errno in words.
[[nodiscard]] failure errno_failure(const std::string& what, int error_number);

/// A `T`, or the failure that kept us from having one. Look at it before use:
/// reading the value of a failed result is a broken invariant.
template <class T>
class [[nodiscard]] result {
public: // NOLINTNEXTLINE(google-explicit-constructor): for `return value;`
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {
  }
  // NOLINTNEXTLINE(google-explicit-constructor): for `return failure{…};`
  result(failure why) : state_(std::in_place_index<1>, std::move(why)) {
  }

  [[nodiscard]] explicit operator bool() const noexcept {
    return state_.index() == 0;
  }

  [[nodiscard]] T& operator*() & {
    SLUICE_CHECK(state_.index() == 0, std::get_if<1>(&state_)->text);
    return *std::get_if<0>(&state_);
  }

  [[nodiscard]] const T& operator*() const& {
    SLUICE_CHECK(state_.index() == 0, std::get_if<1>(&state_)->text);
    return *std::get_if<0>(&state_);
  }

  [[nodiscard]] T&& operator*() && {
    SLUICE_CHECK(state_.index() == 0, std::get_if<1>(&state_)->text);
    return std::move(*std::get_if<0>(&state_));
  }

  [[nodiscard]] T* operator->() {
    return &**this;
  }

  [[nodiscard]] const T* operator->() const {
    return &**this;
  }

  [[nodiscard]] const failure& error() const {
    SLUICE_CHECK(state_.index() == 1, "error() of a result with a value");
    return *std::get_if<1>(&state_);
  }

private:
  std::variant<T, failure> state_;
};

/// Success without a value, or a failure.
template <>
class [[nodiscard]] result<void> {
public:
  result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): for `return failure{…};`
  result(failure why) : error_(std::move(why)) {
  }

  [[nodiscard]] explicit operator bool() const noexcept {
    return !error_;
  }

  [[nodiscard]] const failure& error() const {
    SLUICE_CHECK(error_.has_value(), "error() of a result without one");
    return *error_;
  }

private:
  std::optional<failure> error_;
};

} // namespace sluice
