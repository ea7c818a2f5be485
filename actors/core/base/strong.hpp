// Numbers with a meaning that cannot be mixed up with each other.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace sluice {

/// A number of type `T` whose meaning is `Tag`. Made and read only explicitly,
/// so that a count of bytes never ends up where a count of events belongs.
template <class Tag, class T>
class strong {
public:
  using value_type = T;

  constexpr strong() = default;

  constexpr explicit strong(T value) : value_(value) {
  }

  [[nodiscard]] constexpr T value() const noexcept {
    return value_;
  }

  constexpr auto operator<=>(const strong&) const = default;

private:
  T value_{};
};

} // namespace sluice

template <class Tag, class T>
struct std::hash<sluice::strong<Tag, T>> {
  std::size_t operator()(const sluice::strong<Tag, T>& x) const noexcept {
    return std::hash<T>{}(x.value());
  }
};
