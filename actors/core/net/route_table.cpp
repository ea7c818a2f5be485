#include "actors/core/net/route_table.hpp"

#include "actors/core/base/check.hpp"

#include <cstddef>
#include <optional>
#include <utility>

namespace sluice {

namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  // The part before the first slash is empty and says nothing.
  for (auto slash = path.find('/'); slash != std::string_view::npos;) {
    const auto next = path.find('/', slash + 1);
    out.emplace_back(path.substr(slash + 1, next - slash - 1));
    slash = next;
  }
  return out;
}

bool is_name(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

struct fit {
  std::map<std::string, std::string> parameters;
  std::size_t literals = 0;
};

std::optional<fit> match(const std::vector<std::string>& pattern,
                         const std::vector<std::string>& path) {
  if (pattern.size() != path.size())
    return std::nullopt;
  fit out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view expected = pattern[i];
    if (is_name(expected) && !path[i].empty())
      out.parameters.emplace(expected.substr(1, expected.size() - 2), path[i]);
    else if (expected == path[i])
      ++out.literals;
    else
      return std::nullopt;
  }
  return out;
}

} // namespace

void route_table::add(std::string_view method, std::string_view pattern,
                      http_access access, http_route answer) {
  SLUICE_CHECK(pattern.starts_with('/'), std::string{pattern});
  auto segments = split(pattern);
  for (const auto& known : routes_)
    SLUICE_CHECK(known.method != method || known.segments != segments,
                 std::string{pattern} + " is there already");
  routes_.push_back(
    {std::string{method}, std::move(segments), access, std::move(answer)});
}

route_table::found route_table::find(std::string_view method,
                                     std::string_view path) const {
  found out;
  std::size_t best = 0;
  const auto segments = split(path);
  for (const auto& r : routes_) {
    auto fits = match(r.segments, segments);
    if (!fits)
      continue;
    if (r.method != method) {
      out.other_method = true;
    } else if (!out.match || fits->literals > best) {
      out.match = &r;
      out.parameters = std::move(fits->parameters);
      best = fits->literals;
    }
  }
  return out;
}

} // namespace sluice
