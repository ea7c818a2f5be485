// Lines that writers wrote: splitting, order, the first difference.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace sluice::follower_model {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  return out;
}

/// By the number behind the name; blank lines may stand anywhere.
inline bool older_line(const std::string& a, const std::string& b) {
  const auto serial = [](const std::string& line) {
    return std::stoi(line.substr(std::string{"a.log"}.size()));
  };
  return !a.empty() && !b.empty() && serial(a) < serial(b);
}

inline std::string difference(const std::string& got,
                              const std::string& wanted) {
  std::size_t at = 0;
  while (at < got.size() && at < wanted.size() && got[at] == wanted[at])
    ++at;
  const auto from = at > 30 ? at - 30 : 0;
  return "at " + std::to_string(at) + " got \"" + got.substr(from, 90)
         + "\" wanted \"" + wanted.substr(from, 90) + "\"";
}

} // namespace sluice::follower_model
