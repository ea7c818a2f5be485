// Which function answers which method and path.
#pragma once

#include "actors/core/net/http_message.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Who may ask.
enum class http_access {
  open,  ///< anybody whose Host is allowed
  token, ///< only with the bearer token
};

/// A list of routes. Patterns are segments; {name} takes one whole segment,
/// literal segments win over names. Not thread-safe while it is filled.
class route_table {
public:
  struct route {
    std::string method;
    std::vector<std::string> segments;
    http_access access = http_access::open;
    http_route answer;
  };

  struct found {
    /// Null when nothing answers.
    const route* match = nullptr;
    std::map<std::string, std::string> parameters;
    /// The path is known, but not with this method.
    bool other_method = false;
  };

  /// `pattern` begins with a slash and is new for this method, or it is a
  /// broken invariant.
  void add(std::string_view method, std::string_view pattern,
           http_access access, http_route answer);

  [[nodiscard]] found find(std::string_view method,
                           std::string_view path) const;

private:
  std::vector<route> routes_;
};

} // namespace sluice
