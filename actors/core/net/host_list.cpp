#include "actors/core/net/host_list.hpp"

#include <algorithm>

namespace sluice {

namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_port(std::string_view text) noexcept {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), [](char c) {
           return c >= '0' && c <= '9';
         });
}

/// The name without the port; empty when the header is malformed.
std::string_view name_of(std::string_view header) noexcept {
  auto end = header.size();
  if (header.starts_with('[')) {
    const auto bracket = header.find(']');
    if (bracket == std::string_view::npos)
      return {};
    end = bracket + 1;
  } else if (const auto colon = header.find(':');
             colon != std::string_view::npos) {
    end = colon;
  }
  const auto rest = header.substr(end);
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1))))
    return {};
  return header.substr(0, end);
}

} // namespace

bool equal_without_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

host_list::host_list(std::string_view bound,
                     const std::vector<std::string>& more)
  : names_(more) {
  names_.insert(names_.end(), {"localhost", "127.0.0.1", "[::1]"});
  if (!bound.empty() && bound != "0.0.0.0" && bound != "::")
    names_.push_back(bound.find(':') == std::string_view::npos
                       ? std::string{bound}
                       : "[" + std::string{bound} + "]");
}

bool host_list::allows(std::string_view header) const noexcept {
  const auto name = name_of(header);
  return !name.empty()
         && std::any_of(names_.begin(), names_.end(),
                        [&](const std::string& known) {
                          return equal_without_case(known, name);
                        });
}

} // namespace sluice
