// The names by which a request may call us (the guard against DNS rebinding).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Compares ASCII letters without their case.
[[nodiscard]] bool equal_without_case(std::string_view a,
                                      std::string_view b) noexcept;

/// localhost, the loopback addresses, the address that is listened on unless
/// it means all of them, and what the operator added.
class host_list {
public:
  host_list(std::string_view bound, const std::vector<std::string>& more);

  /// `header` is the value of a Host header: a name or address, IPv6 in
  /// brackets, perhaps with a port, which may be any.
  [[nodiscard]] bool allows(std::string_view header) const noexcept;

private:
  std::vector<std::string> names_;
};

} // namespace sluice
