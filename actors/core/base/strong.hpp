// Names and numbers with a meaning that cannot be mixed up with each other.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

namespace sluice {

/// A `T` whose meaning is `Tag`. Made and read only explicitly, so that the
/// name of an origin never ends up where that of a route belongs.
template <class Tag, class T>
class strong {
public:
  using value_type = T;

  constexpr strong() = default;

  constexpr explicit strong(T value) : value_(std::move(value)) {
  }

  [[nodiscard]] constexpr const T& value() const& noexcept {
    return value_;
  }

  [[nodiscard]] constexpr T value() && noexcept {
    return std::move(value_);
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
